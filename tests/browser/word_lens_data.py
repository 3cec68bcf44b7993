"""A made-up model for the word lens, which reads any words at random.

Written after the wire's definition, not with the package's code: the page is tested
against these numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any
from zlib import crc32

import numpy as np

from tests.browser.lens_data import LensData, answer_with
from tests.browser.tour_data import encode

EMOJI = {"cat": "🐈", "dog": "🐕", "car": "🚗", "fish": "🐟", "apple": "🍎"}
MARK = "🔗"
SCALE = 16.0
LONGEST = 40
NEVER_LEARNED = "zyzzyva"
LONG = "is too long: tiny-clip reads prompts of at most 30 tokens"
NO_PLACE = "must have exactly one {}, where the word goes, as in 'a photo of a {}'"
FACTS = (
    "class_names",
    "class_descriptions",
    "class_emoji",
    "output_classes",
    "output_probabilities",
    "truth",
    "opening",
    "code_frame",
    "probabilities",
    "similarities",
    "unknown_words",
)


@dataclass(eq=False)
class WordData(LensData):
    """Random logits of these words; those of a word are the same in any company."""

    words: list[str] = field(default_factory=lambda: ["cat", "dog", "car"])
    templates: list[str] = field(default_factory=lambda: ["{}"])
    name: str = "tiny-clip"
    lenses: list[str] = field(default_factory=lambda: ["plain"])
    norms: list[str] = field(default_factory=lambda: ["own", "final"])

    def of(self, *words: str, templates: list[str] | None = None) -> WordData:
        """Return the same model and picture with other words."""
        return WordData(
            layers=self.layers,
            rows=self.rows,
            columns=self.columns,
            prefix=self.prefix,
            seed=self.seed,
            words=list(words),
            templates=templates or self.templates,
        )

    @cache  # noqa: B019 - the data live as long as one test
    def logits(self, lens: str = "plain", norm: str = "own") -> np.ndarray:
        """Return random logits, ``(row, token, word)``; the embedding is row 0."""
        depth = np.linspace(0.5, 3.5, self.layers + 1)[:, None]
        shape = (self.layers + 1, self.tokens)
        columns = [
            depth
            * np.random.default_rng(self._seed(word, lens, norm)).normal(0, 1, shape)
            for word in self.words
        ]
        return np.stack(columns, -1).astype(np.float32)

    def _seed(self, word: str, *way: str) -> list[int]:
        texts = (word, *self.templates, *way)
        return [self.seed, *(crc32(text.encode()) for text in texts)]

    @property
    def similarities(self) -> np.ndarray:
        """Return the cosine of the picture and each word, ``(word,)``."""
        seeds = [self._seed(word) for word in self.words]
        found = [np.random.default_rng(seed).uniform(-0.1, 0.4) for seed in seeds]
        return np.array(found, np.float32)

    @property
    def shares(self) -> np.ndarray:
        """Return the softmax of the scaled cosines, ``(word,)``."""
        weights = np.exp(SCALE * self.similarities.astype(np.float64))
        return (weights / weights.sum()).astype(np.float32)

    def state(self, **changes: Any) -> dict[str, Any]:
        words = self.words
        best = np.argsort(-self.shares, kind="stable")[:5]
        state = super().state()
        for name in ("class_superclasses", "superclasses"):
            del state[name]
        return {
            **state,
            "class_names": list(words),
            "class_descriptions": list(words),
            "class_emoji": [EMOJI.get(word, MARK) for word in words],
            "output_classes": encode(best.astype(np.uint16)),
            "output_probabilities": encode(self.shares[best]),
            "probabilities": encode(self.shares),
            "similarities": encode(self.similarities),
            "unknown_words": [
                i for i, word in enumerate(words) if NEVER_LEARNED in word
            ],
            "logit_scale": SCALE,
            "logit_bias": 0.0,
            "text_name": self.name,
            "map_caption": "",
            "words": list(words),
            "templates": self.templates,
            **changes,
        }

    def facts(self, **changes: Any) -> dict[str, Any]:
        """Return what Python says once other words are chosen."""
        state = self.state(**changes)
        return {name: state[name] for name in (*FACTS, *changes)}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["kind"] != "words":
            return super().answer(request)
        for word in request["words"]:
            if len(word) > LONGEST:
                return {"error": f"{word!r} {LONG}"}
        for template in request["templates"]:
            if template.count("{}") != 1:
                return {"error": f"the template {template!r} {NO_PLACE}"}
        return answer_with({}, {"unknown_words": []})
