"""Every slide of every deck, with all its fragments: nothing overflows, and a room can read it."""

import pytest

pytestmark = pytest.mark.browser

WIDTH, HEIGHT, SMALLEST = 1280, 720, 18

# [bottom, right, smallest text in pixels, an excerpt of it] of what the present slide shows
EXTENT = """() => {
  let [bottom, right, size, text] = [0, 0, 999, ""];
  const slide = Reveal.getCurrentSlide();
  for (const element of slide.querySelectorAll("*")) {
    if (element.closest("aside.notes, mjx-assistive-mml, svg")) continue;
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    if (!box.width || !box.height || style.visibility === "hidden") continue;
    bottom = Math.max(bottom, box.bottom);
    right = Math.max(right, box.right);
    if (element.closest("mjx-container")) continue;
    const words = [...element.childNodes].find(n => n.nodeType === 3 && n.textContent.trim());
    if (words && parseFloat(style.fontSize) < size) {
      size = parseFloat(style.fontSize);
      text = words.textContent.trim().slice(0, 30);
    }
  }
  return [bottom, right, size, text];
}"""


# Step through the deck as a speaker does: of each slide, once all its fragments are shown, [h, v] and its extent.
WALK = """async extent => {
  const drawn = () => new Promise(requestAnimationFrame), measure = eval(extent), found = [];
  await MathJax.startup.promise;  // formulas have their size
  for (;;) {
    while (Reveal.availableFragments().next) Reveal.nextFragment();
    await drawn();
    const {h, v} = Reveal.getIndices();
    found.push([[h, v], measure()]);
    if (Reveal.isLastSlide()) return found;
    Reveal.next();
  }
}"""
# What fades in is hidden until it has: a slide would be measured without it.
AT_ONCE = "* { transition: none !important; animation: none !important }"


def opened(deck, page):
    page.goto(deck.as_uri())
    page.add_style_tag(content=AT_ONCE)
    page.wait_for_function("window.Reveal && Reveal.isReady()")


def faults(page):
    """What does not fit or is too small, slide by slide, and how many slides there were."""
    found, slides = [], page.evaluate(WALK, EXTENT)
    for place, (bottom, right, size, text) in slides:
        if bottom > HEIGHT + 0.5 or right > WIDTH + 0.5:
            found.append(f"slide {place} ends at {right:.0f} x {bottom:.0f}")
        if size < SMALLEST - 0.01:
            found.append(f"slide {place} has text of {size:.1f} px: {text}")
    return found, len(slides)


def test_every_deck_fits_and_is_readable(decks, open_page):
    assert len(decks) > 20
    bad = {}
    page = open_page(decks[0].as_uri(), WIDTH, HEIGHT)
    for deck in decks:
        opened(deck, page)
        found, count = faults(page)
        assert count >= 10, f"{deck.name} has {count} slides"
        if found:
            bad[deck.name] = found
    assert bad == {}


def test_what_does_not_fit_is_found(decks, open_page):
    page = open_page(decks[0].as_uri(), WIDTH, HEIGHT)
    opened(decks[0], page)
    page.evaluate("""() => {
      const text = document.createElement("p");
      text.textContent = "too small and too low";
      text.style = "font-size: 12px; margin-top: 800px; flex: none";
      Reveal.getSlides()[1].append(text);
    }""")
    found, _ = faults(page)
    assert [("ends at" in f, "12.0 px" in f) for f in found] == [(True, False), (False, True)]


def test_figures_are_described_and_notes_are_kept(decks, open_page):
    page = open_page(decks[0].as_uri(), WIDTH, HEIGHT)
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    texts = page.eval_on_selector_all(".slides img", "all => all.map(i => i.alt)")
    assert texts and all(len(text) >= 30 for text in texts)
    notes = page.locator("aside.notes").all_text_contents()
    assert sum("Right:" in note for note in notes) >= 3, "one for each question of lesson 01"
