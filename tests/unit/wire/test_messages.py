from __future__ import annotations

import json

import numpy as np
import pytest

from vitwidgets.wire import messages
from vitwidgets.wire.messages import Answer, BadRequestError, read_request, replies


def reassemble(parts: list[messages.Reply]) -> dict[str, np.ndarray]:
    """Join the buffers and split them by the listing, as the page does."""
    data = b"".join(bytes(b) for part in parts for b in part.buffers)
    arrays, offset = {}, 0
    for entry in parts[0].content["arrays"]:
        count = int(np.prod(entry["shape"]))
        size = count * np.dtype(entry["dtype"]).itemsize
        piece = np.frombuffer(data[offset : offset + size], entry["dtype"])
        arrays[entry["name"]] = piece.reshape(entry["shape"])
        offset += size
    assert offset == len(data)
    return arrays


def test_arrays_survive_being_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MAX_PART", 1000)
    rng = np.random.default_rng(0)
    sent = {
        "codes": rng.integers(0, 256, (7, 11, 13), np.uint8),
        "scales": rng.random((7, 11)).astype(np.float32),
    }
    parts = list(replies("a1", Answer({"x": 1}, sent)))
    assert [p.content["part"] for p in parts] == list(range(len(parts)))
    assert {p.content["parts"] for p in parts} == {len(parts)}
    assert len(parts) == 2
    assert all(len(b) <= 1000 for p in parts for b in p.buffers)
    got = reassemble(parts)
    for name, array in sent.items():
        np.testing.assert_array_equal(got[name], array)
    assert parts[0].content["result"] == {"x": 1}
    json.dumps([p.content for p in parts])


def test_arrays_that_are_views_are_sent_as_they_look() -> None:
    array = np.arange(24, dtype=np.float32).reshape(4, 6)[::2, ::3].T
    got = reassemble(list(replies("v", Answer(arrays={"a": array}))))["a"]
    np.testing.assert_array_equal(got, array)


def test_an_error_is_one_message_without_data() -> None:
    (only,) = replies("e", ValueError("layer=9 doesn't exist"))
    assert only.content["error"] == "layer=9 doesn't exist"
    assert only.buffers == []


@pytest.mark.parametrize("content", ["text", 3, None, [], {}, {"type": "other"}])
def test_other_messages_are_left_alone(content: object) -> None:
    assert read_request(content) is None


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ({"type": "request"}, "None"),
        ({"type": "request", "id": ""}, "''"),
        ({"type": "request", "id": "x" * 201, "kind": "a"}, "xxx"),
        ({"type": "request", "id": "a", "kind": 7}, "7"),
    ],
)
def test_a_malformed_request_names_its_fault(content: object, fault: str) -> None:
    with pytest.raises(BadRequestError, match=fault):
        read_request(content)


def test_a_request_keeps_its_arguments() -> None:
    request = read_request({"type": "request", "id": "q", "kind": "rows", "query": 4})
    assert request == messages.Request("q", "rows", {"query": 4})
