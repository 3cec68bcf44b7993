"""The grids of click-to-patch: what cells show, and what clicks and keys do to them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.patcher_data import PatcherData
from tests.browser.patcher_grids import Grids, four_digits

if TYPE_CHECKING:
    from tests.browser.patcher_page import PatcherPage

AGAINST = np.array([47, 126, 199])
FOR = np.array([217, 95, 14])
MIDDLE = 247
"""Of cells that change nothing."""
DARK = 60
"""Frames are darker than this, and no colour of a value is."""

QUESTION: dict[str, Any] = {
    "over": "heads",
    "layer": -1,
    "source": "dog",
    "target": -1,
    "metric": "difference",
    "direction": "denoising",
}
STREAM = {**QUESTION, "over": "resid_pre"}


@pytest.fixture
def data() -> PatcherData:
    return PatcherData()


def swept(data: PatcherData, question: dict[str, Any]) -> dict[str, Any]:
    """Return the trait of a sweep that is done."""
    return data.sweep(question, data.values(question, exact=True))


def show(
    patcher_page: PatcherPage, data: PatcherData, shown: str = "heads", **state: Any
) -> Grids:
    patcher_page.answer = data.answer
    view = patcher_page.show_waiting(data, grid_shown=shown, **state)
    over = "heads" if shown == "heads" else "resid_pre"
    layer = 0 if shown == "head_tokens" else -1
    grids = Grids(view, data.grid_shape({"over": over, "layer": layer}))
    expect(grids.root).not_to_contain_text("Working out the preview")
    patcher_page.settle()
    return grids


@pytest.mark.parametrize("direction", ["denoising", "noising"])
@pytest.mark.parametrize("shown", ["heads", "tokens", "head_tokens"])
def test_an_exact_cell_has_the_colour_of_what_it_changes(
    patcher_page: PatcherPage, data: PatcherData, shown: str, direction: str
):
    over = {"heads": "heads", "tokens": "mlp_out", "head_tokens": "k"}[shown]
    layer = 1 if shown == "head_tokens" else -1
    question = {**QUESTION, "over": over, "layer": layer, "direction": direction}
    grids = show(
        patcher_page,
        data,
        shown,
        layer=1,
        site="mlp_out",
        part="k",
        direction=direction,
        sweep=swept(data, question),
    )
    change = data.values(question, exact=True) - (direction == "noising")
    share = (change / abs(change).max())[..., None]
    end = np.where(share < 0, AGAINST, FOR)
    expected = MIDDLE + abs(share) * (end - MIDDLE)
    found = grids.colours()
    assert (found[..., 3] == 255).all()
    # Half a step of 127, and rounding.
    assert np.abs(found[..., :3] - expected).max() <= 3


def test_approximations_are_hatched_and_unknown_cells_empty(
    patcher_page: PatcherPage, data: PatcherData
):
    values = data.values(QUESTION, exact=True)
    values[1] = np.nan
    grids = show(patcher_page, data, sweep=data.sweep(QUESTION, values))
    inside = (slice(2, -2), slice(2, -2))
    exact, hatched = (
        len(np.unique(grids.pixels(row, 1)[inside].reshape(-1, 4), axis=0))
        for row in (0, 1)
    )
    assert exact == 1
    assert hatched > 1
    data.failures["preview"] = "no slope here"
    patcher_page.assign(metric="kl")
    patcher_page.settle()
    assert not grids.pixels(1, 1)[inside][..., 3].any()
    expect(grids.root).to_contain_text("No preview: no slope here")


@pytest.mark.parametrize(
    ("edit", "is_framed", "is_whole"),
    [({}, True, True), ({"switch": "off"}, True, False), (None, False, False)],
    ids=["on", "off", "none"],
)
def test_edited_cells_are_framed_and_those_switched_off_dashed(
    patcher_page: PatcherPage,
    data: PatcherData,
    *,
    edit: dict[str, Any] | None,
    is_framed: bool,
    is_whole: bool,
):
    edits = [] if edit is None else [data.edit("L1.H2", **edit)]
    sweep = swept(data, QUESTION)
    grids = show(patcher_page, data, interventions=edits, sweep=sweep)
    border = grids.pixels(1, 2)[:3, 4:-4, :3].max(axis=-1).min(axis=0) < DARK
    assert border.any() == is_framed
    assert border.all() == is_whole
    other = grids.pixels(1, 1)[:3, 4:-4, :3].max(axis=-1) < DARK
    assert not other.any()


def test_a_tick_tells_all_tokens_from_some(
    patcher_page: PatcherPage, data: PatcherData
):
    edits = [data.edit("L0.H1"), data.edit("L2.H3", "cls")]
    sweep = swept(data, QUESTION)
    grids = show(patcher_page, data, interventions=edits, sweep=sweep)
    inside = (slice(5, -5), slice(5, -5), slice(3))
    ticked, framed = (
        (grids.pixels(row, head)[inside].max(axis=-1) < DARK).any()
        for row, head in ((0, 1), (2, 3))
    )
    assert ticked
    assert not framed


def test_a_click_edits_a_head_and_the_next_takes_that_back(
    patcher_page: PatcherPage, data: PatcherData
):
    grids = show(patcher_page, data)
    grids.click(2, 1)
    assert patcher_page.saved["interventions"] == [data.edit("L2.H1")]
    asked = {k: v for k, v in data.edit("L2.H1").items() if k != "switch"}
    assert patcher_page.predicted()[-1] == [asked]
    grids.click(2, 1)
    assert patcher_page.saved["interventions"] == []


def test_a_click_edits_a_token_and_a_rows_name_all_of_them(
    patcher_page: PatcherPage, data: PatcherData
):
    grids = show(patcher_page, data, "tokens", site="mlp_out")
    grids.click(1, data.token(2, 3))
    assert patcher_page.saved["interventions"] == [data.edit("L1.MLP", "(2,3)")]
    grids.grid.get_by_text("L2", exact=True).click()
    patcher_page.settle()
    both = [data.edit("L1.MLP", "(2,3)"), data.edit("L2.MLP")]
    assert patcher_page.saved["interventions"] == both


def test_the_part_of_a_head_is_chosen_among_those_of_the_model(
    patcher_page: PatcherPage,
):
    data = PatcherData(available=["resid_pre", "z", "v"])
    grids = show(patcher_page, data, "head_tokens", layer=2)
    parts = grids.root.get_by_role("group", name="Part of a head")
    expect(parts.get_by_role("button")).to_have_text(["Output", "Value"])
    parts.get_by_role("button", name="Value").click()
    patcher_page.settle()
    grids.click(3, 0)
    assert patcher_page.saved["interventions"] == [data.edit("L2.H3.v", "cls")]
    grids.tab("Heads").click()
    patcher_page.settle()
    expect(parts).to_be_hidden()


def test_a_drag_is_one_act(patcher_page: PatcherPage, data: PatcherData):
    grids = show(patcher_page, data, "tokens")
    grids.drag((2, data.token(0, 3)), (1, data.token(0, 1)))
    tokens = ["(0,1)", "(0,2)", "(0,3)"]
    edits = [data.edit(f"L{layer}.resid_pre", *tokens) for layer in (1, 2)]
    assert patcher_page.saved["interventions"] == edits
    assert len(patcher_page.saved["history"]) == 1
    grids.drag((1, data.token(0, 2)), (2, data.token(0, 3)))
    left = [data.edit(f"L{layer}.resid_pre", "(0,1)") for layer in (1, 2)]
    assert patcher_page.saved["interventions"] == left
    patcher_page.press("Control+z", "Control+z")
    assert patcher_page.saved["interventions"] == []


def test_a_drag_that_ends_outside_the_grid_ends(
    patcher_page: PatcherPage, data: PatcherData
):
    grids = show(patcher_page, data, "tokens")
    mouse = patcher_page.page.mouse
    x, y = grids.at(1, 0)
    mouse.move(x, y)
    mouse.down()
    mouse.move(x, y - 150, steps=6)
    mouse.up()
    grids.settle()
    edits = [data.edit(f"L{layer}.resid_pre", "cls") for layer in (0, 1)]
    assert patcher_page.saved["interventions"] == edits
    grids.hover(2, 3)
    expect(grids.grid.locator(".vw-grid-dragged")).to_be_hidden()
    assert patcher_page.saved["interventions"] == edits


def test_a_drag_takes_tokens_out_of_an_edit_of_all(
    patcher_page: PatcherPage, data: PatcherData
):
    edits = [data.edit("L0.resid_pre")]
    grids = show(patcher_page, data, "tokens", interventions=edits)
    grids.drag((0, 1), (0, 3))
    rest = [label for at, label in enumerate(data.labels) if at not in {1, 2, 3}]
    assert patcher_page.saved["interventions"] == [data.edit("L0.resid_pre", *rest)]


def test_another_kind_takes_the_place_of_the_one_that_is_there(
    patcher_page: PatcherPage, data: PatcherData
):
    others = [data.edit("L1.H2"), data.edit("L0.H0")]
    grids = show(patcher_page, data, interventions=others, kind="zero")
    grids.click(1, 2)
    zero = data.edit("L1.H2", kind="zero", source="")
    assert patcher_page.saved["interventions"] == [zero, others[1]]
    grids.click(1, 2)
    assert patcher_page.saved["interventions"] == [others[1]]


def test_components_are_marked_with_shift_or_m(
    patcher_page: PatcherPage, data: PatcherData
):
    grids = show(patcher_page, data, sweep=swept(data, QUESTION))
    grids.click(1, 3, shift=True)
    assert patcher_page.saved["marked"] == ["L1.H3"]
    assert "interventions" not in patcher_page.saved
    corner = (slice(0, 6), slice(-6, None), slice(3))
    assert (grids.pixels(1, 3)[corner].max(axis=-1) < DARK).any()
    assert not (grids.pixels(1, 2)[corner].max(axis=-1) < DARK).any()
    patcher_page.press("ArrowLeft", "m")
    assert patcher_page.saved["marked"] == ["L1.H3", "L1.H2"]
    patcher_page.press("m")
    assert patcher_page.saved["marked"] == ["L1.H3"]


def test_keys_walk_over_cells_and_edit_them(
    patcher_page: PatcherPage, data: PatcherData
):
    values = data.values(STREAM, exact=True)
    values[1, 2] = np.nan
    sweep = data.sweep(STREAM, values)
    grids = show(patcher_page, data, "tokens", sweep=sweep)
    preview = data.values(STREAM, exact=False)
    grids.grid.focus()
    patcher_page.press("ArrowRight", "ArrowDown")
    expect(grids.walked).to_have_role("gridcell")
    said = f"L1.resid_pre@reg0: {four_digits(values[1, 1])}, exact · not edited"
    expect(grids.walked).to_have_text(said)
    patcher_page.press("ArrowRight")
    name = f"L1.resid_pre@(0,0): {four_digits(preview[1, 2])}, approximation"
    expect(grids.walked).to_have_text(f"{name} · not edited")
    patcher_page.press(" ", "m")
    assert patcher_page.saved["interventions"] == [data.edit("L1.resid_pre", "(0,0)")]
    expect(grids.walked).to_have_text(f"{name} · edited · marked")
    expect(grids.walked).to_have_attribute("aria-selected", "true")
    identity = grids.walked.get_attribute("id")
    assert identity
    expect(grids.grid).to_have_attribute("aria-activedescendant", identity)


def test_keys_reach_the_name_of_a_row(patcher_page: PatcherPage, data: PatcherData):
    grids = show(patcher_page, data, "tokens")
    grids.grid.focus()
    patcher_page.press("End", "ArrowDown")
    expect(grids.walked).to_contain_text("L1.resid_pre@(3,4)")
    patcher_page.press("Home", "Enter")
    expect(grids.walked).to_have_role("rowheader")
    expect(grids.walked).to_have_text("L1.resid_pre at all tokens · edited")
    assert patcher_page.saved["interventions"] == [data.edit("L1.resid_pre")]


def test_the_cursor_stays_inside_a_smaller_grid(
    patcher_page: PatcherPage, data: PatcherData
):
    grids = show(patcher_page, data, "tokens")
    grids.grid.focus()
    patcher_page.press("Control+End")
    patcher_page.assign(grid_shown="heads")
    expect(grids.walked).to_contain_text("L2.H3")
    patcher_page.assign(grid_shown="tokens")
    patcher_page.press("Home")
    patcher_page.assign(grid_shown="heads")
    expect(grids.walked).to_contain_text("L2.H0")


def test_the_pointer_reads_a_cell(patcher_page: PatcherPage, data: PatcherData):
    values = data.values(STREAM, exact=True)
    grids = show(patcher_page, data, "tokens", sweep=data.sweep(STREAM, values))
    grids.hover(2, data.token(1, 2))
    said = f"L2.resid_pre@(1,2): {four_digits(values[2, data.token(1, 2)])}, exact"
    expect(grids.caption).to_have_text(f"{said} · not edited")
    pointed = grids.grid.locator(".vw-grid-pointed")
    box, cell = pointed.bounding_box(), grids.at(2, data.token(1, 2))
    assert box
    assert box["x"] < cell[0] < box["x"] + box["width"]
    assert box["y"] < cell[1] < box["y"] + box["height"]
    patcher_page.page.mouse.move(1, 1)
    grids.settle()
    expect(grids.caption).to_have_text("Point at a cell to read its value.")
    expect(pointed).to_be_hidden()


def test_a_token_of_the_picture_is_framed_in_its_row(
    patcher_page: PatcherPage, data: PatcherData
):
    grids = show(patcher_page, data, "tokens", layer=1)
    grids.view.hover(grids.view.clean, 3, 1)
    box = grids.grid.locator(".vw-grid-pointed").bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert middle == pytest.approx(grids.at(1, data.token(3, 1)), abs=1)
    expect(grids.caption).to_contain_text("L1.resid_pre@(3,1): ")


def test_a_token_of_the_picture_is_scrolled_to(patcher_page: PatcherPage):
    data = PatcherData(layers=2, rows=24, columns=24, patch=4)
    grids = show(patcher_page, data, "tokens")
    grids.view.hover(grids.view.clean, 23, 1)
    box = grids.grid.locator(".vw-grid-pointed").bounding_box()
    canvas = grids.canvas.bounding_box()
    assert box
    assert canvas
    assert canvas["x"] <= box["x"] < canvas["x"] + canvas["width"]


def test_a_large_model_scrolls(patcher_page: PatcherPage):
    data = PatcherData(layers=12, heads=12, rows=24, columns=24, prefix=["cls"])
    values = data.values(STREAM, exact=True)
    grids = show(patcher_page, data, "tokens", sweep=data.sweep(STREAM, values))
    assert grids.root.locator("*").count() < 300
    grids.grid.focus()
    patcher_page.press("Control+End")
    said = f"L11.resid_pre@(23,23): {four_digits(values[11, 576])}, exact"
    expect(grids.walked).to_have_text(f"{said} · not edited")
    box = grids.canvas.bounding_box()
    assert box
    # What is scrolled to its end shows the last cell in its corner.
    x, y = box["x"] + box["width"] - 3, box["y"] + box["height"] - 5
    patcher_page.page.mouse.move(x, y)
    grids.settle()
    expect(grids.caption).to_contain_text(said)
    patcher_page.page.mouse.click(x, y)
    patcher_page.settle()
    assert patcher_page.saved["interventions"] == [
        data.edit("L11.resid_pre", "(23,23)")
    ]


@pytest.mark.parametrize("direction", ["denoising", "noising"])
def test_the_strongest_come_first_and_a_click_edits_them(
    patcher_page: PatcherPage, data: PatcherData, direction: str
):
    question = {**STREAM, "direction": direction}
    values = data.values(question, exact=True)
    grids = show(
        patcher_page,
        data,
        "tokens",
        direction=direction,
        sweep=data.sweep(question, values),
    )
    change = abs(values - (direction == "noising")).ravel()
    order = np.argsort(-change, kind="stable")[:5]
    places = [divmod(int(index), data.tokens) for index in order]
    names = [f"L{layer}.resid_pre@{data.labels[token]}" for layer, token in places]
    buttons = grids.strongest.get_by_role("button")
    expect(buttons).to_have_text(
        [
            re.compile(re.escape(f"{name} {four_digits(values[place])} exact"))
            for name, place in zip(names, places, strict=True)
        ]
    )
    buttons.nth(1).click()
    patcher_page.settle()
    layer, token = places[1]
    edit = data.edit(f"L{layer}.resid_pre", data.labels[token])
    assert patcher_page.saved["interventions"] == [edit]
    expect(buttons.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(buttons.nth(0)).to_have_attribute("aria-pressed", "false")
