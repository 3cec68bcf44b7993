# bqplot and ipywidgets carry no types.
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
"""All heads as a grid of cells, a colour and a few words in each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import bqplot as untyped_bqplot
import numpy as np
from ipywidgets import HTML, Layout, VBox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

bqplot = cast("Any", untyped_bqplot)

_LOW, _HIGH = "#f4f7fb", "#62a0da"
"""Colours of 0 and 1: black can be read on both."""
_INK = "#101418"
_NOTHING = "#b5b5b5"
_FRAME = "#d4490f"
_MARGIN = {"top": 44, "bottom": 8, "left": 58, "right": 8}
_MOST_WORDS, _MOST_NUMBERS = 6, 16
"""Heads of a layer whose cells have room for a word, and for a number."""
_LARGE, _SMALL = 46, 24
"""Heights of a cell with and without a number, in pixels."""
_LETTERS = 12
"""Of a word in a cell; the rest is cut off, and said where one points at it."""
_STYLE = """<style>
.vw-head-grid { overflow-x: auto; }
.vw-head-grid svg .axis text, .vw-head-grid svg .axis text.axislabel {
  fill: var(--jp-ui-font-color1, currentColor);
}
.vw-head-title td.tooltiptext { color: var(--jp-ui-font-color1, inherit); }
.vw-head-grid svg :is(text, path.line) { pointer-events: none; }
.vw-head-grid .dot { cursor: pointer; opacity: 0 !important; }
</style>"""


class HeadGrid:
    """A row of cells for each layer, the first at the top.

    Parameters
    ----------
    shares
        ``(layer, head)``, 0 to 1, or NaN: what cells are coloured by.
    words
        By layer and head a word to write in the cell; "" for none.
    titles
        What pointing at a cell says, by layer and head; no two are the same.
    on_click
        Called with layer and head of the cell that was clicked.
    """

    def __init__(
        self,
        shares: NDArray[np.floating],
        words: Sequence[Sequence[str]],
        titles: Sequence[Sequence[str]],
        on_click: Callable[[int, int], None],
    ) -> None:
        self._on_click = on_click
        self._places = {
            title: (layer, head)
            for layer, row in enumerate(titles)
            for head, title in enumerate(row)
        }
        n_layers, n_heads = shares.shape
        self._scales = {
            "x": bqplot.LinearScale(min=0, max=n_heads, allow_padding=False),
            "y": bqplot.LinearScale(
                min=0, max=n_layers, allow_padding=False, reverse=True
            ),
        }
        height = _LARGE if n_heads <= _MOST_NUMBERS else _SMALL
        abreast = 2 if n_heads <= _MOST_WORDS else 1
        self._frame = bqplot.Lines(
            x=[], y=[], scales=self._scales, colors=[_FRAME], stroke_width=3
        )
        self._figure = bqplot.Figure(
            marks=[
                self._heat_map(shares),
                *self._texts(shares, words),
                self._frame,
                self._targets(height, abreast),
            ],
            axes=[
                _axis(self._scales["x"], n_heads, "head", side="top"),
                _axis(self._scales["y"], n_layers, "layer", side="left"),
            ],
            fig_margin=_MARGIN,
            display_toolbar=False,
            layout=_size(abreast * height * n_heads, height * n_layers),
        )
        # No wider than the figure: the legend's sentence goes over several lines.
        self.box = VBox(
            [self._figure, HTML(_legend()), HTML(_STYLE)],
            layout=Layout(width="min-content", max_width="100%"),
        )
        self.box.add_class("vw-head-grid")

    def frame(self, layer: int, head: int) -> None:
        """Draw a frame about one cell, and none else."""
        with self._frame.hold_sync():
            self._frame.x = np.array([0, 1, 1, 0, 0], float) + head
            self._frame.y = np.array([0, 0, 1, 1, 0], float) + layer

    def _heat_map(self, shares: NDArray[np.floating]) -> Any:
        n_layers, n_heads = shares.shape
        # bqplot takes a grid of one row or column for a list, and draws none: one more
        # of each lies out of sight.
        padded = np.full((n_layers + 1, n_heads + 1), np.nan)
        padded[:n_layers, :n_heads] = shares
        return bqplot.GridHeatMap(
            color=padded,
            row=np.arange(n_layers + 2.0),
            column=np.arange(n_heads + 2.0),
            scales={
                "row": self._scales["y"],
                "column": self._scales["x"],
                "color": bqplot.ColorScale(colors=[_LOW, _HIGH], min=0, max=1),
            },
            null_color=_NOTHING,
            stroke="white",
        )

    def _targets(self, side: int, abreast: int) -> Any:
        """Give squares that fill the cells, unseen: clicks on cells carry no place."""
        middles = (np.arange(abreast) + 0.5) / abreast
        at = [
            (head + middle, layer + 0.5, title)
            for title, (layer, head) in self._places.items()
            for middle in middles
        ]
        x, y, names = zip(*at, strict=True)
        words = bqplot.Tooltip(fields=["name"], show_labels=False)
        words.add_class("vw-head-title")
        targets = bqplot.Scatter(
            x=np.array(x),
            y=np.array(y),
            names=np.array(names),
            scales=self._scales,
            marker="square",
            default_size=side**2,
            display_names=False,
            names_unique=False,
            tooltip=words,
        )
        targets.on_element_click(self._clicked)
        return targets

    def _texts(
        self, shares: NDArray[np.floating], words: Sequence[Sequence[str]]
    ) -> list[Any]:
        n_layers, n_heads = shares.shape
        if n_heads > _MOST_NUMBERS:
            return []
        with_words = n_heads <= _MOST_WORDS
        rows, columns = np.indices((n_layers, n_heads))
        numbers = ["" if np.isnan(each) else f"{each:.0%}" for each in shares.flat]
        lines = [(numbers, 11, "normal", 10 if with_words else 0)]
        if with_words:
            first = [_cut(word) for layer in words for word in layer]
            lines.append((first, 13, "bold", -7))
        return [
            bqplot.Label(
                x=columns.ravel() + 0.5,
                y=rows.ravel() + 0.5,
                text=np.array(texts),
                scales=self._scales,
                align="middle",
                colors=[_INK],
                default_size=size,
                font_weight=weight,
                y_offset=offset,
            )
            for texts, size, weight, offset in lines
        ]

    def _clicked(self, _targets: object, content: dict[str, Any]) -> None:
        self._on_click(*self._places[content["data"]["name"]])


def _size(width: int, height: int) -> Layout:
    """Lay out a figure whose cells take this much, in pixels."""
    across = width + _MARGIN["left"] + _MARGIN["right"]
    down = height + _MARGIN["top"] + _MARGIN["bottom"]
    return Layout(width=f"{across}px", height=f"{down}px", flex="none", margin="0")


def _cut(word: str) -> str:
    return word if len(word) <= _LETTERS else f"{word[: _LETTERS - 1]}…"


def _axis(scale: Any, count: int, label: str, **where: str) -> Any:
    middles = np.arange(count) + 0.5
    return bqplot.Axis(
        scale=scale,
        label=label,
        tick_values=middles,
        tick_labels={str(middle): str(at) for at, middle in enumerate(middles)},
        grid_lines="none",
        **where,
    )


def _legend() -> str:
    return (
        '<div style="line-height: 1.4">'
        f'0 % <span aria-hidden="true" style="display: inline-block; width: 90px; '
        f"height: 10px; border: 1px solid #808080; background: "
        f'linear-gradient(to right, {_LOW}, {_HIGH})"></span> 100 % of what differs '
        "between images is explained by the head's words</div>"
    )
