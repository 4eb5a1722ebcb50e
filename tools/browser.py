"""Find Chromium for `make browser`, or install it where that is possible, or say what is missing."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APT = ("apt-get", "-q", "-y")


def find() -> str | None:
    """The browser's path: what CHROMIUM names, or the first of NAMES that is installed."""
    named = os.environ.get("CHROMIUM")
    if named and not shutil.which(named):
        raise FileNotFoundError(f"CHROMIUM={named}: no such program; give the path of Chromium or Chrome")
    return next(filter(None, map(shutil.which, [named] if named else NAMES)), None)


def install() -> None:
    """Install Debian's package, as root or by sudo without a password."""
    before = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    for step in (["update"], ["install", "--no-install-recommends", "chromium"]):
        subprocess.run([*before, *APT, *step], check=True, stdout=subprocess.DEVNULL, timeout=300)


def main() -> int:
    """Return 0 if there is a browser in the end."""
    if not find() and shutil.which("apt-get"):
        print("Installing Chromium.", flush=True)
        try:
            install()
        except (OSError, subprocess.SubprocessError) as failure:
            print(f"It could not be installed: {failure}", file=sys.stderr)
    if not find():
        print("Chromium is missing. Install Chromium or Chrome, or name it: make browser CHROMIUM=...", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
