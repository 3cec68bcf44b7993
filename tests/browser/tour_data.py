"""A made-up model for the tour: random attention, and what a page gets of it.

Written after the wire's definition, not with the package's code: the page is tested
against these numbers.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def quantise_signed(
    vectors: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return codes, scales and lows of numbers of either sign, ``(..., key)``."""
    lows = vectors.min(axis=-1).astype(np.float32)
    scales = (vectors.max(axis=-1) - lows).astype(np.float32)
    shares = (vectors - lows[..., None]) / scales[..., None]
    return np.rint(255 * shares).astype(np.uint8), scales, lows


def decoded_signed(vectors: np.ndarray) -> np.ndarray:
    """Return what is left of numbers of either sign ``(..., key)`` after the wire."""
    codes, scales, lows = quantise_signed(vectors)
    return lows[..., None].astype(np.float64) + scales[..., None] * (codes / 255.0)


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

    def matching(self, token: int, other: TourData) -> int | None:
        """Return another model's token at the same place, None where it has none."""
        prefix = len(self.prefix)
        if token < prefix:
            name = self.prefix[token]
            return other.prefix.index(name) if name in other.prefix else None
        row, column = divmod(token - prefix, self.columns)
        down = Fraction(2 * row + 1, 2 * self.rows) * other.rows
        across = Fraction(2 * column + 1, 2 * self.columns) * other.columns
        return other.token(int(down), int(across))

    def within(self, region: Sequence[int]) -> list[int]:
        """Return the tokens of the patches in ``[top, left, bottom, right]``."""
        top, left, bottom, right = region
        return [
            self.token(row, column)
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
        ]

    @cached_property
    def scores(self) -> np.ndarray:
        """Random scores with a sink, ``(layer, head, query, key)``."""
        random = np.random.default_rng(self.seed)
        shape = (self.layers, self.heads, self.tokens, self.tokens)
        scores = random.normal(0, 1.5, shape)
        scores[..., 0] += 1
        return scores.astype(np.float32)

    @cached_property
    def attention(self) -> np.ndarray:
        """Their softmax."""
        weights = np.exp(self.scores.astype(np.float64))
        return (weights / weights.sum(-1, keepdims=True)).astype(np.float32)

    @cached_property
    def written(self) -> np.ndarray:
        """Attention times the length of each token's value in each head."""
        random = np.random.default_rng(self.seed + 2)
        lengths = random.uniform(0.1, 9, (self.layers, self.heads, 1, self.tokens))
        return (self.attention * lengths).astype(np.float32)

    @cached_property
    def rollout(self) -> np.ndarray:
        """Through each layer, ``(layer, 1, query, key)``."""
        through = np.eye(self.tokens)
        maps: list[np.ndarray] = []
        for layer in self.attention.astype(np.float64):
            through = (layer.mean(0) + np.eye(self.tokens)) / 2 @ through
            maps.append(through)
        return np.stack(maps)[:, None].astype(np.float32)

    def exact(self, shown: str = "pattern") -> np.ndarray:
        """Return all that is shown, ``(layer, head, query, key)``."""
        return self.attention if shown == "pattern" else getattr(self, shown)

    @cached_property
    def patch_colours(self) -> np.ndarray:
        random = np.random.default_rng(self.seed + 1)
        return random.integers(0, 256, (self.rows, self.columns, 3), dtype=np.uint8)

    @property
    def picture(self) -> np.ndarray:
        return self.patch_colours.repeat(self.patch, 0).repeat(self.patch, 1)

    def vectors(
        self, query: int | Sequence[int], direction: str, shown: str = "pattern"
    ) -> np.ndarray:
        """Return the exact values on show, ``(layer, head, token)``.

        Of several queries it is the mean.
        """
        return self._mean(self.exact(shown), query, direction)

    def values(
        self, query: int | Sequence[int], direction: str, shown: str = "pattern"
    ) -> np.ndarray:
        """Return the values as the page knows them from whole layers."""
        after = decoded_signed if shown == "scores" else decoded
        return self._mean(after(self.exact(shown)), query, direction)

    @staticmethod
    def _mean(
        values: np.ndarray, query: int | Sequence[int], direction: str
    ) -> np.ndarray:
        queries = np.atleast_1d(query)
        if direction == "row":
            return values[:, :, queries].mean(2)
        return values[..., queries].mean(-1)

    def side(
        self, query: int = 0, direction: str = "row", delivery: str = "layers"
    ) -> dict[str, Any]:
        """Return what the page is told of this model and its image."""
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
            "delivery": delivery,
        }

    def state(self, **changes: Any) -> dict[str, Any]:
        query = changes.get("query", 0)
        direction = changes.get("direction", "row")
        return {
            **self.side(query, direction),
            "code_frame": ["before\n", "after\n"],
            "payload_budget": 16_000_000,
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
        if request["kind"] == "statistics":
            return self.statistics()
        shown = request["shown"]
        values = self.exact(shown)
        if request["kind"] == "value":
            place = (request[name] for name in ("layer", "head", "query", "key"))
            return {"result": {"value": float(values[tuple(place)])}}
        if request["kind"] == "attention":
            return answer_with(values[request["layer"]], shown)
        if request["kind"] == "head":
            return answer_with(values[request["layer"], request["head"]], shown)
        region = request["region"]
        query = self.within(region) if region else request["query"]
        rows = self.vectors(query, request["direction"], shown)
        return answer_with(rows[:, :, None], shown)


def answer_with(values: np.ndarray, shown: str) -> dict[str, Any]:
    """Answer with values ``(..., query, key)``; scales and lows are those of rows."""
    names = ("codes", "scales", "lows")
    parts = quantise_signed(values) if shown == "scores" else quantise(values)
    arrays = zip(names, parts, strict=False)
    return {"arrays": [{"name": name, **encode(array)} for name, array in arrays]}
