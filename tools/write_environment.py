"""Write environment.yml, the environment of conda and Binder, from the lock."""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
FIRST = ["jupyterlab", "tensorflow", "matplotlib", "scikit-learn", "nbval"]
HEAD = """\
# Written by `make lock` from requirements.txt: do not edit.
name: deep-networks
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python=3.12
  - pip
  - pip:
      # The versions of the lock without its hashes: pip refuses hashes beside an editable install.
"""


def locked_requirements(lock: str) -> list[Requirement]:
    """The pins of a requirements file; hashes, comments and blank lines are passed over."""
    pins = [line for line in lock.splitlines() if line[:1].isalnum()]
    return [Requirement(line.removesuffix("\\")) for line in pins]


def direct_requirements(project: dict, extras: list[str] | None = None) -> list[Requirement]:
    """What pyproject.toml asks for, with the extras named, or with all."""
    optional = project.get("optional-dependencies", {})
    chosen = optional.values() if extras is None else [optional[name] for name in extras]
    return [Requirement(r) for group in (project["dependencies"], *chosen) for r in group]


def environment(lock: str, project: dict) -> str:
    """The text of environment.yml: the direct requirements lead, the rest keep the lock's order."""
    direct = [canonicalize_name(r.name) for r in direct_requirements(project)]
    leading = list(dict.fromkeys([*FIRST, *direct]))

    def rank(requirement: Requirement) -> int:
        name = canonicalize_name(requirement.name)
        return leading.index(name) if name in leading else len(leading)

    pins = sorted(locked_requirements(lock), key=rank)
    return HEAD + "".join(f"      - {pin}\n" for pin in pins) + "      - -e .\n"


if __name__ == "__main__":
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    (ROOT / "environment.yml").write_text(environment(lock, project), encoding="utf-8")
