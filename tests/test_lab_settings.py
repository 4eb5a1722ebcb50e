"""JupyterLab of this environment shows slides that a room can read."""

import json
import re

from tools import lab_settings


def test_the_slides_style_is_part_of_the_settings(tmp_path):
    lab_settings.write(tmp_path)
    written = json.loads((tmp_path / lab_settings.FILE).read_text())
    overlay = written["jupyterlab-rise:plugin"]["overlay"]
    assert overlay.startswith("<style>") and overlay.count("</style>") == 1
    assert lab_settings.STYLE.read_text() in overlay


def test_settings_of_others_stay(tmp_path):
    file = tmp_path / lab_settings.FILE
    file.parent.mkdir(parents=True)
    file.write_text('{"theirs:plugin": {"size": 3}, "jupyterlab-rise:plugin": {"overlay": "old"}}')
    lab_settings.write(tmp_path)
    written = json.loads(file.read_text())
    assert written["theirs:plugin"] == {"size": 3}
    assert written["jupyterlab-rise:plugin"]["overlay"] != "old"


def test_no_text_is_smaller_than_18_pixels():
    style = lab_settings.STYLE.read_text()
    sizes = re.findall(r"--jp-[\w-]*size\w*: (\d+)px|(?:pre|code|table) \{\s*font-size: (\d+)px", style)
    assert len(sizes) == 6
    assert all(int(a or b) >= 18 for a, b in sizes)


def test_only_slides_are_styled():
    rules = re.sub(r"/\*.*?\*/", "", lab_settings.STYLE.read_text(), flags=re.DOTALL)
    selectors = [s.strip() for block in re.findall(r"([^{}]+)\{", rules) for s in block.split(",\n")]
    assert len(selectors) > 10
    assert all(selector.startswith(".reveal") for selector in selectors)
