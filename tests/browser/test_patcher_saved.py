"""Click-to-patch saved to disk: what was found is there, and nothing can be run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.unit.widgets.small_patcher import edit, on, opened

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Locator, Page

    from vitwidgets.widgets.click_to_patch import ClickToPatch

EDITS = on(edit("L1.H2", "cls"), edit("L0.resid_pre", kind="noise", strength=0.5))
OFF = "aria-disabled"
NOT_HELD = "This saved page doesn't hold it: run the notebook to ask for it."


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
