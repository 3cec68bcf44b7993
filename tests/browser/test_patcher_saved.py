"""Click-to-patch saved to disk: what was found is there, and nothing can be run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.patcher_grids import Grids
from tests.browser.patcher_page import Patcher
from tests.unit.widgets.small_classifier import HEADS, LAYERS, TOKENS
from tests.unit.widgets.small_patcher import edit, on, opened
from vitwidgets.widgets.patcher import kept

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Locator, Page

    from vitwidgets.widgets.click_to_patch import ClickToPatch

EDITS = on(edit("L1.H2", "cls"), edit("L0.resid_pre", kind="noise", strength=0.5))
OFF = "aria-disabled"
NOT_HELD = "This saved page doesn't hold it: run the notebook to ask for it."


def only_heads_of_the_first_layer(
    patcher: ClickToPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leave no time for more, as a large model on a slow machine does."""
    real = kept.single_clicks

    def few(view: ClickToPatch) -> tuple[list[Any], list[Any]]:
        heads, _ = real(view)
        return [each for each in heads if each["address"].startswith("L0")], []

    monkeypatch.setattr(kept, "single_clicks", few)


@pytest.fixture
def patcher() -> ClickToPatch:
    return opened(interventions=EDITS)


def saved(page: Page, patcher: ClickToPatch, folder: Path) -> Page:
    patcher.to_html(folder / "saved.html")
    page.goto((folder / "saved.html").as_uri())
    return page


def tab(page: Page, name: str) -> Locator:
    page.get_by_role("tab", name=name).click()
    return page.get_by_role("tabpanel")


def test_what_was_found_is_shown_as_its_tab_opens(
    page: Page, patcher: ClickToPatch, tmp_path: Path
):
    names = [each.name for each in patcher.controls()]
    panel = tab(saved(page, patcher, tmp_path), "Controls")
    expect(panel.locator("tbody th")).to_have_text(names)
    start = panel.get_by_role("button", name="Run the controls")
    expect(start).to_have_attribute(OFF, "true")
    expect(start).to_have_accessible_description(
        "This saved page shows what was found."
    )
    page.get_by_role("switch").first.click()  # off: another question
    expect(panel.locator("tbody th").first).to_be_hidden()
    expect(start).to_have_accessible_description(NOT_HELD)
    page.get_by_role("switch").first.click()
    expect(panel.locator("tbody th")).to_have_text(names)


@pytest.mark.parametrize("name", ["Controls", "Replay", "Smallest flip"])
def test_what_was_not_run_can_not_be(
    page: Page, patcher: ClickToPatch, tmp_path: Path, name: str
):
    panel = tab(saved(page, patcher, tmp_path), name)
    start = panel.locator(".vw-task-start")
    expect(start).to_have_attribute(OFF, "true")
    expect(start).to_have_accessible_description(NOT_HELD)
    expect(panel.get_by_text(NOT_HELD).locator("visible=true")).to_have_count(1)


def test_sweeps_that_were_run_are_painted_and_others_can_not_begin(
    page: Page, patcher: ClickToPatch, tmp_path: Path
):
    patcher.run_sweep()
    cells = patcher.model.config.n_layers * patcher.model.config.n_heads
    patcher.grid_shown = "tokens"
    patcher.run_sweep()  # the newest one is in the state, the other only kept
    patcher.grid_shown = "heads"
    sweep = saved(page, patcher, tmp_path).get_by_role(
        "group", name="Sweep", exact=True
    )
    expect(sweep).to_contain_text(f"{cells} of {cells} exact")
    page.get_by_role("button", name="Heads at tokens").click()
    start = sweep.locator(".vw-task-start")
    expect(start).to_have_accessible_description(NOT_HELD)
    expect(start).to_have_attribute(OFF, "true")


def test_what_is_not_held_leaves_nothing_of_other_edits(
    page: Page, patcher: ClickToPatch, tmp_path: Path
):
    panel = tab(saved(page, patcher, tmp_path), "Proof")
    proved = panel.get_by_text("these 2 edits")
    status = page.locator(".vw-status")
    expect(proved).to_be_visible()
    expect(status).to_contain_text("2 edits")
    page.get_by_role("switch").first.click()  # off: not a single click either
    expect(proved).to_be_hidden()
    expect(panel).to_contain_text(NOT_HELD)
    expect(status).to_contain_text("1 edit · what the model says is not known")
    page.get_by_role("switch").first.click()
    expect(proved).to_be_visible()
    expect(status).to_contain_text("2 edits")


def test_cells_without_an_answer_are_grey_and_not_clickable(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    patcher = opened()
    only_heads_of_the_first_layer(patcher, monkeypatch)
    saved(page, patcher, tmp_path)
    count = LAYERS * HEADS
    footer = page.locator("footer")
    expect(footer).to_contain_text(f"{HEADS} of {count} heads; none of {TOKENS} pat")
    hint = page.get_by_text(f"{HEADS} of {count} can be clicked")
    expect(hint).to_be_visible()
    grids = Grids(Patcher(page.locator("#view .vw-root"), None), (LAYERS, HEADS))
    grids.click(1, 2)
    alert = page.get_by_role("alert").filter(visible=True)
    expect(alert).to_contain_text(NOT_HELD)
    status = page.locator(".vw-status")
    expect(status).to_contain_text("no edit")
    grids.click(0, 2)
    expect(alert).to_have_count(0)
    expect(status).to_contain_text("1 edit · ")
    # A patch, of which there is none.
    page.get_by_role("slider", name="Clean image").focus()
    page.keyboard.press("Enter")
    expect(alert).to_contain_text(NOT_HELD)
    expect(status).to_contain_text("1 edit · ")


def test_what_can_not_be_had_is_off_before_anybody_clicks(
    page: Page, patcher: ClickToPatch, tmp_path: Path
):
    saved(page, patcher, tmp_path)
    kinds = page.get_by_role("group", name="Put there")
    for name in ("Zero", "Mean", "Resample", "Noise", "Steer"):
        kind = kinds.get_by_role("button", name=name)
        expect(kind).to_be_disabled()
        expect(kind).to_have_attribute("title", NOT_HELD)
    expect(kinds.get_by_role("button", name="Patch")).to_be_enabled()
    prove = page.locator(".vw-task-start", has_text="Prove it")
    expect(prove).to_have_attribute(OFF, "false")
    page.get_by_role("switch").first.click()  # off: no proof of that is held
    expect(prove).to_have_attribute(OFF, "true")
    expect(page.get_by_role("tabpanel")).to_contain_text(NOT_HELD)


def test_why_there_is_no_preview_is_said(page: Page, tmp_path: Path):
    saved(page, opened(metric="kl"), tmp_path)
    sweep = page.get_by_role("group", name="Sweep", exact=True)
    expect(sweep).to_contain_text("its gradient is zero")


def test_copied_python_is_what_python_says_of_itself(
    page: Page, context: BrowserContext, patcher: ClickToPatch, tmp_path: Path
):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    saved(page, patcher, tmp_path)
    copy = page.get_by_role("button", name="Copy as Python")
    read = "navigator.clipboard.readText()"
    copy.click()
    assert page.evaluate(read) == patcher.code()
    # An edit that the page made itself.
    page.get_by_role("slider", name="Clean image").focus()
    page.keyboard.press("Enter")
    clicked = on(edit("L0.resid_pre", "(0,0)"))
    patcher.interventions = [*patcher.interventions, *clicked]
    copy.click()
    page.wait_for_function(f"async (code) => await {read} === code", arg=patcher.code())
