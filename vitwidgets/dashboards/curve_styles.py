"""A colour, a dash and a marker for each of a few curves, and the legend of them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class CurveStyle:
    """How a curve is drawn; no two share a marker, so that the colour isn't needed.

    Attributes
    ----------
    colour
        As ``#rrggbb``: it stands out from a white page and from a black one.
    dash
        A line style of bqplot.
    marker
        A marker of bqplot.
    outline
        The same marker for the legend: an SVG path about (0, 0).
    """

    colour: str
    dash: str
    marker: str
    outline: str

    @property
    def dashes(self) -> str:
        """What SVG calls the dash, short enough for a legend."""
        return _DASHES[self.dash]


_DASHES = {
    "solid": "none",
    "dashed": "6,4",
    "dotted": "2,4",
    "dash_dotted": "7,3,2,3",
}

STYLES = (
    CurveStyle("#3b82c4", "solid", "circle", "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0Z"),
    CurveStyle("#d95f02", "dashed", "square", "M-4,-4h8v8h-8Z"),
    CurveStyle("#1b8a5a", "dash_dotted", "triangle-up", "M0,-5L5,4H-5Z"),
    CurveStyle("#b04fc0", "dotted", "diamond", "M0,-6L4,0L0,6L-4,0Z"),
    CurveStyle("#9a7b0a", "solid", "triangle-down", "M0,5L5,-4H-5Z"),
    CurveStyle(
        "#d6436e",
        "dashed",
        "cross",
        "M-5,-2h3v-3h4v3h3v4h-3v3h-4v-3h-3Z",
    ),
    CurveStyle(
        "#0f8a99", "dash_dotted", "ellipse", "M-2,0a2,6 0 1,0 4,0a2,6 0 1,0 -4,0Z"
    ),
    CurveStyle("#7a6ad8", "dotted", "rectangle", "M-2,-6h4v12h-4Z"),
)
"""As many as there may be curves."""


@dataclass(frozen=True)
class Entry:
    """A line of the legend.

    Attributes
    ----------
    name
        Of the curve.
    value
        Of the curve at the present layer, for people.
    """

    name: str
    value: str


def legend(title: str, entries: Sequence[Entry]) -> str:
    """Return the legend of curves in the order of `STYLES`, in HTML."""
    rows = "".join(
        _row(style, entry) for style, entry in zip(STYLES, entries, strict=False)
    )
    return (
        '<table class="vw-curve-legend">'
        f"<caption>{escape(title)}</caption><tbody>{rows}</tbody></table>"
    )


def _row(style: CurveStyle, entry: Entry) -> str:
    return (
        '<tr><td><svg width="40" height="18" viewBox="-20 -9 40 18" '
        'aria-hidden="true">'
        f'<path d="M-20,0H20" stroke="{style.colour}" stroke-width="2" '
        f'stroke-dasharray="{style.dashes}"/>'
        f'<path d="{style.outline}" fill="{style.colour}"/></svg></td>'
        f"<th>{escape(entry.name)}</th><td>{escape(entry.value)}</td></tr>"
    )
