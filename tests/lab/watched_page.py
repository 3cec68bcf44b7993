"""A page that is watched: what goes wrong in it, and whom else it asks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page, Request

SCREENSHOTS = Path(__file__).parents[1] / "screenshots"


class WatchedPage:
    """One browser page of the server at ``url``."""

    PICTURES = "home"
    NOT_OURS: tuple[str, ...] = ()
    """Beginnings of what this home reports of itself."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.complaints: list[str] = []
        self.foreign_requests: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._on_console)
        page.on("request", self._on_request)
        page.on("websocket", lambda socket: self._on_url(socket.url))

    def screenshot(self, name: str) -> None:
        """Keep a picture of the page for people to look at."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{self.PICTURES}-{name}.png")

    def expect_quiet(self) -> None:
        """Nothing went wrong since this was asked last, and nobody else was asked."""
        complaints, self.complaints = self.complaints, []
        ours = [each for each in complaints if not each.startswith(self.NOT_OURS)]
        # Said in words: pytest looks into the assertions of test files only.
        assert not ours, f"the page complained: {ours}"
        assert not self.foreign_requests, f"it asked {self.foreign_requests}"

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def _on_request(self, request: Request) -> None:
        self._on_url(request.url)

    def _on_url(self, url: str) -> None:
        local = urlsplit(self.url).netloc
        if not url.startswith(("data:", "blob:")) and urlsplit(url).netloc != local:
            self.foreign_requests.append(url)
