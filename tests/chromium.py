"""The browser of the tests: this machine's Chromium, else Playwright's own."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

# Nothing but the page under test may use the network, and a container has no GPU, no
# user namespace for the sandbox, and little shared memory.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# The headless shell opens a page three times as fast as the whole browser.
NAMES = ["chromium-headless-shell", "chromium", "chromium-browser"]


def executable() -> str | None:
    """Return the path of ``VW_CHROMIUM``, or of a Chromium on the path, or None."""
    found = (shutil.which(name) for name in NAMES)
    return os.environ.get("VW_CHROMIUM") or next(filter(None, found), None)


def launch(playwright: Playwright) -> Browser:
    """Start a headless Chromium."""
    return playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
