"""Words are shown, compared and masked, by mouse and by keys, in any look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.colours import assert_painted
from tests.browser.test_accessibility import (
    AXE,
    BACKGROUND,
    JUPYTERLAB_DARK,
    PLAIN_DARK,
    SCREENSHOTS,
    VIOLATIONS,
)
from tests.browser.test_lens_overview import overview_of
from tests.browser.word_lens_data import WordData

if TYPE_CHECKING:
    from tests.browser.word_lens_page import WordPage

CSS = Path(__file__).parents[2] / "vitwidgets" / "static" / "word_lens.css"
LIGHT = {"color_scheme": "light"}
DARK = {"color_scheme": "dark"}
CAR = 2
LISTED = "document.activeElement.closest('li')?.textContent ?? ''"
FOCUSED = "document.activeElement.textContent"
SAVED = "This page has no kernel, and other words need one: open it in a notebook."


def short(value: float) -> str:
    """Give a number with three digits, as the view does."""
    return np.format_float_positional(
        value, precision=3, unique=False, fractional=False, trim="k"
    )


@pytest.fixture
def data() -> WordData:
    return WordData()


def test_a_click_shows_the_heat_of_a_word(word_page: WordPage, data: WordData):
    view = word_page.show_words(data)
    view.shown("car").click()
    word_page.settle()
    assert word_page.saved_state() == {"target": CAR, "mode": "heat"}
    expect(view.shown("car")).to_have_attribute("aria-pressed", "true")
    shares = data.probabilities()[..., CAR]
    high = shares[:, data.patches].max()
    numbers = np.rint(255 * (shares / high).clip(0, 1)).astype(int)
    assert_painted(overview_of(view).colours(data.tokens), numbers)
    view.shown("car").click()
    word_page.settle()
    assert word_page.saved["target"] == -1
    expect(view.loading).to_have_text("Which word? Click one above or in the legend.")


def test_logits_are_the_kernels(word_page: WordPage, data: WordData):
    view = word_page.show_words(data, target=CAR, mode="heat")
    by = view.root.get_by_role("group", name="by")
    by.get_by_role("button", name="Logit").click()
    view.hover(1, 4)
    logit = data.logits()[-1, data.token(1, 4), CAR]
    expect(view.readout).to_contain_text(f"Logit of car: {short(logit)}")
    by.get_by_role("button", name="Rank").click()
    view.hover(1, 4)
    rank = data.ranks()[-1, data.token(1, 4), CAR]
    place = ("1st", "2nd", "3rd")[rank]
    expect(view.readout).to_contain_text(f"Place of car among all words: {place} of 3")


@pytest.mark.parametrize("way", ["button", "shift"])
def test_two_words_are_compared(word_page: WordPage, data: WordData, way: str):
    view = word_page.show_words(data, target=0, mode="heat")
    if way == "button":
        view.versus("car").click()
    else:
        view.shown("car").click(modifiers=["Shift"])
    word_page.settle()
    assert word_page.saved_state() == {"versus": CAR}
    expect(view.versus("car")).to_have_attribute("aria-pressed", "true")
    expect(view.bar).to_contain_text("Logit of cat (orange) less that of car (blue)")
    token = data.token(2, 1)
    view.hover(2, 1)
    logits = data.logits()[-1, token].astype(float)
    size = short(abs(logits[0] - logits[CAR]))
    sign = "+" if logits[0] > logits[CAR] else "\N{MINUS SIGN}"
    expect(view.readout).to_contain_text(f"{sign}{size}")
    view.shown("car").click()  # alone: it can't be compared with itself
    word_page.settle()
    assert word_page.saved_state() == {"target": CAR, "versus": -1}
    view.versus("dog").click()
    view.versus("dog").click()
    word_page.settle()
    assert word_page.saved["versus"] == -1


def test_a_comparison_needs_a_word_first(word_page: WordPage, data: WordData):
    view = word_page.show_words(data)
    view.shown("car").click(modifiers=["Shift"])
    expect(view.alert).to_have_text(
        "Click a word first, then what it is compared with."
    )
    word_page.settle()
    assert word_page.saved_state() == {}


def test_one_word_is_the_likeliest_at_first(word_page: WordPage, data: WordData):
    view = word_page.show_words(data)
    view.button("One word").click()
    word_page.settle()
    best = int(data.shares.argmax())
    assert word_page.saved_state() == {"mode": "heat", "target": best}


def test_superclasses_are_not_offered(word_page: WordPage, data: WordData):
    view = word_page.show_words(data)
    expect(view.button("Word")).to_be_visible()
    expect(view.button("Superclass")).to_have_count(0)


def test_words_go_into_the_mask(word_page: WordPage, data: WordData):
    view = word_page.show_words(data, mode="mask", layer=1)
    panel = view.root.get_by_role("group", name="Mask", exact=True)
    for name, mask in (("dog", [1]), ("cat", [0, 1]), ("dog", [0])):
        panel.get_by_role("button", name=name, exact=True).click()
        word_page.settle()
        assert word_page.saved["mask"] == mask
    button = panel.get_by_role("button", name="cat", exact=True)
    expect(button).to_have_attribute("aria-pressed", "true")
    cats = data.order()[2, data.patches, 0] == 0
    expect(view.legend.get_by_role("button", name="cat")).to_contain_text(
        f"{cats.sum()} patch"
    )


def test_words_that_share_an_emoji_have_frames_in_their_colours(word_page: WordPage):
    data = WordData(words=["red thing", "blue thing", "cat"])
    view = word_page.show_words(data)
    view.root.page.mouse.move(0, 0)
    pixels = view.pixels()
    height, width = pixels.shape[:2]
    colours: dict[str, set[tuple[int, ...]]] = {}
    for token in list(data.patches)[1:]:  # the first one is marked as selected
        row, column = divmod(token - data.patches.start, data.columns)
        x = round((column + 0.5) * width / data.columns)
        y = round(row * height / data.rows + 2.5)
        word = data.words[data.top(data.layers - 1, token)]
        colours.setdefault(word, set()).add(tuple(pixels[y, x, :3].tolist()))
    assert len(colours["red thing"]) == len(colours["blue thing"]) == 1
    assert colours["red thing"] != colours["blue thing"]
    assert len(colours["cat"]) > 1  # what is beneath


def test_arrow_keys_walk_the_words_and_delete_removes(
    word_page: WordPage, data: WordData
):
    view = word_page.show_words(data)
    view.box.focus()
    word_page.press("Tab", "Tab")
    assert word_page.page.evaluate(LISTED).startswith("cat")
    word_page.press("ArrowDown", "Enter")
    assert word_page.saved["target"] == 1
    word_page.press("ArrowDown", "ArrowRight")
    assert word_page.page.evaluate(FOCUSED) == "vs"
    word_page.press("Enter")
    assert word_page.saved["versus"] == CAR
    word_page.press("Delete")
    view.take()
    assert view.names() == ["cat", "dog"]
    assert word_page.page.evaluate(LISTED).startswith("dog")
    word_page.press("Control+z")
    view.take()
    assert view.names() == ["cat", "dog", "car"]


def test_letters_in_the_boxes_are_no_commands(word_page: WordPage, data: WordData):
    view = word_page.show_words(data)
    view.box.press_sequentially("[,. ?")
    view.sentences.locator("summary").click()
    view.sentences.get_by_role("textbox").press_sequentially("[. ?")
    word_page.settle()
    assert word_page.saved_state() == {}
    expect(view.root.locator(".vw-help")).to_be_hidden()


def test_a_page_without_kernel_keeps_its_words_and_says_why(
    word_page: WordPage, data: WordData
):
    view = word_page.show_words(data, readable_classes=[0, 1, 2])
    expect(view.box).to_be_disabled()
    expect(view.entry_notes).to_have_text(SAVED)
    expect(view.remove("cat")).to_be_hidden()
    view.shown("cat").focus()
    word_page.press("Delete")
    assert view.names() == data.words
    view.shown("cat").click()
    view.hover(1, 1)
    expect(view.readout).to_contain_text("Probability of cat")
    view.sentences.locator("summary").click()
    expect(view.sentences.get_by_role("textbox")).to_be_disabled()
    word_page.assign(words=["cat"])
    expect(view.alert).to_have_text(SAVED)


def test_a_kernel_that_went_is_said_and_words_wait(word_page: WordPage, data: WordData):
    view = word_page.show_words(data)
    view.box.fill("fish")
    toggle = """(on) => document.getElementById("place0").parentElement
      .classList.toggle("jupyter-widgets-disconnected", on)"""
    word_page.page.evaluate(toggle, True)
    expect(view.box).to_be_disabled()
    expect(view.entry_notes).to_contain_text("The kernel is gone")
    word_page.page.evaluate(toggle, False)
    expect(view.box).to_be_enabled()
    expect(view.box).to_have_value("fish")


@pytest.mark.parametrize(
    ("mode", "context_options", "style", "background"),
    [
        ("emoji", LIGHT, "", "rgb(255, 255, 255)"),
        ("heat", DARK, PLAIN_DARK, "rgb(22, 22, 22)"),
        ("mask", LIGHT, JUPYTERLAB_DARK, "rgb(33, 33, 33)"),
    ],
    ids=["light", "dark", "jupyterlab"],
)
def test_axe_finds_nothing_in_any_theme(
    word_page: WordPage,
    mode: str,
    style: str,
    background: str,
    request: pytest.FixtureRequest,
):
    word_page.open(style=style)
    words = ["cat", "a red car left of two cats", "zyzzyva", "dog"]
    data = WordData(layers=6, rows=8, columns=8, words=words)
    view = word_page.show_words(data, mode=mode, target=3, versus=0, mask=[1])
    view.sentences.locator("summary").click()
    view.box.fill("x" * 50)
    view.box.press("Enter")
    expect(view.entry_notes).to_contain_text("Not added")
    assert view.root.evaluate(BACKGROUND) == background
    word_page.page.add_script_tag(path=AXE)
    assert word_page.page.evaluate(VIOLATIONS) == []
    SCREENSHOTS.mkdir(exist_ok=True)
    name = f"words-{request.node.callspec.id}.png"
    word_page.page.screenshot(path=SCREENSHOTS / name, full_page=True)


@pytest.mark.parametrize("width", [320, 640, 1300])
def test_no_width_overflows(word_page: WordPage, width: int):
    word_page.page.set_viewport_size({"width": width, "height": 900})
    words = ["a red car left of two cats and above a purple egg", "x" * 60, "cat"]
    view = word_page.show_words(WordData(words=words), target=0, mode="heat")
    view.sentences.locator("summary").click()
    word_page.settle()
    overflow = "document.documentElement.scrollWidth > innerWidth"
    assert not word_page.page.evaluate(overflow)
    expect(view.shown(words[0])).to_contain_text(words[0])


def test_nothing_global_is_styled():
    text = CSS.read_text("utf8")
    selectors = [
        part.strip()
        for rule in text.split("}")
        for group in rule.split("{")[-2:-1]
        for part in group.split(",")
    ]
    assert len(selectors) > 30
    for selector in selectors:
        assert selector.startswith((".vw-", "@", ":")), selector
