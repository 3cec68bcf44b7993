"""A made-up model for the attribution: random parts, and what a page gets of them.

Written after the wire's definition, not with the package's code: the page is tested
against these numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from tests.browser.tour_data import encode

NAMES = ["cat", "dog", "hot dog", "cow", "catamaran"]
DESCRIPTIONS = ["cat, tomcat", "dog", "hot dog, red hot", "cow", "catamaran"]
EMOJI = ["🐱", "🐶", "🌭", "🐮", "⛵"]
LOGIT = {"target": 0, "versus": -1, "measure": "logit"}
SHOWN_NEURONS = 20
ENTROPY = 0.75


@dataclass
class AttributionData:
    """Random parts of a model of this size, of every class's logit."""

    layers: int = 3
    heads: int = 4
    rows: int = 4
    columns: int = 5
    neurons: int = 50
    prefix: list[str] = field(default_factory=lambda: ["cls", "reg0"])
    patch: int = 8
    seed: int = 0
    name: str = "tiny-vit"
    whole_layers: tuple[int, ...] = ()
    """Layers whose heads can't be told apart."""
    residue: float = 0.0

    @property
    def tokens(self) -> int:
        return len(self.prefix) + self.rows * self.columns

    def token(self, row: int, column: int) -> int:
        return len(self.prefix) + row * self.columns + column

    @cached_property
    def _sources(self) -> np.ndarray:
        """Of every class, ``(class, layer, head, token)``."""
        random = np.random.default_rng(self.seed)
        shape = (len(NAMES), self.layers, self.heads, self.tokens)
        return random.normal(0, 0.3, shape).astype(np.float32)

    @cached_property
    def _neurons(self) -> np.ndarray:
        """Of every class, ``(class, layer, neuron)``."""
        random = np.random.default_rng(self.seed + 1)
        shape = (len(NAMES), self.layers, self.neurons)
        return random.normal(0, 0.3, shape).astype(np.float32)

    @cached_property
    def _biases(self) -> np.ndarray:
        """Of every class, ``(class, attention or mlp, layer)``."""
        random = np.random.default_rng(self.seed + 2)
        shape = (len(NAMES), 2, self.layers)
        return random.normal(0, 0.1, shape).astype(np.float32)

    @cached_property
    def _outer(self) -> np.ndarray:
        """Embedding, position, norm bias, class bias: ``(class, 4)``."""
        random = np.random.default_rng(self.seed + 3)
        return random.normal(0, 0.5, (len(NAMES), 4)).astype(np.float32)

    def _of(self, parts: np.ndarray, choice: dict[str, Any]) -> np.ndarray:
        """Return what parts of each class count for in a number of the output."""
        own = parts[choice["target"]].astype(np.float64)
        if choice["measure"] == "difference":
            return own - parts[choice["versus"]]
        return own - parts.mean(0) if choice["measure"] != "logit" else own

    def sources(self, choice: dict[str, Any]) -> np.ndarray:
        """Return ``(layer, head, token)``."""
        return self._of(self._sources, choice)

    def neuron_values(self, choice: dict[str, Any]) -> np.ndarray:
        """Return ``(layer, neuron)``."""
        return self._of(self._neurons, choice)

    def heads_of(self, choice: dict[str, Any]) -> np.ndarray:
        """Return ``(layer, head)``."""
        return self.sources(choice).sum(-1)

    def mlps_of(self, choice: dict[str, Any]) -> np.ndarray:
        """Return ``(layer,)``."""
        return self.neuron_values(choice).sum(-1)

    def biases_of(self, choice: dict[str, Any]) -> np.ndarray:
        """Return those of attention and MLP, ``(2, layer)``."""
        return self._of(self._biases, choice)

    def outer_of(self, choice: dict[str, Any]) -> dict[str, float]:
        """Return what is of no layer, by address."""
        names = ("embedding", "position", "norm bias", "class bias")
        terms = dict(zip(names, self._of(self._outer, choice), strict=True))
        if choice["measure"] == "log_probability":
            terms["entropy"] = -ENTROPY
        return terms

    def parts(self, choice: dict[str, Any]) -> dict[str, float]:
        """Return every part by its address."""
        heads, mlps = self.heads_of(choice), self.mlps_of(choice)
        biases = self.biases_of(choice)
        parts = dict(self.outer_of(choice))
        for layer in range(self.layers):
            if layer in self.whole_layers:
                parts[f"L{layer}.attention"] = heads[layer].sum()
            else:
                for head in range(self.heads):
                    parts[f"L{layer}.H{head}"] = heads[layer, head]
            parts[f"L{layer}.MLP"] = mlps[layer]
            parts[f"L{layer}.attention bias"] = biases[0, layer]
            parts[f"L{layer}.MLP bias"] = biases[1, layer]
        return parts

    def value(self, choice: dict[str, Any]) -> float:
        """Return the number itself."""
        return sum(self.parts(choice).values()) + self.residue

    def depth(self, choice: dict[str, Any]) -> np.ndarray:
        """Return the sum after the embedding, and each attention and each MLP."""
        attention = self.heads_of(choice).sum(-1) + self.biases_of(choice)[0]
        mlp = self.mlps_of(choice) + self.biases_of(choice)[1]
        steps = np.stack([attention, mlp], 1).ravel()
        return np.cumsum([sum(self.outer_of(choice).values()), *steps])

    @cached_property
    def patch_colours(self) -> np.ndarray:
        random = np.random.default_rng(self.seed + 4)
        return random.integers(0, 256, (self.rows, self.columns, 3), dtype=np.uint8)

    @property
    def picture(self) -> np.ndarray:
        return self.patch_colours.repeat(self.patch, 0).repeat(self.patch, 1)

    def state(self, **changes: Any) -> dict[str, Any]:
        return {
            "model_name": self.name,
            "n_layers": self.layers,
            "n_heads": self.heads,
            "n_tokens": self.tokens,
            "grid": [self.rows, self.columns],
            "prefix_tokens": self.prefix,
            "picture": encode(self.picture),
            "class_names": NAMES,
            "class_descriptions": DESCRIPTIONS,
            "class_emoji": EMOJI,
            "output_classes": encode(np.array([0, 3, 1], np.uint16)),
            "output_probabilities": encode(np.array([0.9, 0.05, 0.03], np.float32)),
            "readable": [],
            "code_frame": ["before\n", "after\n"],
            **LOGIT,
            "component": "",
            "history": [],
            "undone": 0,
            **changes,
        }

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a request as the kernel would."""
        choice = {name: request[name] for name in LOGIT}
        if request["kind"] == "attribution":
            return self._split_answer(choice)
        layer = request["layer"]
        if request["kind"] == "neurons":
            return self._neurons_answer(choice, layer)
        if layer in self.whole_layers:
            return {"error": f"the heads of layer {layer} can't be told apart"}
        values = self.sources(choice)[layer, request["head"]]
        return answer_with({"values": values}, sums(values.sum(), values.sum()))

    def _split_answer(self, choice: dict[str, Any]) -> dict[str, Any]:
        heads = self.heads_of(choice)
        biases = self.biases_of(choice)
        attention = heads.sum(-1) + biases[0]
        apart = heads.copy()
        for layer in self.whole_layers:
            apart[layer] = np.nan
            attention[layer] -= biases[0, layer]
        outer = [
            {"name": name, "address": name, "value": float(value)}
            for name, value in self.outer_of(choice).items()
        ]
        arrays = {
            "heads": apart,
            "attention": attention,
            "attention_bias": biases[0],
            "mlp": self.mlps_of(choice),
            "mlp_bias": biases[1],
            "depth": self.depth(choice),
        }
        whole = [f"heads of layer {layer}: mixed" for layer in self.whole_layers]
        is_log = choice["measure"] == "log_probability"
        value = self.value(choice)
        result = {
            "value": value,
            "sum": value - self.residue,
            "residue": self.residue,
            "frozen": ["the final norm"],
            "whole": whole,
            "note": "A log-probability is no sum." if is_log else "",
            "outer": outer,
        }
        return answer_with(arrays, result)

    def _neurons_answer(self, choice: dict[str, Any], layer: int) -> dict[str, Any]:
        values = self.neuron_values(choice)[layer]
        index = np.argsort(-abs(values), kind="stable")[:SHOWN_NEURONS]
        rest = values.sum() - values[index].sum()
        result = sums(values.sum(), values.sum())
        result |= {"n_neurons": self.neurons, "rest": float(rest)}
        return answer_with({"index": index, "values": values[index]}, result)


def sums(total: float, parent: float) -> dict[str, Any]:
    return {
        "sum": float(total),
        "parent": float(parent),
        "residue": float(parent - total),
    }


def answer_with(
    arrays: dict[str, np.ndarray], result: dict[str, Any]
) -> dict[str, Any]:
    named = [
        {"name": name, **encode(array.astype(np.float32))}
        for name, array in arrays.items()
    ]
    return {"result": result, "arrays": named}
