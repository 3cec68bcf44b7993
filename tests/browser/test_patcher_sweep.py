"""Sweeps of a grid: how they are asked for, stream in, and end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.patcher_data import PatcherData
from tests.browser.patcher_grids import MINUS, Grids

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.patcher_page import PatcherPage

QUESTION: dict[str, Any] = {
    "over": "heads",
    "layer": -1,
    "source": "dog",
    "target": -1,
    "metric": "difference",
    "direction": "denoising",
}
IDLE = {"kind": "", "done": 0, "total": 0, "seconds_left": -1}
SWEEPING = {"kind": "sweep", "done": 3, "total": 12, "seconds_left": 4.2}
DISABLED = "aria-disabled"


@pytest.fixture
def data() -> PatcherData:
    return PatcherData()


def show(patcher_page: PatcherPage, data: PatcherData, **state: Any) -> Grids:
    patcher_page.answer = data.answer
    view = patcher_page.show_waiting(data, **state)
    grids = Grids(view, (data.layers, data.heads))
    expect(grids.root).not_to_contain_text("Working out the preview")
    patcher_page.settle()
    return grids


def without_sweeps(data: PatcherData) -> Callable[[dict[str, Any]], Any]:
    """Return a kernel whose sweeps do not end."""
    return lambda asked: None if asked["kind"] == "sweep" else data.answer(asked)


def sweeps(patcher_page: PatcherPage) -> list[dict[str, Any]]:
    """Return what each sweep was asked for."""
    asked = [each for each in patcher_page.requests if each["kind"] == "sweep"]
    return [{name: request[name] for name in QUESTION} for request in asked]


@pytest.mark.parametrize(
    ("state", "question", "count"),
    [
        ({}, {}, 12),
        ({"grid_shown": "tokens", "site": "attn_out"}, {"over": "attn_out"}, 66),
        (
            {"grid_shown": "head_tokens", "part": "q", "layer": 2, "target": 3},
            {"over": "q", "layer": 2, "target": 3},
            88,
        ),
        (
            {"source": "boat", "metric": "probability", "direction": "noising"},
            {"source": "boat", "metric": "probability", "direction": "noising"},
            12,
        ),
    ],
    ids=["heads", "tokens", "head-tokens", "choices"],
)
def test_a_sweep_is_of_the_grid_on_show(
    patcher_page: PatcherPage,
    data: PatcherData,
    state: dict[str, Any],
    question: dict[str, Any],
    count: int,
):
    grids = show(patcher_page, data, **state)
    expect(grids.start).to_have_text(f"Sweep all {count} exactly")
    grids.start.click()
    expect(grids.sweep).to_contain_text(f"{count} of {count} exact")
    expect(grids.sweep).to_contain_text("preview agrees in rank 0.87")
    assert sweeps(patcher_page) == [{**QUESTION, **question}]
    expect(grids.start).to_have_attribute(DISABLED, "true")
    expect(grids.sweep).to_contain_text("exact already")


def test_exact_values_take_the_place_of_the_preview_as_they_come(
    patcher_page: PatcherPage, data: PatcherData
):
    grids = show(patcher_page, data)
    patcher_page.answer = without_sweeps(data)
    grids.start.click()
    values = data.values(QUESTION, exact=True)
    some = np.where(np.arange(12).reshape(3, 4) < 5, values, np.nan)
    patcher_page.assign(task=SWEEPING, sweep=data.sweep(QUESTION, some, 0.5))
    grids.hover(0, 2)
    expect(grids.caption).to_contain_text(", exact")
    grids.hover(2, 2)
    expect(grids.caption).to_contain_text(", approximation")
    expect(grids.sweep).to_contain_text("preview agrees in rank 0.50")
    patcher_page.assign(task=IDLE, sweep=data.sweep(QUESTION, values, -0.25))
    expect(grids.caption).to_contain_text(", exact")
    expect(grids.sweep).to_contain_text("12 of 12 exact")
    expect(grids.sweep).to_contain_text(f"preview agrees in rank {MINUS}0.25")


def test_a_sweep_says_how_far_it_is_and_can_be_cancelled(
    patcher_page: PatcherPage, data: PatcherData
):
    grids = show(patcher_page, data)
    expect(grids.cancel).to_be_hidden()
    expect(grids.progress).to_be_hidden()
    patcher_page.answer = without_sweeps(data)
    grids.start.click()
    expect(grids.start).to_have_attribute(DISABLED, "true")
    patcher_page.assign(task=SWEEPING)
    expect(grids.sweep).to_contain_text("3 of 12 · about 5 s left")
    assert grids.progress.evaluate("(bar) => [bar.value, bar.max]") == [3, 12]
    grids.start.dispatch_event("click")
    assert len(sweeps(patcher_page)) == 1
    grids.cancel.click()
    patcher_page.settle()
    assert patcher_page.kinds()[-1] == "cancel"


def test_a_sweep_that_was_cancelled_can_go_on(
    patcher_page: PatcherPage, data: PatcherData
):
    some = data.values(QUESTION, exact=True)
    some[1:] = np.nan
    grids = show(patcher_page, data, sweep=data.sweep(QUESTION, some))
    expect(grids.sweep).to_contain_text("4 of 12 exact")
    grids.start.click()
    expect(grids.sweep).to_contain_text("12 of 12 exact")


def test_the_sweep_of_another_grid_is_told_from_this_ones(
    patcher_page: PatcherPage, data: PatcherData
):
    grids = show(patcher_page, data)
    patcher_page.answer = without_sweeps(data)
    grids.start.click()
    patcher_page.assign(task=SWEEPING)
    grids.tab("Tokens").click()
    expect(grids.sweep).to_contain_text(
        "the sweep that runs is of another grid or choice"
    )
    expect(grids.start).to_have_attribute(DISABLED, "true")
    grids.tab("Heads").click()
    expect(grids.sweep).not_to_contain_text("another grid")


@pytest.mark.parametrize("kind", ["controls", "replay", "flip"])
def test_one_long_run_at_a_time(
    patcher_page: PatcherPage, data: PatcherData, kind: str
):
    grids = show(patcher_page, data, task={**SWEEPING, "kind": kind})
    expect(grids.start).to_have_attribute(DISABLED, "true")
    expect(grids.sweep).to_contain_text("is running: wait or cancel it")
    expect(grids.cancel).to_be_hidden()
    grids.start.dispatch_event("click")
    patcher_page.assign(task=IDLE)
    expect(grids.start).to_have_attribute(DISABLED, "false")
    assert sweeps(patcher_page) == []


def test_a_click_works_while_a_sweep_runs(patcher_page: PatcherPage, data: PatcherData):
    grids = show(patcher_page, data)
    patcher_page.answer = without_sweeps(data)
    grids.start.click()
    patcher_page.assign(task=SWEEPING)
    grids.click(1, 2)
    assert patcher_page.saved["interventions"] == [data.edit("L1.H2")]
    assert [edit["address"] for edit in patcher_page.predicted()[-1]] == ["L1.H2"]
    expect(grids.view.status).to_contain_text("1 edit ·")


def test_a_sweep_that_fails_says_why_and_another_can_begin(
    patcher_page: PatcherPage, data: PatcherData
):
    grids = show(patcher_page, data)
    data.failures["sweep"] = "a replay is running: wait or cancel it"
    grids.start.click()
    expect(grids.view.alert).to_contain_text("a replay is running: wait or cancel it")
    del data.failures["sweep"]
    grids.start.click()
    expect(grids.sweep).to_contain_text("12 of 12 exact")


def test_the_button_stays_where_it_is_as_the_preview_comes(
    patcher_page: PatcherPage, data: PatcherData
):
    patcher_page.answer = lambda asked: (
        None if asked["kind"] == "preview" else data.answer(asked)
    )
    grids = Grids(patcher_page.show_waiting(data), (3, 4))
    expect(grids.sweep).to_contain_text("Working out the preview")
    before = grids.start.bounding_box()
    (asked,) = (each for each in patcher_page.requests if each["kind"] == "preview")
    patcher_page.answer = data.answer
    error = {"type": "reply", "part": 0, "parts": 1, "error": "out of memory"}
    patcher_page.receive({**error, "id": asked["id"]})
    expect(grids.sweep).to_contain_text("No preview: out of memory")
    assert grids.start.bounding_box() == before
    patcher_page.assign(strength=0.5)  # at a change it is asked for again
    expect(grids.strongest.get_by_role("button")).to_have_count(5)
    expect(grids.sweep).not_to_contain_text("preview")
    assert grids.start.bounding_box() == before


@pytest.mark.parametrize(
    ("metric", "target", "refused"),
    [
        ("difference", -1, True),
        ("probability", -1, True),
        ("kl", -1, False),
        ("difference", 0, True),
        ("logit", 0, False),
        ("difference", 1, False),
    ],
)
def test_what_can_not_be_measured_says_why(
    patcher_page: PatcherPage, metric: str, target: int, *, refused: bool
):
    data = PatcherData(donor_logits={"other cat": [3.0, 1.0, 0.0, 0.0, 0.5]})
    grids = show(patcher_page, data, metric=metric, target=target)
    expect(grids.start).to_have_attribute(DISABLED, str(refused).lower())
    reason = "The clean image shows cat already: choose another wanted class."
    expect(grids.start).to_have_accessible_description(reason if refused else "")


def test_an_empty_answer_to_a_sweep_is_told_and_it_can_be_asked_again(
    patcher_page: PatcherPage, data: PatcherData
):
    grids = show(patcher_page, data)
    kept = data.answer
    patcher_page.answer = lambda asked: (
        {"result": {}} if asked["kind"] == "sweep" else kept(asked)
    )
    grids.start.click()
    alert = patcher_page.page.get_by_role("alert").filter(visible=True)
    expect(alert).to_contain_text("The sweep ended: This saved page doesn't hold it")
    expect(grids.start).to_have_attribute(DISABLED, "false")
    assert len(sweeps(patcher_page)) == 1
    patcher_page.answer = kept
    grids.tab("Tokens").click()
    grids.start.click()
    expect(grids.sweep).to_contain_text("66 of 66 exact")


def test_measure_and_way_are_explained_and_asked_for(
    patcher_page: PatcherPage, data: PatcherData
):
    grids = show(patcher_page, data)
    asks = grids.root.get_by_role("group", name="What a sweep measures")
    expect(asks).to_contain_text("near 1, it suffices")
    grids.tab("Probability").click()
    grids.tab("Clean into donor").click()
    expect(asks).to_contain_text("The probability of the class that you want.")
    expect(asks).to_contain_text("near 0, it is needed")
    question = {**QUESTION, "metric": "probability", "direction": "noising"}
    patcher_page.settle()
    assert {name: patcher_page.requests[-1][name] for name in QUESTION} == question
    change = abs(data.values(question, exact=False) - 1).max()
    ticks = [
        float(text.replace(MINUS, "-")) for text in grids.ticks.all_text_contents()
    ]
    assert ticks == pytest.approx([1 - change, 1, 1 + change], rel=0.06, abs=0.006)
    bar = grids.root.locator(".vw-signed-bar .vw-bar").bounding_box()
    middle = grids.ticks.nth(1).bounding_box()
    assert bar
    assert middle
    assert bar["height"] > 5
    assert middle["x"] + middle["width"] / 2 == pytest.approx(
        bar["x"] + bar["width"] / 2, abs=1
    )


def test_why_there_is_no_preview_is_said(patcher_page: PatcherPage, data: PatcherData):
    data.failures["preview"] = "the divergence has no slope at the clean image"
    grids = show(patcher_page, data, metric="kl")
    expect(grids.root).to_contain_text("No preview: the divergence has no slope")
    expect(grids.strongest).to_contain_text("No values yet.")
    grids.start.click()
    expect(grids.sweep).to_contain_text("12 of 12 exact")
    expect(grids.strongest.get_by_text("No values yet.")).to_be_hidden()
