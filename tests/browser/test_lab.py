"""JupyterLab as `make lab` starts it: a lesson is opened, run and answered."""

import pytest

pytestmark = pytest.mark.browser

FIRST = "01_two_circles.ipynb"
SLIDER = "12_a_hundred_layers.ipynb"
ERRORS = ".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']"
INDICATOR = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook-ExecutionIndicator"
IDLE, BUSY = f"{INDICATOR}[data-status=idle]", f"{INDICATOR}[data-status=busy]"
ACCEPT = ".jp-Dialog button.jp-mod-accept"
SECOND = 1000


def open_lesson(lab, open_page, lesson):
    page = open_page(lab.format(f"lab/workspaces/{lesson[:2]}/tree/notebooks/{lesson}"), 1280, 1000)
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60 * SECOND)
    page.wait_for_selector(IDLE, timeout=60 * SECOND)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60 * SECOND)
    return page


def run(page, what="Run All Cells", seconds=300, tries=6):
    for _ in range(tries):  # the menu is there before its commands are
        page.locator(".lm-MenuBar-itemLabel", has_text="Run").first.click()
        page.locator(".lm-Menu-itemLabel", has_text=what).first.click()
        for _ in range(20):
            page.wait_for_timeout(SECOND // 2)
            if page.locator(ACCEPT).count():  # the session may not be ready, though its kernel is shown as idle
                page.locator(ACCEPT).click()
            if page.locator(BUSY).count():
                page.wait_for_selector(IDLE, timeout=seconds * SECOND)
                return
    pytest.fail(f"{what} started nothing in {tries} tries")


def cell_with(page, text):
    """The code cell that begins so."""
    cell = page.locator(".jp-CodeCell", has=page.locator(".cm-line", has_text=text)).first
    cell.scroll_into_view_if_needed()
    return cell


def answer(page, name, exercise, value):
    """Write ``name = value`` into the stub, run it and the check below, and return what the check says."""
    cell_with(page, f"{name} = ").locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.type(f"{name} = {value}")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    page.wait_for_timeout(SECOND)
    page.wait_for_selector(IDLE)
    return cell_with(page, f'check("{exercise}", {name})').locator(".jp-OutputArea-output").inner_text()


def test_the_first_lesson_opens_runs_and_meets_answers(lab, open_page):
    page = open_lesson(lab, open_page, FIRST)
    assert page.locator(".jp-Dialog").count() == 0
    assert page.locator("[title^='Notebook not trusted']").count() == 0

    run(page)
    assert page.locator(ERRORS).count() == 0
    assert page.locator(".jp-RenderedImage img").count() >= 4

    assert "01.1: right" not in answer(page, "count", "01.1", "3")
    assert "01.1: right" in answer(page, "count", "01.1", "above")

    folded = page.locator(".jp-CodeCell .jp-InputPlaceholder")
    before = folded.count()
    assert before >= 3
    folded.last.locator(".jp-Placeholder-content").click()
    page.wait_for_function("n => document.querySelectorAll('.jp-CodeCell .jp-InputPlaceholder').length < n", arg=before)


def test_the_slider_moves_the_figure(lab, open_page):
    page = open_lesson(lab, open_page, SLIDER)
    cell_with(page, "tried = ").locator(".jp-InputPrompt").click()
    run(page, "Run All Above Selected Cell")
    slider = page.locator(".widget-slider .noUi-handle").first
    slider.scroll_into_view_if_needed()
    picture = page.locator("img.widget-image").first
    before = picture.get_attribute("src")
    slider.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "src => document.querySelector('img.widget-image').src !== src", arg=before, timeout=60 * SECOND
    )
