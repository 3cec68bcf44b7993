"""The findings of click-to-patch in a page, and kernels that answer otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator

    from tests.browser.patcher_data import PatcherData
    from tests.browser.patcher_page import Patcher, PatcherPage

HEAD = "L1.H2"
RUNNING = {"done": 3, "total": 12, "seconds_left": 7.2}
IDLE = {"kind": "", "done": 0, "total": 0, "seconds_left": -1}


def findings(view: Patcher) -> Locator:
    return view.root.get_by_role("group", name="How sure is it?")


def panel(view: Patcher) -> Locator:
    return findings(view).get_by_role("tabpanel")


def verdict(view: Patcher) -> Locator:
    return panel(view).locator("p.vw-verdict")


def note(view: Patcher) -> Locator:
    return panel(view).locator(".vw-finding-note")


def open_tab(view: Patcher, name: str) -> Locator:
    findings(view).get_by_role("tab", name=name).click()
    return panel(view)


def button(view: Patcher, name: str) -> Locator:
    return panel(view).get_by_role("button", name=name)


def changed(data: PatcherData, **changes: Any) -> Callable[[dict[str, Any]], Any]:
    """Return a kernel whose results of these kinds are changed."""

    def answer(request: dict[str, Any]) -> Any:
        answer = data.answer(request)
        answer["result"] |= changes.get(request["kind"], {})
        return answer

    return answer


def without(kind: str, data: PatcherData) -> Callable[[dict[str, Any]], Any]:
    """Return a kernel that doesn't come to answer requests of a kind."""
    return lambda request: None if request["kind"] == kind else data.answer(request)


def asked(page: PatcherPage, kind: str) -> list[dict[str, Any]]:
    return [request for request in page.requests if request["kind"] == kind]


def expect_asked(page: PatcherPage, kind: str, count: int) -> None:
    """Wait until there were so many requests of a kind."""
    for _ in range(100):
        if len(asked(page, kind)) == count:
            return
        page.page.wait_for_timeout(20)
    assert len(asked(page, kind)) == count
