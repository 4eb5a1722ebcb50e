import os
import sys

import numpy as np
import pytest

from helpers import allocator


@pytest.fixture
def no_settings_of_the_readers(monkeypatch):
    for name in list(os.environ):
        if name.startswith("MALLOC_") or name == "GLIBC_TUNABLES":
            monkeypatch.delenv(name)


def page_faults(work):
    resource = pytest.importorskip("resource")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    work()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def two_hundred_megabytes():
    return [np.ones(60_000) for _ in range(400)]  # none of them large enough for pages of 2 MB


def test_freed_memory_is_used_again_without_page_faults(no_settings_of_the_readers):
    if not allocator.keep_freed_memory():
        pytest.skip("the C library is not glibc")
    two_hundred_megabytes()
    assert page_faults(two_hundred_megabytes) < 5000  # 47 000 pages


@pytest.mark.parametrize("name", ["MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES"])
def test_a_readers_own_settings_stay(name, no_settings_of_the_readers, monkeypatch):
    monkeypatch.setenv(name, "0")
    assert not allocator.keep_freed_memory()


@pytest.mark.parametrize("library", [OSError("no such library"), object()])
def test_another_c_library_is_left_alone(library, no_settings_of_the_readers, monkeypatch):
    def load(_):
        if isinstance(library, OSError):
            raise library
        return library

    monkeypatch.setattr(allocator.ctypes, "CDLL", load)
    assert not allocator.keep_freed_memory()


@pytest.mark.skipif(sys.platform != "linux", reason="glibc is Linux's")
def test_a_refused_setting_is_told(no_settings_of_the_readers, monkeypatch):
    class Library:
        def __init__(self, _):
            self.mallopt = lambda name, value: 0

    monkeypatch.setattr(allocator.ctypes, "CDLL", Library)
    assert not allocator.keep_freed_memory()
