"""The lock, pyproject.toml and environment.yml name the same versions."""

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
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ENVIRONMENT = (ROOT / "environment.yml").read_text(encoding="utf-8")

PINS = locked_requirements(LOCK)
SUPPORTED = ["3.11.0", "3.12.0", "3.13.0"]


def pinned_version(requirement):
    (specifier,) = requirement.specifier
    assert specifier.operator == "==", f"{requirement} is not pinned"
    return specifier.version


def conda_and_pip_entries():
    dependencies = yaml.safe_load(ENVIRONMENT)["dependencies"]
    (pip,) = [entry["pip"] for entry in dependencies if isinstance(entry, dict)]
    return [entry for entry in dependencies if isinstance(entry, str)], pip


@pytest.mark.parametrize("requirement", direct_requirements(PROJECT), ids=str)
def test_every_direct_requirement_is_met_by_the_lock(requirement):
    name = canonicalize_name(requirement.name)
    versions = [pinned_version(pin) for pin in PINS if canonicalize_name(pin.name) == name]
    assert versions, f"{name} is not locked: run `make lock`"
    assert all(requirement.specifier.contains(version) for version in versions)


@pytest.mark.parametrize("python", SUPPORTED)
def test_each_supported_python_gets_one_version_of_each_package(python):
    assert SpecifierSet(PROJECT["requires-python"]).contains(python)
    target = {"python_version": python[:4], "python_full_version": python}
    chosen = [canonicalize_name(pin.name) for pin in PINS if not pin.marker or pin.marker.evaluate(target)]
    assert sorted(chosen) == sorted(set(chosen))
    direct = {
        canonicalize_name(r.name) for r in direct_requirements(PROJECT) if not r.marker or r.marker.evaluate(target)
    }
    assert direct <= set(chosen)


def test_every_locked_package_is_pinned():
    assert all(pinned_version(pin) for pin in PINS)


def test_every_locked_package_has_a_hash():
    entries = re.split(r"\n(?=[A-Za-z0-9])", LOCK)
    assert len(entries) == len(PINS)
    bare = [entry for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry)]
    assert bare == []


def test_the_lock_holds_no_address():
    assert re.findall(r"^.*(?:://|file:|--(?:extra-)?index|--find-links| @ ).*$", LOCK, re.M) == []


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
