# bqplot and ipywidgets carry no types.
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
"""Bars of what a model says before and after, and the same as a table."""

from __future__ import annotations

from html import escape
from math import isnan
from typing import TYPE_CHECKING, Any, cast

import bqplot as untyped_bqplot
import numpy as np
from ipywidgets import HTML, Box, HBox, Layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from vitwidgets.methods import OffTarget

bqplot = cast("Any", untyped_bqplot)

SHOWN = 6
"""Classes that have a bar: the likeliest ones, before or after."""

_COLOURS = ("#8a8f98", "#d95f02")
_ROWS = 12
_STYLE = """<style>
.vw-concepts table { border-collapse: collapse; line-height: 1.5; }
.vw-concepts caption { text-align: left; font-weight: bold; padding-bottom: 4px; }
.vw-concepts th, .vw-concepts td { padding: 1px 8px; text-align: right; }
.vw-concepts th:first-child { text-align: left; }
.vw-concepts svg text { fill: var(--jp-ui-font-color1, currentColor) !important; }
</style>"""


class ConceptBars:
    """Probabilities of a few classes, two bars each.

    Parameters
    ----------
    class_names
        Of all classes.
    """

    def __init__(self, class_names: Sequence[str]) -> None:
        self._names = class_names
        scales = {
            "x": bqplot.OrdinalScale(),
            "y": bqplot.LinearScale(min=0, max=100, allow_padding=False),
        }
        self._bars = bqplot.Bars(
            x=[],
            y=[[], []],
            scales=scales,
            type="grouped",
            colors=list(_COLOURS),
            labels=["before", "after"],
            display_legend=True,
            padding=0.2,
        )
        axes = [
            bqplot.Axis(scale=scales["x"], grid_lines="none"),
            bqplot.Axis(
                scale=scales["y"],
                side="left",
                label="probability, %",
                label_offset="3em",
            ),
        ]
        figure = bqplot.Figure(
            marks=[self._bars],
            axes=axes,
            fig_margin={"top": 12, "bottom": 44, "left": 60, "right": 12},
            legend_location="top-right",
            display_toolbar=False,
            layout=Layout(height="300px", width="100%"),
        )
        self._table = HTML()
        self.box = HBox(
            [
                Box([figure], layout=Layout(flex="1 1 380px", min_width="320px")),
                self._table,
                HTML(_STYLE),
            ],
            layout=Layout(flex_flow="row wrap", align_items="center"),
        )
        self.box.add_class("vw-concepts")

    def draw(self, before: Tensor, after: Tensor) -> None:
        """Draw probabilities, ``(class,)`` each."""
        likeliest = before.maximum(after).argsort(descending=True, stable=True)
        chosen = [int(each) for each in likeliest[:SHOWN]]
        names = [self._names[index] for index in chosen]
        values = [
            [100 * float(each[index]) for index in chosen] for each in (before, after)
        ]
        with self._bars.hold_sync():
            self._bars.x, self._bars.y = names, np.array(values)
        rows = "".join(
            f"<tr><th>{escape(name)}</th><td>{_percent(first)}</td>"
            f"<td>{_percent(then)}</td><td>{_signed(then - first)}</td></tr>"
            for name, first, then in zip(names, *values, strict=True)
        )
        self._table.value = (
            "<table><caption>What it says</caption><thead><tr><th></th><th>before</th>"
            f"<th>after</th><th>change, percentage points</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )


def moved_table(found: OffTarget) -> str:
    """Return the classes that moved most as an HTML table, the target first."""
    rows = "".join(_row(found, index) for index in found.order[:_ROWS])
    return (
        f"<table><caption>What else moved, in {found.n_images} images</caption>"
        "<thead><tr><th></th><th>change of probability, percentage points</th>"
        "<th>named rightly before</th>"
        f"<th>after</th><th>images</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(found: OffTarget, index: int) -> str:
    count = int(found.counts[index])
    shares = [
        _percent(100 * int(right[index]) / count) if count else "no image"
        for right in (found.right_before, found.right_after)
    ]
    change, half = (
        100 * float(each[index])
        for each in (found.probability_change, found.probability_change_ci95)
    )
    # One image has no interval.
    sure = "" if isnan(half) else f" &plusmn; {half:.1f}"
    name = escape(found.class_names[index])
    meant = " (meant)" if index == found.target else ""
    return (
        f"<tr><th>{name}{meant}</th><td>{_signed(change)}{sure}</td>"
        f"<td>{shares[0]}</td><td>{shares[1]}</td><td>{count}</td></tr>"
    )


def _percent(number: float) -> str:
    """Give percents as HTML; only what is all or nothing looks like it."""
    text = f"{number:.1f}"
    if text == "100.0" and number < 100:  # noqa: PLR2004 (all, in percent)
        return "&gt; 99.9 %"
    if text == "0.0" and number > 0:
        return "&lt; 0.1 %"
    return f"{text} %"


def _signed(change: float) -> str:
    """Give a change with its sign, and none before what is nothing."""
    text = f"{change:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")
