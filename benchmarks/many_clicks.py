"""Ten thousand random clicks in one kernel: what they leave behind."""

from __future__ import annotations

import hashlib
import random
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from threading import Event
from typing import TYPE_CHECKING, Any

import comm
import psutil

import vitwidgets as vw
from benchmarks.measuring import Row
from vitwidgets.widgets.history import MOST_ACTS
from vitwidgets.widgets.patcher.places import PARTS, SITES
from vitwidgets.widgets.patcher.state import KINDS

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from torch import nn

CLICKS = 10_000
FIRST = 1_000
"""Clicks after which nothing is new: sources were read, caches are full."""

GROWTH_BUDGET = 0.05
MOST_EDITS = 4
LATE = 120  # seconds; the first means are answered after a pass over images
MOST_TOKENS = 5


@dataclass(frozen=True)
class Remains:
    """What clicks left behind.

    Attributes
    ----------
    first, last
        Resident memory after the first clicks and after all, in bytes.
    errors
        Refused clicks, and predictions that did not come.
    changed
        Weights and buffers that are not bit for bit the same.
    left
        Hooks, and methods put in the place of a module's own.
    """

    first: int
    last: int
    errors: int
    changed: int
    left: int


def rows(
    clicks: int = CLICKS, first: int = FIRST, kernel: Executor | None = None
) -> list[Row]:
    """Click in a process of its own, whose memory is that of the clicks alone."""
    with kernel or ProcessPoolExecutor(1, get_context("spawn")) as place:
        found = place.submit(clicked, clicks, first).result()
    growth = found.last / found.first - 1
    faults = (found.errors, found.changed, found.left)
    return [
        Row(
            f"{clicks} random clicks in one kernel: growth of its resident memory",
            f"after the first {first}: {found.first / 1e6:.0f} MB",
            f"{100 * growth:+.2f} % ({found.last / 1e6:.0f} MB)",
            f"under {100 * GROWTH_BUDGET:.0f} %",
            growth < GROWTH_BUDGET,
        ),
        Row(
            "the same: errors, tensors of the model that changed, hooks left on it",
            "bit for bit the model of before",
            "{} errors, {} tensors, {} hooks".format(*faults),
            "0 of each",
            not any(faults),
        ),
    ]


def clicked(clicks: int, first: int) -> Remains:
    """Open the bundled model and click, by messages as the page sends them."""
    model = vw.load_model()
    before, hooks = hashes(model.module), hooks_on(model.module)
    view = vw.ClickToPatch(
        model, vw.images.sample("cat-and-dog"), vw.images.sample("dog-alone")
    )
    hand = Hand(view)
    memory = psutil.Process().memory_info
    for _ in range(first):
        hand.click()
    after_first = memory().rss
    for _ in range(clicks - first):
        hand.click()
    after = hashes(model.module)
    return Remains(
        first=after_first,
        last=memory().rss,
        errors=hand.errors,
        changed=sum(before[name] != after[name] for name in before),
        left=hooks_on(model.module) - hooks,
    )


class Hand:
    """Clicks at random, as a person with all settings; nothing is clicked twice."""

    def __init__(self, view: vw.ClickToPatch) -> None:
        self.errors = 0
        self._view = view
        self._random = random.Random(0)  # noqa: S311 (no secret)
        self._edits: list[dict[str, Any]] = []
        self._acts: deque[dict[str, Any]] = deque(maxlen=MOST_ACTS)
        self._answered = False
        self._replied = Event()
        comm.DummyComm.publish_msg = self._heard

    def click(self) -> None:
        """Change the edits and ask for the prediction, in one go."""
        before = self._edits
        self._edits = self._clicked()
        self._acts.append(self._act(before))
        state = {
            "interventions": self._edits,
            "history": [*self._acts],
            "undone": 0,
        }
        self._say({"method": "update", "state": state, "buffer_paths": []})
        asked = [
            {name: value for name, value in edit.items() if name != "switch"}
            for edit in self._edits
        ]
        request = {"type": "request", "id": "1", "kind": "predict"}
        self._answered = False
        self._replied.clear()
        self._say({"method": "custom", "content": {**request, "interventions": asked}})
        self._replied.wait(LATE)
        self.errors += not self._answered or self._view.interventions != self._edits

    def _clicked(self) -> list[dict[str, Any]]:
        here = list(self._edits)
        if here and self._random.random() < len(here) / (MOST_EDITS + 1):
            here.pop(self._random.randrange(len(here)))
        else:
            here.append(self._new())
        return here

    def _new(self) -> dict[str, Any]:
        draw, view = self._random, self._view
        block = f"L{draw.randrange(view.n_layers)}"
        if draw.random() < 0.5:  # noqa: PLR2004 (heads or tokens)
            part = draw.choice(PARTS)
            end = "" if part == "z" else f".{part}"
            address = f"{block}.H{draw.randrange(view.n_heads)}{end}"
        else:
            site = draw.choice(SITES)
            address = f"{block}.{'MLP' if site == 'mlp_out' else site}"
        kind = draw.choice(KINDS)
        rows, columns = view.grid
        tokens = sorted(draw.sample(range(rows * columns), draw.randrange(MOST_TOKENS)))
        return {
            "address": address,
            "tokens": [f"({token // columns},{token % columns})" for token in tokens],
            "kind": kind,
            "strength": 1.0,
            "source": view.source if kind in ("patch", "steer") else "",
            "seed": draw.randrange(MOST_TOKENS),
            "switch": "on",
        }

    def _act(self, before: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "verb": "edit",
            "address": "",
            "before": {"interventions": before},
            "after": {"interventions": self._edits},
            "time": "2026-01-01T00:00:00.000+00:00",
        }

    def _say(self, data: dict[str, Any]) -> None:
        view_comm: Any = self._view.comm
        view_comm.handle_msg({"content": {"data": data}, "buffers": []})

    def _heard(self, *_: object, data: Any = None, **__: object) -> None:
        content = (data or {}).get("content") or {}
        if content.get("type") == "reply":
            self._answered = "error" not in content
            self._replied.set()
        elif content.get("type") == "refused":
            self.errors += 1


def hashes(module: nn.Module) -> dict[str, str]:
    """Give a hash of each weight and buffer."""
    return {
        name: hashlib.sha256(tensor.detach().numpy().tobytes()).hexdigest()
        for name, tensor in module.state_dict(keep_vars=True).items()
    }


def hooks_on(module: nn.Module) -> int:
    """Count hooks of any kind, and methods put in the place of a module's own."""
    parts = [vars(part) for part in module.modules()]
    hooks = sum(
        len(value)
        for part in parts
        for name, value in part.items()
        if name.endswith("_hooks") and isinstance(value, dict)
    )
    return hooks + sum("forward" in part for part in parts)
