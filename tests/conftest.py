"""One Chromium for all tests that need one; they run last."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.chromium import launch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

PATIENCE = 20_000  # milliseconds; a busy machine is slow, not wrong
IN_A_BROWSER = [Path(__file__).parent / name for name in ("browser", "lab")]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser's tests behind all others.

    Playwright keeps an event loop on the main thread from its first use to the end of
    the run, and asyncio runs no second one there.
    """
    items.sort(key=lambda item: any(f in item.path.parents for f in IN_A_BROWSER))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()
