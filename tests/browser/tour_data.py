"""A made-up model for the tour: random attention, and what a page gets of it.

Written after the wire's definition, not with the package's code: the page is tested
against these numbers.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

WireArray = dict[str, Any]


def encode(array: np.ndarray) -> WireArray:
    return {
        "dtype": str(array.dtype),
        "shape": list(array.shape),
        "data": base64.b64encode(array.tobytes()).decode(),
    }


def quantise(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return codes and scales of weights ``(..., key)``."""
    scales = vectors.max(axis=-1).astype(np.float32)
    codes = np.rint(255 * np.sqrt(vectors / scales[..., None])).astype(np.uint8)
    return codes, scales


def decoded(vectors: np.ndarray) -> np.ndarray:
    """Return what is left of weights ``(..., key)`` after the wire."""
    codes, scales = quantise(vectors)
    return scales[..., None].astype(np.float64) * (codes / 255) ** 2


@dataclass
class TourData:
    """Random attention of a model of this size, and a picture of coloured patches."""

    layers: int = 3
    heads: int = 2
    rows: int = 4
    columns: int = 5
    prefix: list[str] = field(default_factory=lambda: ["cls", "reg0"])
    patch: int = 8
    seed: int = 0
    name: str = "tiny-vit"

    @property
    def tokens(self) -> int:
        return len(self.prefix) + self.rows * self.columns

    def token(self, row: int, column: int) -> int:
        return len(self.prefix) + row * self.columns + column

    @cached_property
    def attention(self) -> np.ndarray:
        """Softmax of random scores, ``(layer, head, query, key)``, with a sink."""
        random = np.random.default_rng(self.seed)
        shape = (self.layers, self.heads, self.tokens, self.tokens)
        scores = random.normal(0, 1.5, shape)
        scores[..., 0] += 1
        weights = np.exp(scores)
        return (weights / weights.sum(-1, keepdims=True)).astype(np.float32)

    @cached_property
    def patch_colours(self) -> np.ndarray:
        random = np.random.default_rng(self.seed + 1)
        return random.integers(0, 256, (self.rows, self.columns, 3), dtype=np.uint8)

    @property
    def picture(self) -> np.ndarray:
        return self.patch_colours.repeat(self.patch, 0).repeat(self.patch, 1)

    def vectors(self, query: int, direction: str) -> np.ndarray:
        """Return the exact values on show, ``(layer, head, token)``."""
        if direction == "row":
            return self.attention[:, :, query]
        return self.attention[:, :, :, query]

    def values(self, query: int, direction: str) -> np.ndarray:
        """Return the values as the page knows them from whole layers."""
        weights = decoded(self.attention)
        return weights[:, :, query] if direction == "row" else weights[..., query]

    def state(self, **changes: Any) -> dict[str, Any]:
        query = changes.get("query", 0)
        direction = changes.get("direction", "row")
        codes, scales = quantise(self.vectors(query, direction))
        return {
            "model_name": self.name,
            "n_layers": self.layers,
            "n_heads": self.heads,
            "n_tokens": self.tokens,
            "grid": [self.rows, self.columns],
            "prefix_tokens": self.prefix,
            "picture": encode(self.picture),
            "opening_codes": encode(codes),
            "opening_scales": encode(scales[..., None]),
            "opening_query": query,
            "opening_direction": direction,
            "delivery": "layers",
            "code_frame": ["before\n", "after\n"],
            "layer": 0,
            "head": 0,
            "query": query,
            "direction": direction,
            "scale": "linear",
            "maximum": "head",
            "compared": [],
            "offered": ["pattern", "scores", "written", "rollout"],
            "shown": "pattern",
            "region": [],
            "pins": [],
            "large": "picture",
            "sort": "",
            "search": "",
            "selection": [],
            "side": 0,
            "stops": [],
            "stop": -1,
            "history": [],
            "undone": 0,
            **changes,
        }

    def statistics(self) -> dict[str, Any]:
        """Answer with one measurement: each head's mean entropy, and no types."""
        entropy = -(self.attention * np.log(self.attention)).sum(-1).mean(-1)
        values = entropy[None].astype(np.float32)
        column = {"name": "entropy", "title": "entropy", "help": "Of a row, in nats."}
        mixed = {"type": "mixed", "evidence": "mixed", "runner_up": ""}
        types = [[mixed] * self.heads for _ in range(self.layers)]
        result = {"columns": [column], "types": types, "over": "this image alone"}
        return {"result": result, "arrays": [{"name": "values", **encode(values)}]}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a request as the kernel would."""
        if request["kind"] == "value":
            place = (request[name] for name in ("layer", "head", "query", "key"))
            return {"result": {"value": float(self.attention[tuple(place)])}}
        if request["kind"] == "statistics":
            return self.statistics()
        if request["kind"] == "attention":
            codes, scales = quantise(self.attention[request["layer"]])
        elif request["kind"] == "head":
            codes, scales = quantise(self.attention[request["layer"], request["head"]])
        else:
            vectors = self.vectors(request["query"], request["direction"])
            codes, scales = quantise(vectors)
            scales = scales[..., None]
        arrays = [("codes", codes), ("scales", scales)]
        return {"arrays": [{"name": n, **encode(array)} for n, array in arrays]}
