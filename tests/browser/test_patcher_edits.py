from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.patcher_data import PatcherData

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.patcher_page import Patcher, PatcherPage

HEAD, STREAM, MLP = "L1.H2", "L0.resid_pre", "L2.MLP"


@pytest.fixture
def data() -> PatcherData:
    return PatcherData()


@pytest.fixture
def view(patcher_page: PatcherPage, data: PatcherData) -> Patcher:
    """Return a view with three edits, the last of them switched off."""
    noise = data.edit(STREAM, "cls", kind="noise", strength=0.5, source="")
    off = data.edit(MLP, "(1,2)", switch="off", source="boat")
    return patcher_page.show(data, interventions=[data.edit(HEAD), noise, off])


def row(view: Patcher, address: str) -> Locator:
    return view.root.get_by_role("listitem", name=f"Edit of {address}")


def tokens_of(view: Patcher, address: str) -> Locator:
    return view.root.get_by_role("combobox", name=f"Tokens of {address}")


def edits_of(page: PatcherPage) -> list[dict[str, Any]]:
    """Return the list of edits as it was saved last."""
    page.settle()
    return page.saved["interventions"]


def addresses(page: PatcherPage) -> list[str]:
    return [edit["address"] for edit in edits_of(page)]


def acts(page: PatcherPage) -> list[str]:
    page.settle()
    return [act["verb"] for act in page.saved["history"]]


def test_every_edit_is_listed_in_order_and_in_words(view: Patcher):
    rows = view.root.get_by_role("list", name="Edits").get_by_role("listitem")
    expect(rows).to_have_count(3)
    for index, name in enumerate((HEAD, STREAM, MLP)):
        expect(rows.nth(index)).to_have_attribute("aria-label", f"Edit of {name}")
    expect(row(view, HEAD)).to_contain_text("head 2 of layer 1")
    expect(row(view, STREAM)).to_contain_text("stream into layer 0")
    for name, words in ((HEAD, "all tokens"), (STREAM, "cls"), (MLP, "patch (1,2)")):
        chosen = tokens_of(view, name).locator("option:checked")
        expect(chosen).to_have_text(words)
    expect(view.root.locator(".vw-edits")).to_contain_text("2 of 3 on")
    on = [
        row(view, name).get_by_role("switch").get_attribute("aria-checked")
        for name in (HEAD, STREAM, MLP)
    ]
    assert on == ["true", "true", "false"]


def test_nothing_edited_says_what_to_click(
    patcher_page: PatcherPage, data: PatcherData
):
    view = patcher_page.show(data)
    panel = view.root.locator(".vw-edits")
    expect(panel.get_by_text("Nothing is edited. Click")).to_be_visible()
    expect(panel.get_by_role("listitem")).to_have_count(0)


def test_many_patches_are_counted(patcher_page: PatcherPage, data: PatcherData):
    patches = data.labels[len(data.prefix) :][:12]
    edit = data.edit(STREAM, "cls", *patches)
    view = patcher_page.show(data, interventions=[edit])
    chosen = tokens_of(view, STREAM).locator("option:checked")
    expect(chosen).to_have_text("cls and 12 patches")


def test_an_edit_is_narrowed_to_other_tokens_in_the_list(
    view: Patcher, patcher_page: PatcherPage, data: PatcherData
):
    patches = data.labels[len(data.prefix) :]
    tokens = tokens_of(view, HEAD)
    for choice, labels in (
        ("reg0", ["reg0"]),
        (f"{len(patches)} patches", patches),
        ("all tokens", []),
    ):
        tokens.select_option(label=choice)
        patcher_page.settle()
        assert edits_of(patcher_page)[0]["tokens"] == labels
    asked = [edits[0]["tokens"] for edits in patcher_page.predicted()]
    assert asked == [[], ["reg0"], patches]  # the answer for all was here already
    assert acts(patcher_page)[-1] == f"change tokens of {HEAD}"
    tokens.press("Control+z")
    expect(tokens.locator("option:checked")).to_have_text(f"{len(patches)} patches")


@pytest.mark.parametrize(
    ("others", "counts"),
    [([], False), (["L1.H3"], False), ([HEAD], True)],
    ids=["alone", "elsewhere", "at the same place"],
)
def test_order_is_spoken_of_only_where_it_counts(
    patcher_page: PatcherPage, data: PatcherData, others: list[str], counts: bool
):
    edits = [data.edit(HEAD, "cls")]
    edits += [data.edit(each, kind="zero", source="") for each in others]
    view = patcher_page.show(data, interventions=edits)
    expect(view.root.locator(".vw-edits-order")).to_be_visible(visible=counts)


def test_switching_an_edit_asks_for_the_rest(view: Patcher, patcher_page: PatcherPage):
    row(view, HEAD).get_by_role("switch").click()
    patcher_page.settle()
    assert [edit["switch"] for edit in edits_of(patcher_page)] == ["off", "on", "off"]
    assert [each["address"] for each in patcher_page.predicted()[-1]] == [STREAM]
    row(view, MLP).get_by_role("switch").click()
    patcher_page.settle()
    asked = [each["address"] for each in patcher_page.predicted()[-1]]
    assert asked == [STREAM, MLP]
    assert acts(patcher_page) == [f"switch off {HEAD}", f"switch on {MLP}"]


def test_drag_of_the_slider_predicts_at_each_move_and_is_one_act(
    view: Patcher, patcher_page: PatcherPage
):
    slider = row(view, HEAD).get_by_role("slider")
    box = slider.bounding_box()
    assert box
    mouse, middle = patcher_page.page.mouse, box["y"] + box["height"] / 2
    before = len(patcher_page.predicted())
    mouse.move(box["x"] + box["width"] - 8, middle)
    mouse.down()
    for share in (0.8, 0.6, 0.5):
        mouse.move(box["x"] + box["width"] * share, middle)
        patcher_page.settle()
    strengths = [asked[0]["strength"] for asked in patcher_page.predicted()[before:]]
    assert strengths == sorted(strengths, reverse=True)
    assert len(set(strengths)) == 3
    mouse.up()
    patcher_page.settle()
    assert acts(patcher_page) == [f"set strength of {HEAD}"]
    assert edits_of(patcher_page)[0]["strength"] == strengths[-1]
    view.root.get_by_role("button", name=re.compile("^Undo")).click()
    expect(slider).to_have_value("1")
    patcher_page.settle()
    assert edits_of(patcher_page)[0]["strength"] == 1


def test_key_that_is_held_is_one_act(view: Patcher, patcher_page: PatcherPage):
    slider = row(view, HEAD).get_by_role("slider")
    slider.focus()
    keyboard = patcher_page.page.keyboard
    for _ in range(3):
        keyboard.down("ArrowLeft")
        patcher_page.settle()
    keyboard.up("ArrowLeft")
    patcher_page.settle()
    expect(slider).to_have_value("0.85")
    expect(slider).to_be_focused()
    assert acts(patcher_page) == [f"set strength of {HEAD}"]
    patcher_page.press("Control+z")
    expect(slider).to_have_value("1")


def test_typed_strength_counts_as_it_is_typed(view: Patcher, patcher_page: PatcherPage):
    number = row(view, HEAD).get_by_role("spinbutton")
    number.fill("")
    number.press_sequentially("0.25")
    patcher_page.settle()
    expect(number).to_have_value("0.25")
    expect(row(view, HEAD).get_by_role("slider")).to_have_value("0.25")
    assert patcher_page.predicted()[-1][0]["strength"] == 0.25
    number.press("Enter")
    patcher_page.settle()
    assert acts(patcher_page) == [f"set strength of {HEAD}"]


@pytest.mark.parametrize(
    ("address", "typed", "message"),
    [
        (HEAD, "3", "The strength goes from 0 to 1: 3 is outside."),
        (STREAM, "-1", "The strength goes from 0 on: -1 is outside."),
        (HEAD, "", "The strength must be a number."),
    ],
)
def test_strength_that_cannot_be_changes_nothing(
    view: Patcher, patcher_page: PatcherPage, address: str, typed: str, message: str
):
    number = row(view, address).get_by_role("spinbutton")
    asked = len(patcher_page.predicted())
    number.fill(typed)
    number.press("Enter")
    patcher_page.settle()
    expect(row(view, address)).to_contain_text(message)
    expect(number).to_have_attribute("aria-invalid", "true")
    assert patcher_page.predicted()[asked:] == []
    assert patcher_page.saved == {}
    number.fill("0.5")
    expect(row(view, address)).not_to_contain_text("⚠")
    expect(row(view, address)).not_to_contain_text("The strength")


def test_another_kind_keeps_what_it_has_a_use_for(
    view: Patcher, patcher_page: PatcherPage
):
    noise = row(view, STREAM)
    expect(noise.get_by_label("Donor of")).to_be_hidden()
    noise.get_by_role("button", name="Draw again").click()
    patcher_page.settle()
    assert edits_of(patcher_page)[1]["seed"] == 1
    noise.get_by_label("What goes into").select_option("steer")
    patcher_page.settle()
    steer = edits_of(patcher_page)[1]
    kept = {"kind": "steer", "source": "dog", "seed": 0, "strength": 0.5}
    assert {name: steer[name] for name in kept} == kept
    expect(noise.get_by_role("button", name="Draw again")).to_be_hidden()
    noise.get_by_label("Donor of").select_option("boat")
    patcher_page.settle()
    assert patcher_page.predicted()[-1][1]["source"] == "boat"
    assert acts(patcher_page) == [
        f"draw again for {STREAM}",
        f"change kind of {STREAM}",
        f"change donor of {STREAM}",
    ]


def test_only_donor_is_no_choice(patcher_page: PatcherPage):
    data = PatcherData(donor_logits={"dog": [1.0, 4.0, 1.5, 0.0, 0.5]})
    view = patcher_page.show(data, interventions=[data.edit(HEAD)])
    expect(row(view, HEAD)).to_be_visible()
    expect(row(view, HEAD).get_by_label("Donor of")).to_be_hidden()


def test_order_with_the_keyboard_and_focus_stays(
    view: Patcher, patcher_page: PatcherPage
):
    later = row(view, HEAD).get_by_role("button", name="Later")
    later.focus()
    patcher_page.press("Enter")
    assert addresses(patcher_page) == [STREAM, HEAD, MLP]
    expect(later).to_be_focused()
    patcher_page.press("Enter")
    assert addresses(patcher_page) == [STREAM, MLP, HEAD]
    expect(later).to_be_focused()
    expect(later).to_have_attribute("aria-disabled", "true")
    patcher_page.press("Enter")
    assert acts(patcher_page) == [f"move down {HEAD}"] * 2
    assert [each["address"] for each in patcher_page.predicted()[-1]] == [STREAM, HEAD]


def test_removing_leaves_focus_near(view: Patcher, patcher_page: PatcherPage):
    row(view, STREAM).get_by_role("button", name="Remove").focus()
    patcher_page.press("Enter")
    expect(row(view, MLP).get_by_role("button", name="Remove")).to_be_focused()
    patcher_page.press("Enter")
    expect(row(view, HEAD).get_by_role("button", name="Remove")).to_be_focused()
    patcher_page.press("Enter")
    assert edits_of(patcher_page) == []
    expect(view.root.locator(".vw-edits .vw-heading")).to_be_focused()
    patcher_page.press("Control+z")
    expect(row(view, HEAD)).to_be_visible()


def test_changes_from_elsewhere_leave_rows_and_focus(
    view: Patcher, patcher_page: PatcherPage, data: PatcherData
):
    slider = row(view, STREAM).get_by_role("slider")
    slider.focus()
    same = slider.element_handle()
    new = data.edit("L2.H0")
    kept = data.edit(STREAM, "cls", "(0,0)", kind="noise", strength=2.0, source="")
    patcher_page.assign(interventions=[new, kept])
    expect(slider).to_be_focused()
    expect(slider).to_have_value("2")
    assert same is not None
    assert slider.evaluate("(element, other) => element === other", same)
    expect(row(view, STREAM)).to_contain_text("cls and patch (0,0)")


def test_pointing_at_an_edit_shows_its_place_on_the_images(
    view: Patcher, patcher_page: PatcherPage
):
    for picture in (view.clean, view.donor):
        before = picture.screenshot()
        row(view, MLP).hover()
        patcher_page.settle()
        assert picture.screenshot() != before
        view.root.locator(".vw-status").hover()
        patcher_page.settle()
        assert picture.screenshot() == before
        row(view, MLP).get_by_role("switch").focus()
        patcher_page.settle()
        assert picture.screenshot() != before
        view.button("Prove it").focus()
        patcher_page.settle()


def test_letters_in_fields_are_no_commands(view: Patcher, patcher_page: PatcherPage):
    row(view, HEAD).get_by_label("What goes into").focus()
    patcher_page.press("n")  # chooses "Noise" there
    expect(row(view, HEAD).get_by_label("What goes into")).to_have_value("noise")
    patcher_page.settle()
    assert list(patcher_page.saved_state()) == ["interventions"]
