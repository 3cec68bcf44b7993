"""Checks of what is done in the attention head tour."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from vitwidgets.methods.head_types import MIXED, RULES
from vitwidgets.methods.statistic_columns import MEASURED
from vitwidgets.workshop.bench import head_name
from vitwidgets.workshop.checks.check import (
    Check,
    NotHereError,
    OneOf,
    Outcome,
    Verdict,
    Whole,
    counted,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vitwidgets.workshop.bench import Bench

_TOUR = ("AttentionHeadTour",)
_STATISTICS = OneOf((*MEASURED, "position_r2", "generality"))
_ENDS = OneOf(("most", "least"))
_WRITTEN: Mapping[str, str] = {
    "mean_distance": "{:.2f} patches",
    "entropy": "{:.2f} nats",
    "relative_entropy": "{:.2f}",
    "object_auroc": "{:.2f}",
    "object_auroc_elsewhere": "{:.2f}",
    "position_r2": "{:.2f}",
    "generality": "{:.2f}",
}
"""How a statistic is written; the others are shares of attention, in percent."""


def head_stands_out(bench: Bench, statistic: str, end: str, among: int) -> Verdict:
    """Tell whether the head in the large view has the most or least of a statistic.

    Right is each head with fewer than `among` that have more (or less) of it.
    """
    values = known(bench, statistic)
    view = bench.view
    chosen = head_name(view.layer, view.head)
    value = float(values[view.layer, view.head])
    if not np.isfinite(value):
        return Verdict(False, chosen, f"{chosen} has no such number: try another head.")
    beyond = _beyond(values, value, end)
    right = beyond < among
    said = f"{chosen} has {written(statistic, value)}{_beside(bench, statistic)}"
    way = "more" if end == "most" else "less"
    others = counted(beyond, f"other head has {way}", f"other heads have {way}")
    return Verdict(right, chosen, f"{said}; {others}.")


def pinned_extremes(bench: Bench, statistic: str, among: int) -> Verdict:
    """Tell whether a head with the most and one with the least of it are pinned."""
    values = known(bench, statistic)
    pins: list[tuple[int, int]] = list(bench.view.pins)
    names = ", ".join(head_name(*pin) for pin in pins) or "nothing"
    numbers = [values[pin] for pin in pins]
    high = any(_beyond(values, number, "most") < among for number in numbers)
    low = any(_beyond(values, number, "least") < among for number in numbers)
    told = ", ".join(
        f"{head_name(*pin)} {written(statistic, number)}"
        for pin, number in zip(pins, numbers, strict=True)
    )
    missing = {
        (True, True): "Both ends are there.",
        (True, False): "One with the least is missing.",
        (False, True): "One with the most is missing.",
        (False, False): "One with the most and one with the least are missing.",
    }[high, low]
    said = f"Pinned: {told or 'nothing'}. {missing}"
    return Verdict(high and low and len(pins) > 1, f"pinned {names}", said)


def one_token_gets(bench: Bench, percent: int) -> Verdict:
    """Tell whether a single token gets at least so much of what is shown.

    What is shown is a row of the pattern, of the head in the large view: the attention
    of one token, which adds up to 100 %.
    """
    view = bench.view
    most = max(float(block.max()) for block in bench.patterns)
    if 100 * most < percent:
        raise NotHereError(
            f"no token of {bench.model.name} gives {percent} % of its attention to one "
            f"token; the most is {100 * most:.0f} %"
        )
    label = bench.grid.label(view.query)
    what = f"{head_name(view.layer, view.head)} from {label}"
    if view.direction != "row" or view.shown != "pattern" or view.region:
        return Verdict(
            False,
            what,
            "Show attention from one token: “pattern”, what it looks at, no region.",
        )
    layer: int = view.layer
    row = bench.patterns[layer][view.head, view.query]
    given, place = float(row.max()), int(row.argmax())
    said = (
        f"From {label}, {head_name(view.layer, view.head)} gives "
        f"{bench.grid.label(place)} the most: {100 * given:.0f} %."
    )
    return Verdict(100 * given >= percent, what, said)


def query_is(bench: Bench, place: str) -> Verdict:
    """Tell whether the token that one looks from is at a place."""
    grid, token = bench.grid, bench.view.query
    label = grid.label(token)
    places = _places(bench, token)
    found = " and ".join(sorted(places)) or "in the middle"
    if place == "class token":
        _ = bench.class_token
    return Verdict(place in places, label, f"You look from {label}: {found}.")


def commonest_kind(bench: Bench) -> Outcome:
    """Tell which kind of head there is most of."""
    kinds = [
        kind.type.name.partition(" (")[0]
        for layer in bench.view.measurements.head_types
        for kind in layer
    ]
    counts = Counter(kinds).most_common()
    if len(counts) > 1 and counts[0][1] == counts[1][1]:
        raise NotHereError(f"two kinds are equally common in {bench.model.name}")
    told = ", ".join(f"{count} {name}" for name, count in counts)
    return Outcome(counts[0][0], f"Of {len(kinds)} heads: {told}.")


def last_layer_has(bench: Bench, statistic: str) -> Outcome:
    """Tell whether heads have more of it, on average, in the last layer."""
    values = known(bench, statistic)
    if len(values) < 2:  # noqa: PLR2004
        raise NotHereError(f"{bench.model.name} has one block only")
    ends: list[NDArray[Any]] = [values[0], values[-1]]
    first, last = (float(np.nanmean(end)) for end in ends)
    if not np.isfinite([first, last]).all() or first == last:
        raise NotHereError(f"the first and last block of {bench.model.name} are alike")
    said = (
        f"On average the heads of the first block have {written(statistic, first)}, "
        f"those of the last {written(statistic, last)}."
    )
    return Outcome("more" if last > first else "less", said)


def removal_matters(bench: Bench, among: int) -> Verdict:
    """Tell whether removing the head in the large view changes the answer most."""
    ablation = bench.view.measurements.ablation
    if ablation is None:
        raise NotHereError(
            f"what removing each head of {bench.model.name} does was not measured"
        )
    changes: NDArray[Any] = ablation.logit_change.numpy()
    view = bench.view
    chosen = head_name(view.layer, view.head)
    change = changes[view.layer, view.head]
    beyond = int((np.abs(changes) > abs(change)).sum())
    said = (
        f"Without {chosen} the logit of the right answer changes by {change:+.2f}; "
        f"{counted(beyond, 'other head changes', 'other heads change')} it more."
    )
    return Verdict(beyond < among, chosen, said)


def known(bench: Bench, statistic: str) -> NDArray[Any]:
    """Give a statistic of all heads, ``(layer, head)``.

    Raises
    ------
    NotHereError
        When it was measured of none.
    """
    values = bench.statistics.get(statistic)
    if values is None or not np.isfinite(values).any():
        raise NotHereError(
            f"{statistic} was not measured of the heads of {bench.model.name}"
        )
    return values


def _beyond(values: NDArray[Any], value: float, end: str) -> int:
    """Count the heads that have more than a value, or less."""
    return int((values > value if end == "most" else values < value).sum())


def _beside(bench: Bench, statistic: str) -> str:
    """Say what the number of the large head has to be compared with, if anything."""
    place = bench.view.layer, bench.view.head
    if statistic == "object_auroc":
        usual = float(bench.statistics["object_auroc_elsewhere"][place])
        told = f" (knowing where objects usually are: {usual:.2f})"
        return told if np.isfinite(usual) else ""
    uniform = bench.statistics.get(f"{statistic}_uniform")
    if uniform is None:
        return ""
    even = written(statistic, float(uniform[place]))
    return f" (a head that looks everywhere alike: {even})"


def written(statistic: str, value: float) -> str:
    """Write a head's statistic for people.

    Parameters
    ----------
    statistic
        Its name.
    value
        Its value.
    """
    if statistic in _WRITTEN:
        return _WRITTEN[statistic].format(value)
    return f"{100 * value:.0f} %"


def _places(bench: Bench, token: int) -> set[str]:
    grid = bench.grid
    if grid.is_prefix(token):
        return {"class token"} if grid.label(token) == "cls" else {"a prefix token"}
    row, column = grid.position(token)
    down, across = row in (0, grid.rows - 1), column in (0, grid.cols - 1)
    found: set[str] = {"edge"} if down or across else set()
    return found | ({"corner"} if down and across else set())


CHECKS: Mapping[str, Check] = {
    "head_stands_out": Check(
        _TOUR,
        head_stands_out,
        {"statistic": _STATISTICS, "end": _ENDS, "among": Whole()},
    ),
    "pinned_extremes": Check(
        _TOUR, pinned_extremes, {"statistic": _STATISTICS, "among": Whole()}
    ),
    "one_token_gets": Check(_TOUR, one_token_gets, {"percent": Whole()}),
    "query_is": Check(
        _TOUR, query_is, {"place": OneOf(("class token", "corner", "edge"))}
    ),
    "commonest_kind": Check(
        _TOUR, commonest_kind, outcomes=(*(rule.name for rule in RULES), MIXED)
    ),
    "last_layer_has": Check(
        _TOUR,
        last_layer_has,
        {"statistic": _STATISTICS},
        outcomes=("more", "less"),
    ),
    "removal_matters": Check(_TOUR, removal_matters, {"among": Whole()}),
}
