"""A Firefox of the machine's own, driven by Marionette.

Playwright drives only the Firefox that it brings. Every Firefox speaks Marionette: JSON
over a local connection, each message with its length before it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ["firefox-esr", "firefox"]
_PATIENCE = 60
"""Seconds, until it is up or has answered."""
_PAUSE = 0.2


def executable() -> str | None:
    """Return the path of ``VW_FIREFOX``, or of a Firefox on the path, or None."""
    found = (shutil.which(name) for name in NAMES)
    return os.environ.get("VW_FIREFOX") or next(filter(None, found), None)


class Firefox:
    """A session with a Firefox that listens at a port."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream = connection.makefile("rb")
        self._count = 0
        self._received()  # it introduces itself
        self.call("WebDriver:NewSession")

    def call(self, command: str, **arguments: object) -> Any:
        """Run a command and return its result."""
        self._count += 1
        message = json.dumps([0, self._count, command, arguments]).encode()
        self._connection.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._received()
        if error:
            raise AssertionError(error)
        return result

    def open(self, url: str) -> None:
        """Open a page."""
        self.call("WebDriver:Navigate", url=url)

    def evaluate(self, script: str) -> Any:
        """Return what a function body returns in the page."""
        return self.call("WebDriver:ExecuteScript", script=script, args=[])["value"]

    def wait_for(self, script: str) -> Any:
        """Return what a function body returns once that is true."""
        until = time.monotonic() + _PATIENCE
        while not (found := self.evaluate(script)):
            assert time.monotonic() < until, f"never true: {script}"
            time.sleep(_PAUSE)
        return found

    def _received(self) -> Any:
        size = b""
        while (character := self._stream.read(1)) != b":":
            assert character, "Firefox closed the connection"
            size += character
        return json.loads(self._stream.read(int(size)))


@contextlib.contextmanager
def running(path: str, profile: Path) -> Iterator[Firefox]:
    """Start a headless Firefox with a profile of its own, and end it.

    Parameters
    ----------
    path
        Of the executable.
    profile
        An empty folder.
    """
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    settings = f'user_pref("marionette.port", {port});\n'
    (profile / "user.js").write_text(settings, "utf8")
    command = [path, "--headless", "--marionette", "--no-remote"]
    process = subprocess.Popen(
        [*command, "--profile", str(profile)],
        env={**os.environ, "HOME": str(profile)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with _connected(port, process) as connection:
            yield Firefox(connection)
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def _connected(port: int, process: subprocess.Popen[bytes]) -> socket.socket:
    until = time.monotonic() + _PATIENCE
    while (connection := _connection(port)) is None:
        assert process.poll() is None, "Firefox ended at once"
        assert time.monotonic() < until, "Firefox does not come up"
        time.sleep(_PAUSE)
    return connection


def _connection(port: int) -> socket.socket | None:
    with contextlib.suppress(OSError):
        return socket.create_connection(("127.0.0.1", port), _PATIENCE)
    return None
