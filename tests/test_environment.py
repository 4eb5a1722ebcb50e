"""The two locks, pyproject.toml and environment.yml name the same versions."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tools.write_environment import direct_requirements, environment, locked_requirements

ROOT = Path(__file__).resolve().parent.parent
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
DEVELOP_LOCK = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ENVIRONMENT = (ROOT / "environment.yml").read_text(encoding="utf-8")

PINS, DEVELOP_PINS = locked_requirements(LOCK), locked_requirements(DEVELOP_LOCK)
READ, ALL = direct_requirements(PROJECT, ["lab", "test"]), direct_requirements(PROJECT)
LOCKS = {"read": (LOCK, PINS, READ), "develop": (DEVELOP_LOCK, DEVELOP_PINS, ALL)}
EACH_LOCK = pytest.mark.parametrize(("lock", "pins", "direct"), LOCKS.values(), ids=LOCKS)
SUPPORTED = ["3.11.0", "3.12.0", "3.13.0"]


def pinned_version(requirement):
    (specifier,) = requirement.specifier
    assert specifier.operator == "==", f"{requirement} is not pinned"
    return specifier.version


def conda_and_pip_entries():
    dependencies = yaml.safe_load(ENVIRONMENT)["dependencies"]
    (pip,) = [entry["pip"] for entry in dependencies if isinstance(entry, dict)]
    return [entry for entry in dependencies if isinstance(entry, str)], pip


def versions_for(pins, python):
    """The version of each package that a lock gives a Python on Linux."""
    target = {"python_version": python[:4], "python_full_version": python}
    chosen = [pin for pin in pins if not pin.marker or pin.marker.evaluate(target)]
    names = [canonicalize_name(pin.name) for pin in chosen]
    assert sorted(names) == sorted(set(names))
    return dict(zip(names, map(pinned_version, chosen), strict=True))


@pytest.mark.parametrize("python", SUPPORTED)
@EACH_LOCK
def test_every_direct_requirement_is_met_by_the_lock(lock, pins, direct, python):
    assert SpecifierSet(PROJECT["requires-python"]).contains(python)
    versions = versions_for(pins, python)
    for requirement in direct:
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), "run `make lock`"


@pytest.mark.parametrize("python", SUPPORTED)
def test_what_is_developed_is_what_is_read(python):
    read, develop = versions_for(PINS, python), versions_for(DEVELOP_PINS, python)
    assert read == {name: develop[name] for name in read}


def test_reading_needs_no_tool_of_the_workshop():
    names = {canonicalize_name(pin.name) for pin in PINS}
    assert not names & {"ruff", "uv", "distributed", "sphinx", "playwright"}


@EACH_LOCK
def test_every_locked_package_has_a_hash(lock, pins, direct):
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock)
    assert len(entries) == len(pins)
    bare = [entry for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry)]
    assert bare == []


@EACH_LOCK
def test_the_lock_holds_no_address(lock, pins, direct):
    assert re.findall(r"^.*(?:://|file:|--(?:extra-)?index|--find-links| @ ).*$", lock, re.M) == []


def test_environment_yml_pins_what_the_lock_pins():
    _, pip = conda_and_pip_entries()
    assert pip[-1] == "-e ."
    assert sorted(pip[:-1]) == sorted(str(pin) for pin in PINS)


def test_environment_yml_names_the_main_packages_first():
    _, pip = conda_and_pip_entries()
    names = [entry.split("==")[0] for entry in pip[:5]]
    assert names == ["jupyterlab", "tensorflow", "matplotlib", "scikit-learn", "nbval"]


def test_environment_yml_asks_for_a_supported_python():
    conda, _ = conda_and_pip_entries()
    (python,) = [entry for entry in conda if entry.startswith("python=")]
    assert f"{python.removeprefix('python=')}.0" in SUPPORTED


def test_environment_yml_is_what_make_lock_writes():
    assert environment(LOCK, PROJECT) == ENVIRONMENT
