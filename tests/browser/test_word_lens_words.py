"""Words are typed, read, removed and brought back; what can't be read is said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.word_lens_data import LONG, NO_PLACE, WordData

if TYPE_CHECKING:
    from tests.browser.word_lens_page import WordPage, WordView

MINUS = "\N{MINUS SIGN}"
HTML = '<img src=x onerror="document.title = 1">'


def percent(share: float) -> str:
    """Give a share as the view does."""
    if 0 < share < 0.001:
        return "<\u00a00.1\u00a0%"
    return f"{100 * share:.1f}\u00a0%"


def expect_words(view: WordView, data: WordData) -> None:
    """Expect the list to say what the model says of these words."""
    assert view.names() == data.words
    for word, share, cosine in zip(
        data.words, data.shares, data.similarities, strict=True
    ):
        shown = view.shown(word)
        expect(shown).to_contain_text(percent(share))
        expect(shown).to_contain_text(f"cosine {cosine:.3f}".replace("-", MINUS))
        width = shown.locator(".vw-top-share").evaluate("(bar) => bar.style.width")
        assert float(width.rstrip("%")) == pytest.approx(100 * share, rel=1e-5)
    best = int(data.shares.argmax())
    expect(view.winner).to_have_text(
        f"Of these words the picture is most like “{data.words[best]}”: "
        f"{percent(data.shares[best])}"
    )


@pytest.fixture
def data() -> WordData:
    return WordData()


def test_words_say_how_like_the_picture_they_are(word_page: WordPage, data: WordData):
    view = word_page.show_words(data)
    expect_words(view, data)
    assert word_page.requests == []


@pytest.mark.parametrize(
    "text", ["fish, a red car", "fish\na red car", "fish,,\n , a  red car ,"]
)
def test_typed_and_pasted_words_are_added(
    word_page: WordPage, data: WordData, text: str
):
    view = word_page.show_words(data, target=1, mode="heat")
    view.box.fill(text)
    view.box.press("Enter")
    expect(view.box).to_have_value("")
    word_page.settle()
    words = ["cat", "dog", "car", "fish", "a red car"]
    request = next(each for each in word_page.requests if each["kind"] == "words")
    assert (request["words"], request["templates"]) == (words, ["{}"])
    assert word_page.saved_state() == {"words": words}
    act = word_page.saved["history"][-1]
    assert (act["verb"], act["address"]) == ("add", "fish, a red car")
    view.take()
    expect_words(view, data.of(*words))
    expect(view.box).to_be_focused()
    # What was shown goes on being shown, with the new numbers.
    expect(view.shown("dog")).to_have_attribute("aria-pressed", "true")
    view.hover(2, 2)
    share = view.data.probabilities()[-1, data.token(2, 2), 1]
    expect(view.readout).to_contain_text(f"Probability of dog: {percent(share)}")


def test_the_button_adds_as_enter_does(word_page: WordPage, data: WordData):
    view = word_page.show_words(data)
    view.box.fill("fish")
    view.button("Add").click()
    expect(view.box).to_have_value("")
    view.take()
    assert view.names() == ["cat", "dog", "car", "fish"]


def test_what_the_kernel_refuses_is_said_beside_the_box_and_stays_there(
    word_page: WordPage, data: WordData
):
    view = word_page.show_words(data)
    long = "fish, " + "x" * 41
    view.box.fill(long)
    view.box.press("Enter")
    expect(view.entry_notes).to_have_text(f"Not added: '{'x' * 41}' {LONG}")
    expect(view.box).to_have_value(long)
    expect(view.box).to_be_focused()
    expect(view.box).to_have_attribute("aria-invalid", "true")
    word_page.settle()
    assert word_page.saved_state() == {}
    expect_words(view, data)
    view.box.press_sequentially("y")
    expect(view.entry_notes).to_have_count(0)
    expect(view.box).to_have_attribute("aria-invalid", "false")


def test_nothing_and_words_that_are_there_ask_for_nothing(
    word_page: WordPage, data: WordData
):
    view = word_page.show_words(data)
    view.box.fill(" , ")
    view.box.press("Enter")
    expect(view.entry_notes).to_have_text(
        "Not added: Type a word first, or several with commas between."
    )
    view.box.fill("dog, cat")
    view.box.press("Enter")
    expect(view.entry_notes).to_have_text("Already there: “dog”, “cat”")
    expect(view.box).to_have_value("")
    assert word_page.requests == []
    assert word_page.saved_state() == {}


def test_a_word_that_is_removed_takes_its_heat_along(
    word_page: WordPage, data: WordData
):
    view = word_page.show_words(data, target=0, versus=2, mode="heat", mask=[0, 2])
    view.remove("cat").click()
    word_page.settle()
    assert word_page.saved_state() == {
        "words": ["dog", "car"], "target": -1, "versus": -1, "mask": [1],
    }  # fmt: skip
    assert word_page.kinds().count("words") == 0
    view.take()
    expect_words(view, data.of("dog", "car"))
    expect(view.loading).to_have_text("Which word? Click one above or in the legend.")
    # The focus goes on to the next word.
    expect(view.shown("dog")).to_be_focused()


def test_other_words_keep_what_is_shown(word_page: WordPage, data: WordData):
    view = word_page.show_words(data, target=2, mode="heat", mask=[1])
    view.remove("cat").click()
    word_page.settle()
    saved = {"words": ["dog", "car"], "target": 1, "mask": [0]}
    assert word_page.saved_state() == saved
    view.take()
    expect(view.shown("car")).to_have_attribute("aria-pressed", "true")
    view.hover(1, 1)
    share = view.data.probabilities()[-1, data.token(1, 1), 1]
    expect(view.readout).to_contain_text(f"Probability of car: {percent(share)}")


def test_backspace_in_the_empty_box_removes_the_last_word(
    word_page: WordPage, data: WordData
):
    view = word_page.show_words(data)
    view.box.fill("ab")
    word_page.press("Backspace", "Backspace")
    assert word_page.saved_state() == {}
    word_page.press("Backspace")
    view.take()
    assert view.names() == ["cat", "dog"]
    expect(view.box).to_be_focused()


def test_the_last_word_stays(word_page: WordPage):
    view = word_page.show_words(WordData(words=["cat"]))
    view.remove("cat").click()
    expect(view.alert).to_have_text("One word has to stay: add another one first.")
    word_page.settle()
    assert word_page.saved_state() == {}


def test_words_are_undone_and_done_again(word_page: WordPage, data: WordData):
    view = word_page.show_words(data, target=2, mode="heat")
    view.remove("car").click()
    view.take()
    view.add("fish")
    view.button("Undo: add fish").click()
    view.take()
    expect_words(view, data.of("cat", "dog"))
    view.button("Undo: remove car").click()
    view.take()
    expect_words(view, data)
    expect(view.shown("car")).to_have_attribute("aria-pressed", "true")
    expect(view.alert).to_be_hidden()
    view.button("Redo: remove car").click()
    view.take()
    expect_words(view, data.of("cat", "dog"))


def test_until_python_answers_nothing_is_asked_with_new_numbers(
    word_page: WordPage, data: WordData
):
    view = word_page.show_words(data, target=2, mode="heat")
    before = view.pixels()
    asked = len(word_page.requests)
    view.remove("cat").click()
    word_page.settle()
    assert len(word_page.requests) == asked
    assert (view.pixels() == before).all()
    expect(view.loading).to_have_text("fetching the new words …")
    view.legend.get_by_role("button").first.click()
    expect(view.alert).to_contain_text("The new words are on their way")
    view.take()
    expect(view.loading).to_be_hidden()
    token = data.token(0, 3)
    view.hover(0, 3)
    share = view.data.probabilities()[-1, token, 1]
    expect(view.readout).to_contain_text(f"Probability of car: {percent(share)}")


def test_words_that_python_refuses_after_all_come_back(
    word_page: WordPage, data: WordData
):
    view = word_page.show_words(data, target=2, mode="heat")
    view.remove("cat").click()
    word_page.settle()
    word_page.receive({"type": "refused", "message": "no room"})
    word_page.assign(words=data.words, target=2, history=[])
    expect(view.alert).to_have_text("no room")
    expect_words(view, data)
    expect(view.loading).to_be_hidden()


def test_words_from_python_are_taken(word_page: WordPage, data: WordData):
    view = word_page.show_words(data, target=0, mode="heat")
    view.box.fill("half a wo")
    other = data.of("fish", "cat")
    word_page.data = view.data = other
    word_page.assign(**other.facts(words=other.words, target=1))
    expect_words(view, other)
    expect(view.box).to_have_value("half a wo")
    view.hover(3, 3)
    share = other.probabilities()[-1, data.token(3, 3), 1]
    expect(view.readout).to_contain_text(f"Probability of cat: {percent(share)}")


def test_words_that_were_never_learned_are_marked_in_words(word_page: WordPage):
    view = word_page.show_words(WordData(words=["cat", "zyzzyva", "zyzzyva green"]))
    sentence = "this model never learned all of this"
    expect(view.shown("cat")).not_to_contain_text(re.compile("never learned"))
    for word in ("zyzzyva", "zyzzyva green"):
        expect(view.shown(word)).to_contain_text(sentence)


def test_text_is_never_html(word_page: WordPage, data: WordData):
    view = word_page.show_words(data, map_caption=HTML)
    view.add(HTML)
    word_page.assign(mode="mask")
    assert view.names() == [*data.words, HTML]
    expect(view.root.locator("img, script")).to_have_count(0)
    view.box.fill(f"{HTML}, {'<b>x</b>' * 9}")
    view.box.press("Enter")
    expect(view.entry_notes).to_contain_text("<b>x</b>")
    view.shown(HTML).click()
    expect(view.root.locator("img, b")).to_have_count(0)
    assert word_page.page.title() == "tour"


@pytest.mark.parametrize(
    ("name", "templates"),
    [("A photo of …", ["a photo of a {}."]), ("The word alone", ["{}"])],
)
def test_ready_sentences_are_taken(
    word_page: WordPage, name: str, templates: list[str]
):
    data = WordData(templates=["art of the {}."])
    view = word_page.show_words(data)
    view.sentences.locator("summary").click()
    button = view.sentences.get_by_role("button", name=name)
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    view.take()
    assert word_page.saved_state() == {"templates": templates}
    expect_words(view, data.of(*data.words, templates=templates))


def test_seven_sentences_are_those_of_open_clip(word_page: WordPage, data: WordData):
    from open_clip import SIMPLE_IMAGENET_TEMPLATES  # noqa: PLC0415 - slow to import

    view = word_page.show_words(data)
    view.sentences.locator("summary").click()
    view.button("Seven of ImageNet").click()
    expect(view.sentences.locator("summary")).to_contain_text("in 7 sentences")
    word_page.settle()
    saved: list[Any] = word_page.saved["templates"]
    assert saved == [make("{}") for make in SIMPLE_IMAGENET_TEMPLATES]


def test_sentences_are_typed_and_what_is_wrong_with_them_is_said(
    word_page: WordPage, data: WordData
):
    view = word_page.show_words(data)
    view.sentences.locator("summary").click()
    box = view.sentences.get_by_role("textbox")
    expect(box).to_have_value("{}")
    box.fill("a {}\nno place")
    view.button("Take these").click()
    note = view.sentences.get_by_role("alert")
    expect(note).to_have_text(f"Not taken: the template 'no place' {NO_PLACE}")
    expect(box).to_have_value("a {}\nno place")
    assert word_page.saved_state() == {}
    box.fill("a {}\na big {}, far away")
    view.button("Take these").click()
    expect(view.sentences.locator("summary")).to_contain_text("in 2 sentences")
    view.take()
    templates = ["a {}", "a big {}, far away"]
    assert word_page.saved_state() == {"templates": templates}
    expect_words(view, data.of(*data.words, templates=templates))
    view.button("Undo: change sentences").click()
    expect(box).to_have_value("{}")
