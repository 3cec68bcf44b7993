"""Every type of head has a marker that one can see and tell apart."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import bqplot

from vitwidgets.dashboards.type_markers import EDGE, TYPES, family, legend, marker
from vitwidgets.methods.head_types import RULES

ROOT = Path(__file__).parents[3]


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_type_has_a_marker():
    assert (*(rule.name for rule in RULES), "mixed") == TYPES
    known = bqplot.Scatter.class_traits()["marker"].values
    assert all(marker(kind).shape in known for kind in TYPES)


def test_no_two_types_share_a_shape():
    assert len({marker(kind).shape for kind in TYPES}) == len(TYPES)


def test_colours_are_those_of_the_tours_badges():
    view = ROOT / "js/src/views/attention_head_tour"
    css = (view / "finder/finder.css").read_text("utf8")
    pattern = r"\.vw-type-([\w-]+) \{\s*--vw-type-colour: (#\w+);"
    badges = dict(re.findall(pattern, css))
    drawn = {kind.lower().replace(" ", "-"): marker(kind).colour for kind in TYPES}
    # These two have no inside: only their lines are seen.
    for lines in ("uniform", "mixed"):
        badges.pop(lines, None)
        assert drawn.pop(lines) == EDGE
    assert drawn == badges


def test_edges_stand_out_from_white_and_from_black():
    seen = luminance(EDGE)
    assert 1.05 / (seen + 0.05) >= 3
    assert (seen + 0.05) / (luminance("#111111") + 0.05) >= 3


def test_an_offset_is_one_type_whatever_its_direction():
    assert family("offset (0,-1)") == family("offset (2,1)") == "offset"
    assert family("same row") == "same row"


def test_the_legend_draws_and_names_each_type_in_its_colour():
    root = ET.fromstring(f"<div>{legend(['corner', 'same row'])}</div>")  # noqa: S314
    assert ["".join(entry.itertext()).strip() for entry in root] == [
        "corner",
        "same row",
    ]
    fills = [path.get("fill") for path in root.iter("path")]
    assert fills == [marker("corner").colour, marker("same row").colour]
