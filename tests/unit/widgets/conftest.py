"""The page's end of a widget's comm, without a page."""

from __future__ import annotations

import threading
import time
from typing import Any

import comm
import numpy as np
import pytest


class Page:
    """What a page has received, and its means to answer."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []

    def record(self, _comm: object, kind: str, data: Any = None, **rest: Any) -> None:
        self.received.append({"kind": kind, "data": data or {}, **rest})

    def send(self, widget: Any, data: dict[str, Any]) -> None:
        widget.comm.handle_msg({"content": {"data": data}, "buffers": []})

    def set(self, widget: Any, **state: Any) -> None:
        self.send(widget, {"method": "update", "state": state, "buffer_paths": []})

    def ask(self, widget: Any, kind: str, **arguments: Any) -> dict[str, Any]:
        """Send a request and put its reply's parts together."""
        content = {"type": "request", "id": "t-1", "kind": kind, **arguments}
        before = len(self.received)
        self.send(widget, {"method": "custom", "content": content})
        parts = self._parts_since(before)
        until = time.monotonic() + 60
        # Slow answers come from a thread.
        while len(parts) < (parts[0]["data"]["content"]["parts"] if parts else 1):
            assert time.monotonic() < until, f"no answer to {kind}"
            time.sleep(0.005)
            parts = self._parts_since(before)
        first = parts[0]["data"]["content"]
        assert first["id"] == "t-1"
        if "error" in first:
            return {"error": first["error"]}
        data = b"".join(bytes(b) for m in parts for b in m["buffers"] or [])
        answer, offset = dict(first["result"]), 0
        for entry in first["arrays"]:
            kind_ = np.dtype(entry["dtype"])
            size = int(np.prod(entry["shape"])) * kind_.itemsize
            piece = np.frombuffer(data[offset : offset + size], kind_)
            answer[entry["name"]] = piece.reshape(entry["shape"])
            offset += size
        return answer

    def _parts_since(self, before: int) -> list[dict[str, Any]]:
        return [m for m in self.received[before:] if m["data"].get("content")]

    def messages(self, kind: str) -> list[dict[str, Any]]:
        contents = [m["data"].get("content") or {} for m in self.received]
        return [c for c in contents if c.get("type") == kind]

    def settle(self) -> None:
        """Wait for updates that are held back, as there are 30 a second at most."""
        for thread in threading.enumerate():
            if isinstance(thread, threading.Timer):
                thread.join()

    def updates(self) -> list[dict[str, Any]]:
        return [
            m["data"]["state"]
            for m in self.received
            if m["data"].get("method") == "update"
        ]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    page = Page()
    page.settle()  # What widgets of other tests still have to say, they say now.
    monkeypatch.setattr(
        comm.DummyComm,
        "publish_msg",
        lambda self, msg_type, data=None, metadata=None, buffers=None, **_: page.record(
            self, msg_type, data, buffers=buffers
        ),
    )
    return page
