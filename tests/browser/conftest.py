"""A fresh page for each test; nothing may go wrong unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.lens_page import LensPage
from tests.browser.patcher_page import PatcherPage
from tests.browser.tour_data import TourData
from tests.browser.tour_page import Tour, TourPage
from tests.browser.word_lens_page import WordPage
from tests.conftest import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page, Request


@pytest.fixture
def context_options() -> dict[str, object]:
    """Options of the page; a test may parametrize them."""
    return {}


@pytest.fixture
def context(
    chromium: Browser, context_options: dict[str, object]
) -> Iterator[BrowserContext]:
    options = {"viewport": {"width": 1300, "height": 900}, **context_options}
    context = chromium.new_context(**options)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Return a page; afterwards it had no error and asked the network for nothing."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    ours = "getImageData"  # the tests read pixels, and Chromium has advice about that

    def note(request: Request) -> None:
        if not request.url.startswith(("file:", "blob:", "data:")):
            complaints.append(request.url)

    page.on("request", note)
    yield page
    assert [text for text in complaints if ours not in text] == []


@pytest.fixture
def tour_page(page: Page, tmp_path: Path) -> TourPage:
    """Return an open page without a tour."""
    tour_page = TourPage(page, tmp_path)
    tour_page.open()
    return tour_page


@pytest.fixture
def data() -> TourData:
    return TourData()


@pytest.fixture
def tour(tour_page: TourPage, data: TourData) -> Tour:
    """Return a tour with all its attention in the page."""
    return tour_page.add(data)


@pytest.fixture
def lens_page(page: Page, tmp_path: Path) -> LensPage:
    """Return an open page without a lens."""
    lens_page = LensPage(page, tmp_path)
    lens_page.open()
    return lens_page


@pytest.fixture
def patcher_page(page: Page, tmp_path: Path) -> PatcherPage:
    """Return an open page without click-to-patch."""
    patcher_page = PatcherPage(page, tmp_path)
    patcher_page.open()
    return patcher_page


@pytest.fixture
def word_page(page: Page, tmp_path: Path) -> WordPage:
    """Return an open page without a word lens."""
    word_page = WordPage(page, tmp_path)
    word_page.open()
    return word_page
