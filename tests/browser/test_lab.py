"""JupyterLab as `make lab` starts it: a lesson is opened, run, answered and presented."""

import json
import re

import pytest

pytestmark = pytest.mark.browser

LESSON = "notebooks/01_two_circles.ipynb"
# What JupyterLab's Run All Cells waits for: no cell has a star in place of its number.
IDLE = """() => document.querySelector('.jp-NotebookPanel-toolbar [data-status]')?.dataset.status === 'idle'"""


def open_lesson(lab, open_page, lesson, height=1000):
    page = open_page(lab.format(f"lab/tree/{lesson}"), 1280, height)
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=60_000)
    return page


def run(page, command):
    """Run a command of JupyterLab by the palette, as a reader without a mouse does."""
    page.keyboard.press("Control+Shift+C")
    page.locator(".jp-ModalCommandPalette input").fill(command)
    page.keyboard.press("Enter")


def wait_until_run(page, seconds=240):
    page.wait_for_timeout(1000)
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=1000 * seconds)
