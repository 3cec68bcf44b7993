"""A class is found by what a person types, and never a wrong one silently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.lens_data import NAMES, LensData
from tests.browser.test_accessibility import AXE, VIOLATIONS
from vitwidgets.labels import find_class, imagenet_emoji
from vitwidgets.labels.class_lists import class_list

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.lens_page import Lens, LensPage

LISTED = """(all) => all.map((option) => [
  option.parentElement.getAttribute("aria-label"),
  Number(option.lastElementChild.textContent),
])"""
WORDS = "Fits by whole words"
TEXTS = (
    "cat", "collie", "Border Collie", "terrier", "281", "house finch", "jack-o'",
    "jack o lantern", "crane", "frog", "dog", "bow tie", "bow-tie", "T-shirt", "TIGER",
    "great white", "carpenter's kit", "0", "999", "1000", "catamount", "no such thing",
    "tabby, tabby cat", "tabby tabby", "cafe", "café",
)  # fmt: skip


@pytest.fixture
def data() -> LensData:
    return LensData()


def box(lens: Lens, name: str = "Class") -> Locator:
    return lens.root.get_by_role("combobox", name=name, exact=True)


def options(lens: Lens) -> Locator:
    return lens.root.get_by_role("option")


def listed(lens: Lens) -> list[tuple[str, int]]:
    """Return the heading and the index of each class that is offered."""
    return [(group, index) for group, index in options(lens).evaluate_all(LISTED)]


@pytest.fixture
def imagenet(lens_page: LensPage, data: LensData) -> Lens:
    """Return a lens with the classes of ImageNet; its numbers are of a few."""
    known = class_list("imagenet-1k")
    state: dict[str, Any] = {
        "class_names": list(known.names),
        "class_descriptions": list(known.descriptions),
        "class_emoji": list(imagenet_emoji()),
        "class_superclasses": [0] * 1000,
    }
    lens_page.answer = lambda request: data.answer(
        {**request, "target": request.get("target", 0) % len(NAMES)}
    )
    return lens_page.show_waiting(data, **state)


def test_whole_words_are_found_as_in_python(imagenet: Lens):
    descriptions = class_list("imagenet-1k").descriptions
    words = {word for text in descriptions[::40] for word in text.split()}
    for text in (*TEXTS, *sorted(words)):
        box(imagenet).fill(text)
        found = [index for group, index in listed(imagenet) if group == WORDS]
        # A list that is too long to read ends, and says so.
        assert found == find_class(text, descriptions)[:120], text


def test_cat_lists_cats_and_no_bullfrog(imagenet: Lens):
    box(imagenet).fill("cat")
    names = options(imagenet).locator(".vw-combo-name").all_text_contents()
    assert names[:2] == ["tabby", "tiger cat"]
    assert "Egyptian cat" in names
    assert "bullfrog" not in names
    groups = [group for group, _ in listed(imagenet)]
    # "catamaran" only begins so: it comes after all that hold the word.
    assert names.index("catamaran") > groups.count(WORDS) - 1
    expect(imagenet.root.get_by_text("choose one, or type more").first).to_be_visible()


def test_an_emoji_finds_its_classes(imagenet: Lens):
    box(imagenet).fill("🍌")
    assert [index for _, index in listed(imagenet)] == [
        index for index, emoji in enumerate(imagenet_emoji()) if emoji == "🍌"
    ]


def test_enter_takes_the_one_class_that_is_meant(imagenet: Lens, lens_page: LensPage):
    search = box(imagenet)
    search.fill("collie")
    search.press("Enter")
    lens_page.settle()
    assert lens_page.saved_state() == {"target": 231, "mode": "heat"}
    expect(search).to_have_value("collie")
    assert len(lens_page.saved["history"]) == 1


def test_enter_takes_nothing_where_several_are_meant(
    imagenet: Lens, lens_page: LensPage
):
    search = box(imagenet)
    for text in ("tabby cat dog", "cat", "bullf"):
        search.fill(text)
        search.press("Enter")
        lens_page.settle()
        assert lens_page.saved_state() == {}
    expect(imagenet.root.get_by_text("choose one that begins so").first).to_be_visible()
    search.press("ArrowDown")
    search.press("Enter")
    lens_page.settle()
    assert lens_page.saved["target"] == 30


def test_arrow_keys_walk_the_list_and_escape_closes_it(
    lens_page: LensPage, data: LensData
):
    lens = lens_page.show(data)
    search = box(lens)
    search.focus()
    lens_page.press("ArrowDown")
    # Nothing typed: the model's own answer is offered.
    answer = [int(each) for each in data.order()[-1, 0, :5]]
    assert [index for _, index in listed(lens)] == answer
    expect(search).to_have_attribute("aria-expanded", "true")
    for place in (0, 1, 2):
        lens_page.press("ArrowDown")
        active = options(lens).nth(place)
        expect(active).to_have_attribute("aria-selected", "true")
        expect(search).to_have_attribute(
            "aria-activedescendant", active.get_attribute("id") or "none"
        )
    lens_page.press("ArrowUp", "ArrowUp", "ArrowUp")
    expect(options(lens).nth(4)).to_have_attribute("aria-selected", "true")
    lens_page.press("Escape")
    expect(search).to_have_attribute("aria-expanded", "false")
    assert listed(lens) == []
    assert lens_page.saved_state() == {}


def test_letters_and_arrows_in_the_box_are_no_commands(
    lens_page: LensPage, data: LensData
):
    lens = lens_page.show(data)
    box(lens).press_sequentially("[,. ?")
    lens_page.settle()
    assert lens_page.saved_state() == {}
    expect(lens.root.locator(".vw-help")).to_be_hidden()


def test_a_click_compares_swap_swaps_and_clear_clears(
    lens_page: LensPage, data: LensData
):
    lens = lens_page.show(data, target=1, mode="heat")
    search, versus = box(lens), box(lens, "Compared with")
    expect(search).to_have_value("dog")
    expect(lens.button("Swap the two classes")).to_be_hidden()
    versus.click()
    versus.fill("pizza")
    options(lens).filter(has_text="pizza").click()
    lens_page.settle()
    assert lens_page.saved_state() == {"versus": 6}
    lens.button("Swap the two classes").click()
    lens_page.settle()
    assert lens_page.saved_state() == {"target": 6, "versus": 1}
    expect(search).to_have_value("pizza")
    expect(versus).to_have_value("dog")
    lens.button("Clear the comparison").click()
    lens_page.settle()
    assert lens_page.saved_state() == {"target": 6, "versus": -1}
    expect(versus).to_be_focused()
    lens.button("Clear the class").click()
    lens_page.settle()
    assert lens_page.saved_state()["target"] == -1
    expect(search).to_have_value("")
    for _ in range(4):
        lens.root.get_by_role("button", name="Undo").click()
    lens_page.settle()
    expect(search).to_have_value("dog")
    expect(versus).to_have_value("")


def test_a_comparison_needs_a_class(lens_page: LensPage, data: LensData):
    lens = lens_page.show(data)
    versus = box(lens, "Compared with")
    versus.fill("pizza")
    versus.press("Enter")
    expect(lens.alert).to_have_text(
        "Choose a class first, then what it is compared with."
    )
    lens_page.settle()
    assert lens_page.saved_state() == {}


def test_what_is_typed_and_not_chosen_is_forgotten(lens_page: LensPage, data: LensData):
    lens = lens_page.show(data, target=4, mode="heat")
    search = box(lens)
    search.fill("piz")
    lens.slider.focus()
    expect(search).to_have_value(NAMES[4])
    lens_page.assign(target=5)
    expect(search).to_have_value(NAMES[5])


def test_a_saved_page_offers_what_it_holds_and_names_the_rest(
    lens_page: LensPage, data: LensData
):
    lens = lens_page.show(data, readable_classes=[4, 8])
    search = box(lens)
    search.fill("ca")
    assert [index for _, index in listed(lens)] == [4, 8]
    expect(lens.root.locator(".vw-combo-summary:visible")).to_contain_text(
        "Not in this page (open it with a kernel to see it): cat"
    )
    search.fill("cat")
    assert listed(lens) == []
    search.press("Enter")
    lens_page.settle()
    assert lens_page.saved_state() == {}
    search.fill("")
    search.press("Escape")
    search.click()
    assert [index for _, index in listed(lens)] == [4, 8]


def test_axe_finds_nothing_in_an_open_list(lens_page: LensPage, data: LensData):
    lens = lens_page.show(data, target=1, versus=2, mode="heat")
    box(lens).fill("ca")
    lens_page.press("ArrowDown")
    lens_page.page.add_script_tag(path=AXE)
    script = VIOLATIONS.replace('"main"', '".vw-class-search"')
    assert lens_page.page.evaluate(script) == []
