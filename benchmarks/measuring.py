"""Timing that holds on a noisy machine: variants take turns, ratios are per round."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Row:
    """One line of the table in ``docs/performance.md``."""

    what: str
    reference: str
    ours: str
    budget: str
    met: bool


@dataclass(frozen=True)
class Comparison:
    """Median seconds of both, and the median of the rounds' ratios."""

    reference: float
    ours: float
    ratio: float


def compare(
    reference: Callable[[], object],
    ours: Callable[[], object],
    *,
    rounds: int,
) -> Comparison:
    """Run the two in turn, the first of each round alternating."""
    reference()
    ours()
    pairs: list[tuple[float, float]] = []
    for turn in range(rounds):
        if turn % 2:
            second = seconds(ours)
            first = seconds(reference)
        else:
            first = seconds(reference)
            second = seconds(ours)
        pairs.append((first, second))
    return Comparison(
        reference=statistics.median(a for a, _ in pairs),
        ours=statistics.median(b for _, b in pairs),
        ratio=statistics.median(b / a for a, b in pairs),
    )


def seconds(function: Callable[[], object]) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def milliseconds(value: float) -> str:
    """Format seconds as milliseconds."""
    return f"{1000 * value:.3g} ms"
