"""Heads and MLPs as dots: what each writes, what copying it does, and how it looks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from vitwidgets.dashboards.dot_plot import Dot
from vitwidgets.dashboards.type_markers import EDGE, TypeMarker

if TYPE_CHECKING:
    from vitwidgets.methods import ComponentAgreement
    from vitwidgets.methods.component_agreement import AgreementRow, Kind

ACROSS = "what it writes itself (attribution)"
UP = "what copying it does (patching)"

_RAMP = ((0x37, 0x6F, 0xD0), (0x0F, 0x8A, 0x80), (0xB0, 0x7A, 0x00), (0xD0, 0x3F, 0x5F))
"""Colours from the first layer to the last, red, green and blue; each stands out from a
white page and from a black one."""

_SHAPES: dict[Kind, tuple[str, str]] = {
    "head": ("circle", "M-4.5,0a4.5,4.5 0 1,0 9,0a4.5,4.5 0 1,0 -9,0Z"),
    "MLP": ("diamond", "M0,-7.4L4.3,0L0,7.4L-4.3,0Z"),
}
"""Of each kind, bqplot's marker and the same as an SVG path about (0, 0)."""

_SMALL = 0.1
"""What is less than this share of the larger number is as good as nothing."""


def layer_colour(layer: int, n_layers: int) -> str:
    """Give a layer's colour as ``#rrggbb``."""
    along = layer / max(1, n_layers - 1) * (len(_RAMP) - 1)
    first = min(int(along), len(_RAMP) - 2)
    share = along - first
    mixed = (
        round(a + share * (b - a))
        for a, b in zip(_RAMP[first], _RAMP[first + 1], strict=True)
    )
    return "#" + "".join(f"{each:02x}" for each in mixed)


def looks(n_layers: int) -> dict[str, TypeMarker]:
    """Give how heads and MLPs of each layer are drawn, by a name for both."""
    return {
        _look(kind, layer): TypeMarker(shape, layer_colour(layer, n_layers), outline)
        for layer in range(n_layers)
        for kind, (shape, outline) in _SHAPES.items()
    }


def dots_of(found: ComponentAgreement) -> list[Dot[str]]:
    """Give each component that was run as a dot, by its address."""
    return [
        Dot(
            row.address,
            _look(row.kind, row.layer),
            row.direct,
            row.total,
            _words(row, found.n_layers),
        )
        for row in found.rows()
    ]


def reading(row: AgreementRow, n_layers: int) -> str:
    """Say in a few words how the two numbers of a component differ."""
    direct, total = row.direct, row.total
    small = _SMALL * max(abs(direct), abs(total))
    if abs(row.indirect) <= small:
        return "both agree"
    if row.kind == "MLP" and row.layer == n_layers - 1:
        return "the final norm weighs it otherwise"  # no other part comes after it
    if abs(direct) <= small:
        return "works through later parts"
    if abs(total) <= small:
        return "later parts make up for it"
    return _when_both_count(direct, total)


def legend(n_layers: int) -> str:
    """Give the legend, in HTML: both shapes, and the colour of each layer."""
    shapes = "".join(
        f'<span style="margin-right: 12px">{_drawn(outline, EDGE)} {kind}</span>'
        for kind, (_, outline) in _SHAPES.items()
    )
    outline = _SHAPES["head"][1]
    layers = "".join(
        f'<span style="display: inline-block; margin-right: 8px">'
        f"{_drawn(outline, layer_colour(layer, n_layers))} L{layer}</span>"
        for layer in range(n_layers)
    )
    return f"<div>{shapes} {layers}</div>"


def table(found: ComponentAgreement, count: int) -> str:
    """Give the components that disagree most as a table, in HTML."""
    body = "".join(
        f'<tr><th scope="row">{escape(row.address)}</th>'
        f"<td>{signed(row.direct)}</td><td>{signed(row.total)}</td>"
        f"<td>{signed(row.indirect)}</td>"
        f"<td>{escape(reading(row, found.n_layers))}</td></tr>"
        for row in found.disagreements(count)
    )
    heads = ("component", "writes itself", "when copied", "differ by", "that is")
    columns = "".join(f'<th scope="col">{each}</th>' for each in heads)
    return (
        '<table class="vw-agreement-table">'
        "<caption>Where the two disagree most</caption>"
        f"<thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"
    )


def signed(value: float) -> str:
    """Write a share with its sign, and three digits after the point."""
    return f"{value:+.3f}".replace("-", "\N{MINUS SIGN}")


def _look(kind: Kind, layer: int) -> str:
    return f"{kind} of layer {layer}"


def _when_both_count(direct: float, total: float) -> str:
    if direct * total < 0:
        return "later parts turn it round"
    if abs(total) > abs(direct):
        return "later parts add to it"
    return "later parts take some of it back"


def _words(row: AgreementRow, n_layers: int) -> str:
    return "\n".join(
        (
            f"{row.address}: {reading(row, n_layers)}",
            f"writes itself {signed(row.direct)}",
            f"when copied {signed(row.total)}",
        )
    )


def _drawn(outline: str, colour: str) -> str:
    return (
        '<svg width="16" height="20" viewBox="-8 -10 16 20" aria-hidden="true" '
        'style="vertical-align: -5px">'
        f'<path d="{outline}" fill="{colour}" stroke="{EDGE}"/></svg>'
    )
