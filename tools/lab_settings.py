"""Set up this environment's JupyterLab: large slides, no question about news, no look-up of newer versions."""

import json
import sys
from pathlib import Path

STYLE = Path(__file__).with_name("slides.css")
FILE = Path("share/jupyter/lab/settings/overrides.json")


def settings(style: str) -> dict[str, dict]:
    """What replaces the defaults of JupyterLab and of jupyterlab-rise, which puts `overlay` on every slide as HTML."""
    return {
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
        # The theme that fetches no fonts.
        "jupyterlab-rise:plugin": {"overlay": f"<style>\n{style}</style>", "theme": "white"},
    }


def write(prefix: Path) -> None:
    """Write them for the environment at `prefix`; settings of other extensions stay as they are."""
    file = Path(prefix) / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    new = kept | settings(STYLE.read_text(encoding="utf-8"))
    file.write_text(json.dumps(new, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.prefix))
