"""What kind a head is of, by rules on its statistics.

The thresholds were chosen by looking at how the statistics of emoji-vit's 24 heads are
spread over 256 scenes, and then left alone; ``docs/reading-attention-heads.md`` has the
table, what other models score, and controls that should score nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitwidgets.models.addresses import Address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vitwidgets.methods.head_statistics import HeadStatistics

MIXED = "mixed"
OFFSET = "offset"


@dataclass(frozen=True)
class Rule:
    """When a head is of a type.

    Attributes
    ----------
    name
        The type.
    statistic
        Column of the head statistics that is the evidence.
    none
        What that column is without any such tendency; None for what uniform attention
        gives (``<statistic>_uniform``).
    threshold
        Least score, where the score is how far the statistic is on the way from `none`
        (0) to 1.
    beyond
        A column that the statistic has to exceed by `margin`, too.
    margin
        By how much.
    """

    name: str
    statistic: str
    threshold: float
    none: float | None = None
    beyond: str | None = None
    margin: float = 0.0


RULES: tuple[Rule, ...] = (
    Rule(OFFSET, "offset_mass", 0.4),
    Rule("corner", "corner_mass", 0.3),
    Rule("border", "border_mass", 0.4),
    Rule("same row", "row_mass", 0.4),
    Rule("same column", "column_mass", 0.4),
    Rule("CLS reader", "cls_mass", 0.5),
    Rule("register reader", "register_mass", 0.5),
    Rule("sink", "sink_mass", 0.3),
    Rule(
        "object",
        "object_auroc",
        0.5,
        none=0.5,
        beyond="object_auroc_elsewhere",
        margin=0.1,
    ),
    Rule("uniform", "relative_entropy", 0.75, none=0.8),
)
"""The types: a head is of the one whose score exceeds its threshold by most, relative
to what is left up to 1; `mixed` if none reaches it."""


@dataclass(frozen=True)
class Finding:
    """A type with its evidence.

    Attributes
    ----------
    name
        The type, with the direction where it is an offset: ``offset (0,-1)`` reads the
        patch to the left.
    statistic
        The column that it is seen in; empty for `mixed`.
    evidence
        The head's value there; NaN for `mixed`.
    strength
        From the threshold (0) to the most that there can be (1); below the threshold
        negative, down to what is without any such tendency (-1).
    """

    name: str
    statistic: str
    evidence: float
    strength: float

    def __str__(self) -> str:
        return f"{self.name} {self.evidence:.2f}" if self.statistic else self.name


@dataclass(frozen=True)
class HeadType:
    """What kind a head is of.

    Attributes
    ----------
    layer, head
        Which head.
    type
        Its type.
    runner_up
        The type that came nearest after it, whether or not its threshold was reached;
        None where nothing speaks for another.
    """

    layer: int
    head: int
    type: Finding
    runner_up: Finding | None

    @property
    def address(self) -> str:
        """What the head is called, such as ``L3.H2``."""
        return str(Address(self.layer, "z", self.head))

    def __str__(self) -> str:
        if not self.runner_up:
            return f"{self.address} {self.type}"
        # Each type is measured by a number of its own, so the larger one need not win.
        if self.type.name == MIXED:
            return f"{self.address} {self.type}, nearest to {self.runner_up}"
        return (
            f"{self.address} {self.type}, less clearly {self.runner_up} "
            "(on another scale)"
        )


def head_types(statistics: HeadStatistics) -> list[HeadType]:
    """Name the type of each head, layer by layer, by `RULES`."""
    n_layers, n_heads = statistics.numbers["entropy"].shape
    return [
        _head_type(statistics, layer, head)
        for layer in range(n_layers)
        for head in range(n_heads)
    ]


def _head_type(statistics: HeadStatistics, layer: int, head: int) -> HeadType:
    row = {
        name: float(values[layer, head]) for name, values in statistics.numbers.items()
    }
    findings = [found for rule in RULES if (found := _finding(rule, row)) is not None]
    findings.sort(key=lambda found: -found.strength)
    if not findings or findings[0].strength < 0:
        nearest = findings[0] if findings else None
        return HeadType(layer, head, Finding(MIXED, "", math.nan, 0.0), nearest)
    runner_up = findings[1] if len(findings) > 1 else None
    return HeadType(layer, head, findings[0], runner_up)


def _finding(rule: Rule, row: Mapping[str, float]) -> Finding | None:
    """Give a head's finding by one rule; None where nothing speaks for the type."""
    value = row[rule.statistic]
    none = row[f"{rule.statistic}_uniform"] if rule.none is None else rule.none
    if math.isnan(value) or none >= 1:
        return None
    if rule.beyond is not None and not value - row[rule.beyond] >= rule.margin:
        return None
    score = (value - none) / (1 - none)
    if score <= 0:
        return None
    beyond = score - rule.threshold
    strength = beyond / (1 - rule.threshold if beyond >= 0 else rule.threshold)
    name = rule.name
    if name == OFFSET:
        name = f"{name} ({row['offset_row']:.0f},{row['offset_col']:.0f})"
    return Finding(name, rule.statistic, value, strength)
