"""Timing that holds on a noisy machine: variants take turns, ratios are per round."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Row:
    """One line of the table of budgets in ``docs/performance.md``."""

    what: str
    reference: str
    ours: str
    budget: str
    met: bool


@dataclass(frozen=True)
class Timing:
    """One variant beside the reference of its rounds.

    Attributes
    ----------
    seconds
        Median of its calls.
    ratio
        Median over the rounds of its seconds by the reference's.
    extra
        Median over the rounds of its seconds less the reference's.
    """

    seconds: float
    ratio: float
    extra: float


def take_turns(
    variants: Mapping[str, Callable[[], object]], *, rounds: int
) -> dict[str, Timing]:
    """Time functions in rounds, each round in another order.

    Parameters
    ----------
    variants
        Functions by name. The first one is the reference. Each should have been
        called before, since a first call is slower.
    rounds
        How often each is called.

    Returns
    -------
    dict
        Timings by name, in the same order.
    """
    names = list(variants)
    taken: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        first = turn % len(names)
        order = names[first:] + names[:first]
        for name in reversed(order) if turn % 2 else order:
            taken[name].append(_seconds(variants[name]))
    reference = taken[names[0]]
    return {
        name: Timing(
            seconds=statistics.median(mine),
            ratio=statistics.median(
                b / a for a, b in zip(reference, mine, strict=True)
            ),
            extra=statistics.median(
                b - a for a, b in zip(reference, mine, strict=True)
            ),
        )
        for name, mine in taken.items()
    }


def _seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def milliseconds(value: float) -> str:
    """Format seconds as milliseconds."""
    return f"{short(1000 * value)} ms"


def short(value: float) -> str:
    """Format a positive figure with three digits, or whole where it has more."""
    return f"{value:.3g}" if value < 999.5 else f"{value:.0f}"  # noqa: PLR2004
