"""A made-up model for the lens: random logits, and what a page gets of them.

Written after the wire's definition, not with the package's code: the page is tested
against these numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from tests.browser.tour_data import encode

EMOJI = "🐈🐕🐓🐟🚗🚲🍕🍎🌵🎈⚽🎸"
NAMES = (
    "cat", "dog", "rooster", "fish", "car", "bicycle",
    "pizza", "apple", "cactus", "balloon", "football", "guitar",
)  # fmt: skip
SUPERCLASSES = (
    ("animal", "🐾"),
    ("vehicle", "🚘"),
    ("food", "🍽️"),
    ("thing", "📦"),
)
KIND_OF = (0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 3)
TOPS = 5
FOLLOWED = 6


@dataclass(eq=False)
class LensData:
    """Random logits of a model of this size, and a picture of coloured patches."""

    layers: int = 3
    rows: int = 4
    columns: int = 5
    prefix: list[str] = field(default_factory=lambda: ["cls", "reg0"])
    patch: int = 8
    seed: int = 0
    name: str = "tiny-vit"
    lenses: list[str] = field(default_factory=lambda: ["plain", "tuned"])
    norms: list[str] = field(default_factory=lambda: ["own", "final"])

    @property
    def tokens(self) -> int:
        return len(self.prefix) + self.rows * self.columns

    @property
    def patches(self) -> range:
        return range(len(self.prefix), self.tokens)

    def token(self, row: int, column: int) -> int:
        return len(self.prefix) + row * self.columns + column

    @cache  # noqa: B019 - the data live as long as one test
    def logits(self, lens: str = "plain", norm: str = "own") -> np.ndarray:
        """Return random logits, ``(row, token, class)``; the embedding is row 0."""
        way = ["plain own", "plain final", "tuned own", "tuned final"]
        random = np.random.default_rng([self.seed, way.index(f"{lens} {norm}")])
        shape = (self.layers + 1, self.tokens, len(NAMES))
        logits = random.normal(0, 1, shape)
        # The deeper, the surer.
        logits *= np.linspace(0.5, 3.5, self.layers + 1)[:, None, None]
        return logits.astype(np.float32)

    def probabilities(self, lens: str = "plain", norm: str = "own") -> np.ndarray:
        """Return their softmax, ``(row, token, class)``."""
        weights = np.exp(self.logits(lens, norm).astype(np.float64))
        return weights / weights.sum(-1, keepdims=True)

    def entropy(self, lens: str = "plain", norm: str = "own") -> np.ndarray:
        """Return the entropy in nats, ``(row, token)``."""
        probabilities = self.probabilities(lens, norm)
        return -(probabilities * np.log(probabilities)).sum(-1)

    def order(self, lens: str = "plain", norm: str = "own") -> np.ndarray:
        """Return the classes of each token, the likeliest first."""
        return np.argsort(-self.logits(lens, norm), axis=-1, kind="stable")

    def top(self, layer: int, token: int, place: int = 0) -> int:
        """Return the class at a place of a token's order, of the plain lens."""
        return int(self.order()[layer + 1, token, place])

    def ranks(self, lens: str = "plain", norm: str = "own") -> np.ndarray:
        """Return how many classes have a larger logit, ``(row, token, class)``."""
        logits = self.logits(lens, norm)
        return (logits[..., None, :] > logits[..., :, None]).sum(-1)

    @property
    def norms_of_tokens(self) -> np.ndarray:
        """Return lengths, ``(row, token)``; the last patch is far longer in the end."""
        random = np.random.default_rng(self.seed + 3)
        norms = random.uniform(5, 9, (self.layers + 1, self.tokens))
        norms[-2:, -1] = 120
        return norms.astype(np.float32)

    @property
    def artifacts(self) -> np.ndarray:
        return (self.norms_of_tokens > 100).astype(np.uint8)

    @property
    def patch_colours(self) -> np.ndarray:
        random = np.random.default_rng(self.seed + 1)
        return random.integers(0, 256, (self.rows, self.columns, 3), dtype=np.uint8)

    @property
    def picture(self) -> np.ndarray:
        return self.patch_colours.repeat(self.patch, 0).repeat(self.patch, 1)

    def readings(self, lens: str = "plain", norm: str = "own") -> dict[str, np.ndarray]:
        """Return the arrays that an answer of the kind "lens" has."""
        logits = self.logits(lens, norm)
        order = self.order(lens, norm)[..., :TOPS]
        best = np.argsort(-logits.max(0), axis=-1, kind="stable")[:, :FOLLOWED]
        every = np.broadcast_to(best, (self.layers + 1, *best.shape))
        total = np.log(np.exp(logits.astype(np.float64)).sum(-1))
        return {
            "top_classes": order.astype(np.uint16),
            "top_logits": np.take_along_axis(logits, order, -1),
            "normaliser": total.astype(np.float32),
            "entropy": self.entropy(lens, norm).astype(np.float32),
            "followed_classes": best.astype(np.uint16),
            "followed_logits": np.take_along_axis(logits, every, -1),
        }

    def state(self, **changes: Any) -> dict[str, Any]:
        lens, norm = changes.get("lens", "plain"), changes.get("norm", "own")
        read = self.readings(lens, norm)
        output = self.order()[-1, 0, :TOPS]
        return {
            "model_name": self.name,
            "n_layers": self.layers,
            "n_tokens": self.tokens,
            "grid": [self.rows, self.columns],
            "prefix_tokens": self.prefix,
            "picture": encode(self.picture),
            "class_names": list(NAMES),
            "class_descriptions": [f"{name}, known as {name}" for name in NAMES],
            "class_emoji": list(EMOJI),
            "class_superclasses": list(KIND_OF),
            "superclasses": [{"name": n, "emoji": e} for n, e in SUPERCLASSES],
            "lenses": self.lenses,
            "norms": self.norms,
            "token_norms": encode(self.norms_of_tokens),
            "artifacts": encode(self.artifacts),
            "output_classes": encode(output.astype(np.uint16)),
            "output_probabilities": encode(
                self.probabilities()[-1, 0, output].astype(np.float32)
            ),
            "truth": [],
            "opening": {
                "lens": lens,
                "norm": norm,
                **{name: encode(array) for name, array in read.items()},
            },
            "readable_classes": [],
            "code_frame": ["before\n", "after\n"],
            "layer": self.layers - 1,
            "token": len(self.prefix),
            "mode": "emoji",
            "heat": "probability",
            "target": -1,
            "versus": -1,
            "lens": lens,
            "norm": norm,
            "show_norms": False,
            "mask": [],
            "history": [],
            "undone": 0,
            **changes,
        }

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a request as the kernel would."""
        if request["kind"] == "lens":
            return answer_with(self.readings(request["lens"], request["norm"]))
        if request["kind"] == "class":
            place = (request["lens"], request["norm"])
            target = request["target"]
            logits = np.ascontiguousarray(self.logits(*place)[..., target])
            ranks = self.ranks(*place)[..., target].astype(np.float32)
            return answer_with({"logits": logits, "ranks": ranks})
        return {"error": f"the test answers no {request['kind']}"}


def answer_with(
    arrays: dict[str, np.ndarray], result: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Answer with arrays by name."""
    named = [{"name": name, **encode(array)} for name, array in arrays.items()]
    return {"result": result or {}, "arrays": named}
