"""The heads of a tour as points: two of their statistics, and words about them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vitwidgets.dashboards.dot_plot import Dot
from vitwidgets.dashboards.type_markers import family
from vitwidgets.models.addresses import Address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vitwidgets.widgets.head_measurements import HeadMeasurements

Place = tuple[int, int]
"""Layer and head."""

_HALF_WIDTH = "_ci95"


@dataclass(frozen=True, eq=False)
class Statistic:
    """One statistic of all heads.

    Attributes
    ----------
    title
        A few words for a list.
    help
        A sentence that says what is measured.
    values
        ``(layer, head)``, NaN where there is no number.
    half_widths
        Of the 95 % intervals, likewise; None where none was measured.
    """

    title: str
    help: str
    values: NDArray[np.floating]
    half_widths: NDArray[np.floating] | None

    def words(self, layer: int, head: int) -> str:
        """Say one head's value: ``corners 0.834 ± 0.012``."""
        words = f"{self.title} {self.values[layer, head]:.3g}"
        if self.half_widths is None or math.isnan(self.half_widths[layer, head]):
            return words
        return f"{words} ± {self.half_widths[layer, head]:.2g}"


def statistics_of(measured: HeadMeasurements) -> dict[str, Statistic]:
    """Return the statistics of a model's heads by name, each with its intervals."""
    values = {
        column.name: table
        for column, table in zip(measured.columns, measured.values, strict=True)
    }
    numbers = measured.statistics.numbers
    half_widths = {name: numbers[name].numpy() for name in numbers} | values
    return {
        column.name: Statistic(
            column.title,
            column.help,
            values[column.name],
            half_widths.get(column.name + _HALF_WIDTH),
        )
        for column in measured.columns
        if not column.name.endswith(_HALF_WIDTH)
    }


def points_of(
    measured: HeadMeasurements, across: Statistic, up: Statistic
) -> list[Dot[Place]]:
    """Return the heads that have a value in both statistics."""
    return [
        _point(layer, head, kind, across, up)
        for layer, kinds in enumerate(measured.types)
        for head, kind in enumerate(kinds)
        if math.isfinite(across.values[layer, head])
        and math.isfinite(up.values[layer, head])
    ]


def without_value(statistics: Sequence[Statistic]) -> str:
    """Say how many heads each of these lacks; nothing where it lacks none."""
    return " ".join(
        f"{missing} {'head has' if missing == 1 else 'heads have'} no value for "
        f"“{title}”."
        for title, missing in {
            each.title: int(np.isnan(each.values).sum()) for each in statistics
        }.items()
        if missing
    )


def _point(
    layer: int, head: int, kind: dict[str, str], across: Statistic, up: Statistic
) -> Dot[Place]:
    lines = [
        f"{Address(layer, 'z', head)}: {kind['evidence']}",
        *dict.fromkeys(each.words(layer, head) for each in (across, up)),
    ]
    x, y = (float(each.values[layer, head]) for each in (across, up))
    return Dot((layer, head), family(kind["type"]), x, y, "\n".join(lines))
