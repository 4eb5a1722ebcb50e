"""The site as a reader meets it: search, formulas, folded solutions, a phone, a dark page."""

import pytest

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
WITH_FORMULAS = "notebooks/12_a_hundred_layers.html"


def pages(site):
    return sorted(str(path.relative_to(site)) for path in site.rglob("*.html") if "_static" not in path.parts)


def test_the_front_page_leads_to_every_lesson(served_site, site, open_page):
    page = open_page(f"{served_site}/index.html")
    links = set(page.eval_on_selector_all(".bd-article a", "all => all.map(a => a.getAttribute('href'))"))
    lessons = {str(path.relative_to(site)) for path in site.glob("notebooks/*.html")}
    assert len(lessons) > 20
    assert lessons <= links


def test_search_finds_glorot(served_site, open_page):
    page = open_page(f"{served_site}/search.html?q=Glorot")
    page.wait_for_selector("#search-results li a")
    found = page.eval_on_selector_all("#search-results li a", "all => all.map(a => a.getAttribute('href'))")
    assert any("06_glorot_on_the_circles" in link for link in found)


def test_formulas_are_rendered(served_site, open_page):
    page = open_page(f"{served_site}/{WITH_FORMULAS}")
    page.wait_for_selector("mjx-container")
    assert page.locator("mjx-container").count() > 20
    assert page.locator("mjx-merror").count() == 0
    height = page.locator("mjx-container[display=true]").first.bounding_box()["height"]
    assert height > 20


def test_a_solution_unfolds(served_site, open_page):
    page = open_page(f"{served_site}/notebooks/01_two_circles.html")
    solution = page.locator("div.cell.tag_solution").first
    code = solution.locator("div.highlight").first
    assert not code.is_visible()
    solution.locator("summary").first.click()
    code.wait_for(state="visible")


def test_claims_are_folded(served_site, open_page):
    page = open_page(f"{served_site}/notebooks/01_two_circles.html")
    claims = page.locator("div.cell.tag_claim div.highlight")
    assert claims.count() >= 3
    assert not any(claims.nth(k).is_visible() for k in range(claims.count()))


def test_no_page_scrolls_sideways_on_a_phone_and_every_figure_is_described(served_site, site, open_page):
    page = open_page(f"{served_site}/index.html", **PHONE)
    wide, undescribed = {}, []
    for name in pages(site):
        page.goto(f"{served_site}/{name}", wait_until="domcontentloaded")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            wide[name] = width
        if name.startswith("notebooks/"):
            texts = page.eval_on_selector_all(".bd-article img", "all => all.map(i => i.alt)")
            if not texts or any(len(text) < 30 for text in texts):
                undescribed.append(name)
    assert wide == {}
    assert undescribed == []


def test_figures_stay_on_white_on_a_dark_page(served_site, open_page):
    page = open_page(f"{served_site}/{WITH_FORMULAS}", color_scheme="dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    styles = page.eval_on_selector_all(
        ".cell_output img", "all => all.map(i => [getComputedStyle(i).backgroundColor, getComputedStyle(i).filter])"
    )
    assert len(styles) > 3
    assert {tuple(style) for style in styles} == {("rgb(255, 255, 255)", "none")}
