"""What of a lens is drawn through all layers, as curves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from vitwidgets.widgets import EmojiLogitLens

MOST_FREQUENT = 6
"""Classes whose share of patches is drawn, besides those that a person chose: those
that most patches say, over all layers."""

_STEPS = 5
"""About as many steps as an axis has."""


@dataclass(frozen=True)
class Curve:
    """One curve.

    Attributes
    ----------
    name
        For people.
    values
        One for each layer, the embedding first.
    """

    name: str
    values: NDArray[np.floating]


@dataclass(frozen=True)
class Curves:
    """Curves on one pair of axes.

    Attributes
    ----------
    about
        Whose they are: a token, or all patches.
    unit
        Of the values: the title of their axis.
    curves
        What is drawn; no more than there are styles.
    ticks
        Round numbers from one end of the axis of values to the other.
    """

    about: str
    unit: str
    curves: list[Curve]
    ticks: list[float]


@dataclass(frozen=True)
class Quantity:
    """Something that can be drawn.

    Attributes
    ----------
    title, help
        For people.
    read
        Takes it from a lens.
    write
        Writes one value in a few characters.
    """

    title: str
    help: str
    read: Callable[[EmojiLogitLens], Curves]
    write: Callable[[float], str]


def layer_name(layer: int) -> str:
    """Name a layer as the view does."""
    return "embedding" if layer < 0 else f"L{layer}"


def _probabilities(lens: EmojiLogitLens) -> Curves:
    found = lens.curves()
    curves = _of_classes(lens, found["classes"], 100 * found["probabilities"])
    return Curves(_token(lens), "probability, %", curves, _ticks(curves, 0))


def _logits(lens: EmojiLogitLens) -> Curves:
    found = lens.curves()
    curves = _of_classes(lens, found["classes"], found["logits"])
    return Curves(_token(lens), "logit", curves, _ticks(curves))


def _entropy(lens: EmojiLogitLens) -> Curves:
    curves = [Curve("uncertainty", lens.curves()["entropy"])]
    most = math.log(len(lens.class_names))
    return Curves(_token(lens), "entropy, nats", curves, _ticks(curves, 0, most))


def _shares(lens: EmojiLogitLens) -> Curves:
    rows, columns = lens.grid
    first = lens.n_tokens - rows * columns
    said = lens.results["top_classes"][:, first:, 0]
    n_classes = len(lens.class_names)
    counts = np.stack([np.bincount(layer, minlength=n_classes) for layer in said])
    total = counts.sum(0)
    frequent = np.argsort(-total, kind="stable")[:MOST_FREQUENT].tolist()
    chosen = [index for index in (lens.target, lens.versus) if index >= 0]
    shown = list(dict.fromkeys([*chosen, *(each for each in frequent if total[each])]))
    shares = counts / said.shape[1]
    curves = _of_classes(lens, shown, 100 * shares[:, shown])
    return Curves("all patches", "share of patches, %", curves, _ticks(curves, 0))


QUANTITIES = {
    "probability": Quantity(
        "probability",
        "How likely the token finds each class, among all classes.",
        _probabilities,
        lambda value: f"{value:.3g} %",
    ),
    "logit": Quantity(
        "logit",
        "What the classifier gives each class before it is made a probability.",
        _logits,
        lambda value: f"{value:+.2f}",
    ),
    "entropy": Quantity(
        "uncertainty (entropy)",
        "Entropy of all classes: 0 where the token is sure of one class, the logarithm "
        "of their number where all are alike.",
        _entropy,
        lambda value: f"{value:.2f} nats",
    ),
    "share": Quantity(
        "share of patches",
        "How many of all patches find each class the likeliest.",
        _shares,
        lambda value: f"{value:.3g} %",
    ),
}
"""All that can be drawn, by name."""


def _of_classes(
    lens: EmojiLogitLens, classes: Iterable[int], values: NDArray[Any]
) -> list[Curve]:
    role = {lens.versus: " (compared with)", lens.target: " (chosen)"}
    return [
        Curve(
            f"{lens.class_emoji[index]} {lens.class_names[index]}{role.get(index, '')}",
            column,
        )
        for index, column in zip(classes, values.T, strict=True)
    ]


def _ticks(curves: Iterable[Curve], *further: float) -> list[float]:
    values = np.concatenate([further, *(curve.values for curve in curves)])
    low, high = float(values.min()), float(values.max())
    least = ((high - low) or 1.0) / _STEPS
    power = 10.0 ** math.floor(math.log10(least))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= least)
    first = math.floor(low / step)
    last = max(math.ceil(high / step), first + 1)
    return [float(f"{step * each:.12g}") for each in range(first, last + 1)]


def _token(lens: EmojiLogitLens) -> str:
    label = lens.model.grid.label(lens.token)
    return label if lens.model.grid.is_prefix(lens.token) else f"patch {label}"
