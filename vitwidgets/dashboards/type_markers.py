"""A shape and a colour for each type of head, and the legend that shows them.

Each type has a shape of its own, so that the colour isn't needed; the colours are those
of the tour's badges.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


EDGE = "#808080"
"""Colour of all edges: it stands out from a white page and from a black one."""


@dataclass(frozen=True)
class TypeMarker:
    """How a type is drawn.

    Attributes
    ----------
    shape
        A marker of bqplot.
    colour
        Of its inside, as ``#rrggbb``.
    outline
        The same shape for the legend, as bqplot draws it: an SVG path about (0, 0).
    """

    shape: str
    colour: str
    outline: str


_MARKERS = {
    "offset": TypeMarker(
        "circle", "#4477aa", "M-4.5,0a4.5,4.5 0 1,0 9,0a4.5,4.5 0 1,0 -9,0Z"
    ),
    "corner": TypeMarker("square", "#ee6677", "M-4,-4h8v8h-8Z"),
    "border": TypeMarker("arrow", "#ccbb44", "M0,-10L3.2,10H-3.2Z"),
    "same row": TypeMarker(
        "ellipse", "#228833", "M-2.5,0a2.5,8 0 1,0 5,0a2.5,8 0 1,0 -5,0Z"
    ),
    "same column": TypeMarker("rectangle", "#66ccee", "M-2.2,-7.1h4.4v14.2h-4.4Z"),
    "CLS reader": TypeMarker("triangle-up", "#aa3377", "M0,-5.3L6.1,5.3H-6.1Z"),
    "register reader": TypeMarker("triangle-down", "#882255", "M0,5.3L6.1,-5.3H-6.1Z"),
    "sink": TypeMarker(
        "cross",
        "#ee7733",
        "M-5.4,-1.8h3.6v-3.6h3.6v3.6h3.6v3.6h-3.6v3.6h-3.6v-3.6h-3.6Z",
    ),
    "object": TypeMarker("diamond", "#009988", "M0,-7.4L4.3,0L0,7.4L-4.3,0Z"),
    "uniform": TypeMarker("plus", EDGE, "M0,-4V4M-4,0H4"),
    "mixed": TypeMarker("crosshair", EDGE, "M-4,-4L4,4M-4,4L4,-4"),
}
TYPES = tuple(_MARKERS)
"""All types, in the order of the legend: that of the rules, and `mixed`."""


def family(kind: str) -> str:
    """Return the type without the direction that an offset's name carries."""
    return kind.partition(" (")[0]


def marker(kind: str) -> TypeMarker:
    """Return the marker of a type, such as ``corner`` or ``offset``."""
    return _MARKERS[kind]


def legend(kinds: Iterable[str]) -> str:
    """Return the legend of these types, in HTML."""
    return " ".join(_entry(kind) for kind in kinds)


def _entry(kind: str) -> str:
    drawn = marker(kind)
    return (
        '<span style="display: inline-block; margin-right: 12px">'
        '<svg width="16" height="20" viewBox="-8 -10 16 20" aria-hidden="true" '
        'style="vertical-align: -5px">'
        f'<path d="{drawn.outline}" fill="{drawn.colour}" stroke="{EDGE}"/>'
        f"</svg> {escape(kind)}</span>"
    )
