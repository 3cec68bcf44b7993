"""Long work of click-to-patch: its progress, its end, and pages that cannot do it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.patcher_data import PatcherData
from tests.browser.patcher_findings import (
    HEAD,
    IDLE,
    RUNNING,
    asked,
    button,
    note,
    open_tab,
    panel,
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


def test_progress_and_cancel(
    view: Patcher, patcher_page: PatcherPage, data: PatcherData
):
    patcher_page.answer = without("controls", data)
    open_tab(view, "Controls")
    start = button(view, "Run the controls")
    start.click()
    expect(panel(view)).to_contain_text("starting …")
    patcher_page.assign(task={"kind": "controls", **RUNNING})
    progress = panel(view).get_by_role("progressbar")
    expect(progress).to_have_js_property("value", 3)
    expect(progress).to_have_js_property("max", 12)
    expect(panel(view)).to_contain_text("3 of 12 · about 8 s left")
    expect(start).to_have_attribute("aria-disabled", "true")
    start.click(force=True)
    cancel = button(view, "Cancel")
    cancel.click()
    expect(button(view, "stopping …")).to_be_focused()
    patcher_page.settle()
    assert len(asked(patcher_page, "controls")) == 1
    assert len(asked(patcher_page, "cancel")) == 1


@pytest.mark.parametrize("tab", ["Controls", "Replay", "Smallest flip"])
def test_what_was_cancelled_leaves_what_was_found(
    view: Patcher, patcher_page: PatcherPage, data: PatcherData, tab: str
):
    open_tab(view, tab)
    start = panel(view).locator(".vw-task-start")
    start.click()
    body = panel(view).locator(".vw-finding")
    expect(body).to_be_visible()
    found = body.inner_text()
    cancelled = {"result": {"rows": [], "cancelled": True}, "arrays": []}
    patcher_page.answer = lambda request: (
        data.answer(request) if request["kind"] == "predict" else cancelled
    )
    start.click()
    expect(note(view)).to_have_text("Cancelled: nothing new was found.")
    assert body.inner_text() == found
    expect(panel(view).get_by_role("progressbar")).to_be_hidden()


@pytest.mark.parametrize("tab", ["Controls", "Replay", "Smallest flip"])
def test_class_that_the_clean_image_shows_is_no_flip(
    view: Patcher, patcher_page: PatcherPage, tab: str
):
    open_tab(view, tab)
    patcher_page.assign(target=0)
    start = panel(view).locator(".vw-task-start")
    expect(start).to_have_attribute("aria-disabled", "true")
    expect(start).to_have_accessible_description(
        "The clean image shows cat already: choose another wanted class."
    )


def test_other_work_is_waited_for(view: Patcher, patcher_page: PatcherPage):
    open_tab(view, "Replay")
    start = button(view, "Replay")
    patcher_page.assign(task={"kind": "sweep", **RUNNING})
    expect(start).to_have_attribute("aria-disabled", "true")
    expect(start).to_have_accessible_description(
        "a sweep is running: wait or cancel it"
    )
    start.click(force=True)
    patcher_page.assign(task=IDLE)
    expect(start).to_have_attribute("aria-disabled", "false")
    assert "replay" not in patcher_page.kinds()
    start.click()
    expect(panel(view).locator(".vw-rate-text").first).to_be_visible()


def test_refusal_leaves_what_was_found(view: Patcher, data: PatcherData):
    open_tab(view, "Replay")
    button(view, "Replay").click()
    rates = panel(view).locator(".vw-rate-text")
    expect(rates).to_have_count(2)
    data.failures["replay"] = "all images are taken for dog already"
    button(view, "Replay").click()
    expect(note(view)).to_have_text(
        "It could not be done: all images are taken for dog already"
    )
    expect(rates).to_have_count(2)


@pytest.mark.parametrize("tab", ["Proof", "Controls", "Replay", "Smallest flip"])
def test_saved_page_says_what_it_does_not_hold(
    view: Patcher, patcher_page: PatcherPage, data: PatcherData, tab: str
):
    def answer(request: dict[str, Any]) -> Any:
        if request["kind"] == "predict":
            return data.answer(request)
        return {"result": {}, "arrays": []}

    patcher_page.answer = answer
    open_tab(view, tab)
    if tab != "Proof":
        panel(view).locator(".vw-task-start").click()
    expect(note(view)).to_have_text(
        "This saved page doesn't hold it: run the notebook to ask for it."
    )


def test_kernel_that_is_gone(view: Patcher, patcher_page: PatcherPage):
    place = "document.getElementById('place0').classList"
    patcher_page.page.evaluate(f"{place}.add('jupyter-widgets-disconnected')")
    open_tab(view, "Proof")
    expect(note(view)).to_have_text("The kernel is gone: run the cell again.")
    open_tab(view, "Replay")
    expect(button(view, "Replay")).to_have_accessible_description(
        "The kernel is gone: run the cell again."
    )
