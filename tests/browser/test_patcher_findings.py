from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.attribution_page import MINUS
from tests.browser.patcher_data import CONTROLS, PatcherData
from tests.browser.patcher_findings import (
    HEAD,
    asked,
    button,
    changed,
    expect_asked,
    findings,
    note,
    open_tab,
    panel,
    verdict,
    without,
)

if TYPE_CHECKING:
    from tests.browser.patcher_page import Patcher, PatcherPage


@pytest.fixture
def data() -> PatcherData:
    return PatcherData()


@pytest.fixture
def view(patcher_page: PatcherPage, data: PatcherData) -> Patcher:
    return patcher_page.show(data, interventions=[data.edit(HEAD)])


def test_tabs_with_the_keyboard(view: Patcher, patcher_page: PatcherPage):
    tabs = findings(view).get_by_role("tab")
    names = ["Proof", "Controls", "Replay", "Smallest flip"]
    expect(tabs).to_have_text(names)
    tabs.first.focus()
    for name in names[1:]:
        patcher_page.press("ArrowRight")
        expect(tabs.get_by_text(name)).to_be_focused()
        expect(panel(view)).to_have_accessible_name(name)
    patcher_page.press("Home")
    expect(tabs.first).to_have_attribute("aria-selected", "true")
    patcher_page.press("Tab")
    expect(tabs.first).not_to_be_focused()
    expect(tabs.nth(1)).not_to_be_focused()


def test_nothing_is_asked_before_a_person_does(
    view: Patcher, patcher_page: PatcherPage
):
    expect(button(view, "Prove it")).to_be_visible()
    tasks = {"receipt", "controls", "replay", "flip"}
    assert not tasks & set(patcher_page.kinds())


def test_proof_shows_what_the_receipt_says(view: Patcher):
    button(view, "Prove it").click()
    expect(verdict(view)).to_have_text(
        "Proved: this edit, and nothing else, made this prediction."
    )
    expect(panel(view).get_by_role("row").nth(1)).to_have_text(
        re.compile(r"^L1\.H2all tokensblocks\.1\.made_up1 .1\.2500\.5000$")
    )
    expect(panel(view)).to_contain_text("full run: 1.000e-7 (rounding may make it 4.0")
    expect(panel(view)).to_contain_text("The model is clean again")


def test_proof_opens_from_the_prediction(view: Patcher):
    open_tab(view, "Replay")
    view.prediction.get_by_role("button", name="Proof").click()
    expect(verdict(view)).to_contain_text("Proved")
    expect(findings(view).get_by_role("tab", name="Proof")).to_be_focused()


def test_proof_of_the_plain_model(patcher_page: PatcherPage, data: PatcherData):
    view = patcher_page.show(data)
    open_tab(view, "Proof")
    expect(verdict(view)).to_have_text(
        "Proved: nothing is edited, and this is what the plain model says."
    )
    expect(panel(view).get_by_role("table")).to_have_count(0)


@pytest.mark.parametrize(
    ("receipt", "sentence"),
    [
        ({"problems": ["a hook was left on block 3"]}, "a hook was left on block 3"),
        ({"edits": []}, "Edits that were to act: 1; named in the proof: 0."),
        ({"difference": 0.5}, "Furthest from the logits of the full run: 0.5000. Only"),
    ],
)
def test_what_is_wrong_turns_the_proof_red(
    patcher_page: PatcherPage,
    data: PatcherData,
    receipt: dict[str, Any],
    sentence: str,
):
    view = patcher_page.show(data, interventions=[data.edit(HEAD)])
    patcher_page.answer = changed(data, receipt=receipt)
    button(view, "Prove it").click()
    expect(verdict(view)).to_have_text("NOT proved")
    expect(panel(view).get_by_role("listitem")).to_contain_text([sentence])
    expect(panel(view)).not_to_contain_text("The model is clean again")
    error = "getComputedStyle(element).borderTopColor"
    red = verdict(view).evaluate(f"(element) => {error}")
    patcher_page.answer = data.answer
    view.root.get_by_role("switch").click()
    expect(verdict(view)).to_contain_text("Proved: nothing is edited")
    assert verdict(view).evaluate(f"(element) => {error}") != red


def test_proof_follows_the_edits_while_its_tab_is_open(
    view: Patcher, patcher_page: PatcherPage, data: PatcherData
):
    open_tab(view, "Proof")
    expect(verdict(view)).to_contain_text("this edit")
    patcher_page.answer = without("receipt", data)
    patcher_page.assign(interventions=[data.edit(HEAD), data.edit("L0.H0")])
    expect(note(view)).to_have_text(re.compile("^This is of other edits: the proof"))
    expect(panel(view).locator(".vw-finding")).to_have_class(re.compile("vw-old"))
    expect_asked(patcher_page, "receipt", 2)
    assert len(asked(patcher_page, "receipt")[-1]["interventions"]) == 2


def test_closed_proof_asks_for_nothing(
    view: Patcher, patcher_page: PatcherPage, data: PatcherData
):
    open_tab(view, "Proof")
    expect(verdict(view)).to_contain_text("this edit")
    open_tab(view, "Controls")
    patcher_page.assign(interventions=[data.edit("L0.H0")])
    patcher_page.page.wait_for_timeout(400)  # longer than the proof waits for quiet
    assert len(asked(patcher_page, "receipt")) == 1
    open_tab(view, "Proof")
    expect(panel(view).get_by_role("rowheader")).to_have_text(["L0.H0"])


def test_proof_that_fails_can_be_asked_again(view: Patcher, data: PatcherData):
    data.failures["receipt"] = "out of memory"
    button(view, "Prove it").click()
    expect(note(view)).to_have_text("It could not be done: out of memory")
    data.failures.clear()
    button(view, "Prove it").click()
    expect(verdict(view)).to_contain_text("Proved")


def test_controls_as_one_table(
    view: Patcher, patcher_page: PatcherPage, data: PatcherData
):
    open_tab(view, "Controls")
    button(view, "Run the controls").click()
    rows = panel(view).get_by_role("row")
    expect(rows).to_have_count(1 + len(CONTROLS))
    expect(rows.first).to_have_text(
        f"ControlWhatRunsSays dogProbability of dogLogit: dog {MINUS} cat"
    )
    random = rows.nth(2)
    expect(random).to_contain_text("random heads in its place")
    expect(random.get_by_role("cell")).to_contain_text(
        ["", "8", "1 of 8", "0.1250", f"{MINUS}2.250"]
    )
    expect(rows.nth(3)).to_contain_text("bit for bit unchanged")
    expect(rows.nth(3).locator(".vw-good")).to_be_visible()
    edit = data.edit(HEAD)
    del edit["switch"]
    request = asked(patcher_page, "controls")[0]
    assert (request["interventions"], request["target"]) == ([edit], 1)


def test_own_value_that_changes_something_is_red(
    view: Patcher, patcher_page: PatcherPage, data: PatcherData
):
    rows = [{**CONTROLS[2], "same": False}]
    patcher_page.answer = changed(data, controls={"rows": rows})
    open_tab(view, "Controls")
    button(view, "Run the controls").click()
    expect(panel(view).locator(".vw-bad")).to_have_text(
        "changed the logits, which it must not"
    )


def test_findings_belong_to_their_edits(
    view: Patcher, patcher_page: PatcherPage, data: PatcherData
):
    open_tab(view, "Controls")
    button(view, "Run the controls").click()
    body = panel(view).locator(".vw-finding")
    expect(panel(view).get_by_role("table")).to_be_visible()
    expect(body).not_to_have_class(re.compile("vw-old"))
    patcher_page.assign(interventions=[data.edit("L0.H0")])
    expect(note(view)).to_have_text("This is of other edits: run it again.")
    expect(body).to_have_class(re.compile("vw-old"))
    patcher_page.assign(interventions=[data.edit(HEAD)])
    expect(note(view)).to_be_empty()
    patcher_page.assign(target=3)
    expect(note(view)).to_have_text("This is of another class: run it again.")
    expect(panel(view).get_by_role("columnheader").nth(3)).to_have_text("Says dog")
    button(view, "Run the controls").click()
    expect(panel(view).get_by_role("columnheader").nth(3)).to_have_text("Says cow")
    expect(note(view)).to_be_empty()


@pytest.mark.parametrize("tab", ["Controls", "Replay"])
def test_nothing_to_try_without_edits(
    view: Patcher, patcher_page: PatcherPage, tab: str
):
    view.root.get_by_role("switch").click()
    open_tab(view, tab)
    start = panel(view).locator(".vw-task-start")
    expect(start).to_have_attribute("aria-disabled", "true")
    expect(start).to_have_accessible_description(
        "First edit something, and leave it switched on."
    )
    start.click(force=True)
    patcher_page.settle()
    assert not {"controls", "replay"} & set(patcher_page.kinds())


def test_replay_says_how_often_and_how_sure(view: Patcher, patcher_page: PatcherPage):
    open_tab(view, "Replay")
    view.button("20").click()
    button(view, "Replay").click()
    rates = panel(view).locator(".vw-rate-text")
    expect(rates).to_have_text(
        [
            "flips 10 of 20 (50\u00a0%, 95\u00a0% interval 25 to 75\u00a0%)",
            "flips 1 of 20 (5\u00a0%, 95\u00a0% interval 0 to 15\u00a0%)",
        ]
    )
    expect(panel(view)).to_contain_text("Random places the same edit at a place drawn")
    expect(panel(view)).to_contain_text("scenes that were never seen")
    expect(panel(view)).to_contain_text(
        "3 more were left out: the model says dog there without edits."
    )
    assert asked(patcher_page, "replay")[0]["n"] == 20
    bar = panel(view).locator(".vw-rate-track").first
    track, line = (
        each.bounding_box() for each in (bar, bar.locator(".vw-rate-interval"))
    )
    assert track
    assert line
    start = (line["x"] - track["x"]) / track["width"]
    assert start == pytest.approx(0.25, abs=0.01)
    assert line["width"] / track["width"] == pytest.approx(0.5, abs=0.01)
    view.button("200").click()
    expect(note(view)).to_have_text("This is of other settings: run it again.")


def test_steps_of_the_smallest_flip_become_the_edits(
    view: Patcher, patcher_page: PatcherPage
):
    open_tab(view, "Smallest flip")
    button(view, "Find the fewest that make it dog").click()
    expect(verdict(view)).to_have_text("2 heads are enough: dog is ahead by 0.7500.")
    expect(panel(view)).to_contain_text("No single one does it: all were tried.")
    expect(panel(view)).to_contain_text("Taken first, then not needed: L0.H3.")
    steps = panel(view).get_by_role("list", name="Smallest flip").get_by_role("button")
    expect(steps).to_have_text(
        [f"nothing edited{MINUS}2.000", f"1. L2.H1{MINUS}0.5000", "2. L1.H0+0.7500"]
    )
    steps.nth(2).click()
    patcher_page.settle()
    edits = patcher_page.saved["interventions"]
    assert [(each["address"], each["tokens"]) for each in edits] == [
        ("L2.H1", []),
        ("L1.H0", []),
    ]
    assert {each["kind"] for each in edits} == {"patch"}
    assert {each["source"] for each in edits} == {"dog"}
    expect(steps.nth(2)).to_have_attribute("aria-pressed", "true")
    expect(note(view)).to_be_empty()
    steps.first.click()
    patcher_page.settle()
    assert patcher_page.saved["interventions"] == []
    verbs = [act["verb"] for act in patcher_page.saved["history"]]
    assert verbs == ["take 2 of the smallest flip", "take back the smallest flip"]
    patcher_page.press("Control+z", "Control+z")
    assert [each["address"] for each in patcher_page.saved["interventions"]] == [HEAD]
    expect(steps.nth(2)).to_have_attribute("aria-pressed", "false")


def test_flip_is_asked_for_what_is_chosen(view: Patcher, patcher_page: PatcherPage):
    open_tab(view, "Smallest flip")
    button(view, "Heads at tokens").click()
    panel(view).get_by_label("At most").select_option("3")
    patcher_page.assign(target=4, source="boat")
    button(view, "Find the fewest that make it catamaran").click()
    expect(verdict(view)).to_contain_text("2 heads at single tokens are enough")
    request = asked(patcher_page, "flip")[0]
    question = {"over": "head x token", "source": "boat", "target": 4, "limit": 3}
    assert {name: request[name] for name in question} == question


def test_no_flip_says_so(view: Patcher, patcher_page: PatcherPage, data: PatcherData):
    steps = [{"address": "L2.H1", "tokens": ["cls"], "margin": -0.25}]
    result = {"found": False, "steps": steps, "dropped": []}
    patcher_page.answer = changed(data, flip=result)
    open_tab(view, "Smallest flip")
    button(view, "Find the fewest").click()
    expect(verdict(view)).to_have_text(
        "Not found: with 1 head dog is still 0.2500 behind."
    )
    expect(panel(view).get_by_role("button", name="1. L2.H1, cls")).to_be_visible()
