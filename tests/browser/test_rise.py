"""JupyterLab as `make lab` starts it: a lesson is presented."""

import pytest

pytestmark = pytest.mark.browser

SECOND = 1000
# All cells of the present slide end above the window's lower edge.
FITS = """() => [...document.querySelectorAll(".reveal section.present:not(:has(section)) .jp-Cell")]
  .every(cell => cell.getBoundingClientRect().bottom <= 721)"""


def test_slides_advance_in_jupyterlab(lab, open_page):
    page = open_page(lab.format("rise/notebooks/01_two_circles.ipynb"), 1280, 720)
    page.wait_for_selector(".reveal .slides section.present", timeout=60 * SECOND)
    page.wait_for_timeout(3 * SECOND)
    places = []
    for _ in range(12):
        page.keyboard.press("Space")
        page.wait_for_timeout(SECOND // 2)
        page.wait_for_function(FITS)  # once the slide has arrived
        places.append(page.evaluate("location.hash"))
    assert len(set(places)) == 12
