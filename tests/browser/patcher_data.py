"""A made-up model for click-to-patch: every edit moves the logits by its own vector.

Written after the wire's definition, not with the package's code: the page is tested
against these numbers.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from tests.browser.attribution_data import (
    DESCRIPTIONS,
    EMOJI,
    NAMES,
    answer_with,
)
from tests.browser.tour_data import encode

CLEAN = [4.0, 2.0, 1.0, 0.5, 0.0]
"""Of the clean image: a cat."""
DONORS = {"dog": [1.0, 4.0, 1.5, 0.0, 0.5], "boat": [0.0, 0.5, 0.0, 1.0, 5.0]}
SITES = ["resid_pre", "resid_mid", "resid_post", "attn_out", "mlp_out"]
PARTS = ["z", "q", "k", "v"]
NO_SWEEP = {
    "over": "",
    "layer": -1,
    "source": "",
    "target": -1,
    "metric": "difference",
    "direction": "denoising",
}
QUESTION = ("over", "layer", "source", "target", "metric", "direction")


@dataclass
class PatcherData:
    """A model of this size; ``size`` is how far an edit of one token moves a logit."""

    layers: int = 3
    heads: int = 4
    rows: int = 4
    columns: int = 5
    prefix: list[str] = field(default_factory=lambda: ["cls", "reg0"])
    patch: int = 8
    size: float = 0.5
    name: str = "tiny-vit"
    donor_logits: dict[str, list[float]] = field(default_factory=lambda: dict(DONORS))
    available: list[str] = field(default_factory=lambda: [*SITES, *PARTS])
    failures: dict[str, str] = field(default_factory=dict)
    """What goes wrong with requests of a kind."""

    @property
    def tokens(self) -> int:
        return len(self.prefix) + self.rows * self.columns

    def token(self, row: int, column: int) -> int:
        return len(self.prefix) + row * self.columns + column

    @cached_property
    def labels(self) -> list[str]:
        places = [
            (row, column) for row in range(self.rows) for column in range(self.columns)
        ]
        return [*self.prefix, *(f"({row},{column})" for row, column in places)]

    def logits(self, edits: list[dict[str, Any]]) -> np.ndarray:
        """Return the logits with these edits, float32 ``(class,)``.

        Where the stream is patched everywhere from a donor, they are the donor's.
        """
        logits = np.array(CLEAN)
        for edit in edits:
            if edit.get("switch", "on") == "off":
                continue
            is_stream = edit["address"].endswith(("resid_pre", "resid_post"))
            if edit["kind"] == "patch" and is_stream and not edit["tokens"]:
                donor = np.array(self.donor_logits[edit["source"]])
                logits = logits + edit["strength"] * (donor - logits)
                continue
            for token in edit["tokens"] or self.labels:
                logits = logits + edit["strength"] * self.effect(edit, token)
        return logits.astype(np.float32)

    def effect(self, edit: dict[str, Any], token: str) -> np.ndarray:
        """Return by how much an edit of one token moves the logits."""
        what = (
            f"{edit['address']}@{token}:{edit['kind']}:{edit['source']}:{edit['seed']}"
        )
        return self.random(what).normal(0, self.size, len(CLEAN))

    def probabilities(self, edits: list[dict[str, Any]]) -> np.ndarray:
        return softmax(self.logits(edits))

    def edit(self, address: str, *tokens: str, **changes: Any) -> dict[str, Any]:
        """Return an edit as the trait ``interventions`` has it."""
        return {
            "address": address,
            "tokens": list(tokens),
            "kind": "patch",
            "strength": 1.0,
            "source": next(iter(self.donor_logits)),
            "seed": 0,
            "switch": "on",
            **changes,
        }

    def grid_shape(self, question: dict[str, Any]) -> tuple[int, int]:
        """Return rows and columns of the grid that a sweep fills."""
        if question["over"] == "heads":
            return self.layers, self.heads
        return (self.layers if question["layer"] < 0 else self.heads), self.tokens

    def values(self, question: dict[str, Any], *, exact: bool) -> np.ndarray:
        """Return what a sweep finds, float32 ``(row, column)``; or its preview."""
        key = ":".join(str(question[name]) for name in QUESTION)
        values = self.random(key).normal(0, 0.4, self.grid_shape(question))
        if not exact:
            values = values + self.random(f"{key}~").normal(0, 0.05, values.shape)
        return values.astype(np.float32)

    def random(self, what: str) -> np.random.Generator:
        return np.random.default_rng(zlib.crc32(what.encode()))

    def sweep(
        self, question: dict[str, Any], values: np.ndarray, correlation: float = -2
    ) -> dict[str, Any]:
        """Return the trait ``sweep`` of a question with these values so far."""
        asked = {name: question[name] for name in QUESTION}
        flat = values.ravel().astype(np.float32)
        return {**asked, "values": encode(flat), "correlation": correlation}

    def colours(self, image: str) -> np.ndarray:
        """Return the colour of each patch of an image, ``(row, column, 3)``."""
        shape = (self.rows, self.columns, 3)
        return self.random(image).integers(0, 256, shape, dtype=np.uint8)

    def picture(self, image: str) -> np.ndarray:
        colours = self.colours(image)
        return colours.repeat(self.patch, 0).repeat(self.patch, 1)

    def state(self, **changes: Any) -> dict[str, Any]:
        clean = softmax(np.array(CLEAN))
        order = np.argsort(-clean, kind="stable")
        return {
            "model_name": self.name,
            "n_layers": self.layers,
            "n_heads": self.heads,
            "n_tokens": self.tokens,
            "grid": [self.rows, self.columns],
            "prefix_tokens": self.prefix,
            "picture": encode(self.picture("clean")),
            "class_names": NAMES,
            "class_descriptions": DESCRIPTIONS,
            "class_emoji": EMOJI,
            "output_classes": encode(order.astype(np.uint16)),
            "output_probabilities": encode(clean[order].astype(np.float32)),
            "logits": encode(np.array(CLEAN, np.float32)),
            "donors": [
                {
                    "name": name,
                    "picture": encode(self.picture(name)),
                    "logits": encode(np.array(logits, np.float32)),
                }
                for name, logits in self.donor_logits.items()
            ],
            "available": self.available,
            "saved": False,
            "task": {"kind": "", "done": 0, "total": 0, "seconds_left": -1},
            "sweep": {
                **NO_SWEEP,
                "values": encode(np.zeros(0, np.float32)),
                "correlation": -2,
            },
            "code_frame": ["before\n", "after\n"],
            "interventions": [],
            "source": next(iter(self.donor_logits)),
            "kind": "patch",
            "strength": 1.0,
            "grid_shown": "heads",
            "layer": 0,
            "site": "resid_pre",
            "part": "z",
            "target": -1,
            "metric": "difference",
            "direction": "denoising",
            "marked": [],
            "history": [],
            "undone": 0,
            **changes,
        }

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a request as the kernel would."""
        kind = request["kind"]
        if kind in self.failures:
            return {"error": self.failures[kind]}
        if kind == "predict":
            return answer_with({"logits": self.logits(request["interventions"])}, {})
        if kind == "preview":
            values = self.values(request, exact=False).ravel()
            return answer_with({"values": values}, {"label": "approximation"})
        if kind == "sweep":
            values = self.values(request, exact=True).ravel()
            result = {"cancelled": False, "correlation": 0.87}
            return answer_with({"values": values}, result)
        return {"result": self.results(request), "arrays": []}

    def results(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the result of a request that has no arrays."""
        match request["kind"]:
            case "receipt":
                return self._receipt(request["interventions"])
            case "controls":
                return {"rows": CONTROLS, "cancelled": False}
            case "replay":
                return replay(request["n"])
            case "flip":
                return self._flip(request)
        return {}

    def _receipt(self, edits: list[dict[str, Any]]) -> dict[str, Any]:
        rows = [
            {
                "address": edit["address"],
                "tokens": edit["tokens"],
                "site": f"blocks.{edit['address'][1]}.made_up",
                "fired": 1,
                "largest_change": 1.25,
                "relative_change": 0.5,
            }
            for edit in edits
        ]
        return {"edits": rows, "difference": 1e-7, "allowed": 4e-6, "problems": []}

    def _flip(self, request: dict[str, Any]) -> dict[str, Any]:
        steps = [
            {"address": "L2.H1", "tokens": [], "margin": -0.5},
            {"address": "L1.H0", "tokens": [], "margin": 0.75},
        ]
        return {
            "found": True,
            "target": request["target"],
            "steps": steps,
            "base_margin": -2.0,
            "dropped": ["L0.H3"],
            "n_runs": 24,
            "cancelled": False,
            "text": "2 heads flip it",
        }


CONTROLS: list[dict[str, Any]] = [
    {
        "name": name,
        "what": f"{name} in its place",
        "n": 1 if name == "own value" else 8,
        "flips": flips,
        "probability": probability,
        "difference": difference,
        "same": True if name == "own value" else None,
    }
    for name, flips, probability, difference in (
        ("this edit", 8, 0.75, 1.5),
        ("random heads", 1, 0.125, -2.25),
        ("own value", 0, 0.0625, -3.5),
    )
]


def replay(n: int) -> dict[str, Any]:
    control = {
        "n": n,
        "flipped": 1,
        "rate": 1 / n,
        "low": 0.001,
        "high": 0.15,
        "what": "the same edit at a place drawn by chance",
    }
    return {
        "n": n,
        "flipped": n // 2,
        "rate": 0.5,
        "low": 0.25,
        "high": 0.75,
        "skipped": 3,
        "control": control,
        "images": "scenes that were never seen",
        "cancelled": False,
    }


def softmax(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits.astype(np.float64) - logits.max())
    return shares / shares.sum()
