# bqplot and ipywidgets carry no types.
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
"""Curves over layers, and a line that one moves along them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import bqplot as untyped_bqplot
import numpy as np
from ipywidgets import HTML, Box, Layout

from vitwidgets.dashboards.curve_styles import STYLES
from vitwidgets.dashboards.layer_curves import layer_name
from vitwidgets.dashboards.type_markers import EDGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vitwidgets.dashboards.curve_styles import CurveStyle
    from vitwidgets.dashboards.layer_curves import Curves

bqplot = cast("Any", untyped_bqplot)

Phase: TypeAlias = Literal["pressed", "moved", "let go"]

_PHASES: dict[str, Phase] = {
    "drag_start": "pressed",
    "drag": "moved",
    "drag_end": "let go",
}

_HEIGHT = 360
_MARGIN = {"top": 12, "bottom": 56, "left": 64, "right": 16}
_SPARE = 0.02
"""Room for markers above and below the axis, as a share of its length."""
_MOST_TICKS = 14
_ROOMY = 8
"""So many layers leave room for "embedding" and "L0" side by side."""
_STRIPS = 160
"""Strips that feel the pointer, side by side: no layer is wider than a few of them."""

# bqplot's own index selector says nothing when it is let go, and follows the pointer
# between two clicks instead of while a button is held. What is pressed and dragged here
# are invisible dots, drawn out to strips as high as the plot.
_STYLE = f"""<style>
.vw-layer-plot .object_grp .dot {{
  transform: scale(4, {_HEIGHT});
  opacity: 0 !important;
  pointer-events: all !important;
  cursor: ew-resize;
}}
.vw-layer-plot .curve {{ pointer-events: none; }}
.vw-layer-plot svg .axis text.axislabel {{
  fill: var(--jp-ui-font-color1, currentColor);
}}
</style>"""


class LayerPlot:
    """Curves over the layers of a model, with a line at one of them.

    Parameters
    ----------
    n_layers
        How many blocks the model has.
    on_move
        Called with the layer that the pointer is at, when it is pressed, each time it
        moves until it is let go, and then.
    """

    def __init__(self, n_layers: int, on_move: Callable[[int, Phase], None]) -> None:
        self._n_layers, self._on_move = n_layers, on_move
        ends = -1.5, n_layers - 0.5
        self._scales = {
            "x": bqplot.LinearScale(min=ends[0], max=ends[1], allow_padding=False),
            "y": bqplot.LinearScale(min=0, max=1, allow_padding=False),
        }
        self._axes = [
            bqplot.Axis(
                scale=self._scales["x"],
                label="layer",
                label_offset="2.7em",
                grid_lines="none",
                **_ticks(n_layers),
            ),
            bqplot.Axis(
                scale=self._scales["y"],
                side="left",
                label_offset="3.5em",
            ),
        ]
        self._curves = [self._curve(style) for style in STYLES]
        height = bqplot.LinearScale(min=0, max=1, allow_padding=False)
        upright = {"x": self._scales["x"], "y": height}
        self._line = bqplot.Lines(
            x=[0, 0], y=[0, 1], scales=upright, colors=[EDGE], stroke_width=3
        )
        self._strip_places = np.linspace(*ends, _STRIPS)
        self._strips = bqplot.Scatter(
            x=self._strip_places,
            y=np.full(_STRIPS, 0.5),
            scales=upright,
            marker="square",
            default_size=4,
            enable_move=True,
            restrict_x=True,
        )
        self._strips.on_drag_start(self._dragged)
        self._strips.on_drag(self._dragged)
        self._strips.on_drag_end(self._dragged)
        self._strips.observe(self._put_back, "x")
        figure = bqplot.Figure(
            marks=[self._line, *self._curves, self._strips],
            axes=self._axes,
            fig_margin=_MARGIN,
            display_toolbar=False,
            layout=Layout(height=f"{_HEIGHT}px", width="100%"),
        )
        self.box = Box(
            [figure, HTML(_STYLE)], layout=Layout(flex="1 1 420px", min_width="320px")
        )
        self.box.add_class("vw-layer-plot")

    def draw(self, curves: Curves) -> None:
        """Draw these curves in the order of the styles, and no others."""
        self._axes[1].label = curves.unit
        self._axes[1].tick_values = np.array(curves.ticks)
        scale, low, high = self._scales["y"], curves.ticks[0], curves.ticks[-1]
        spare = _SPARE * (high - low)
        with scale.hold_sync():
            scale.min, scale.max = low - spare, high + spare
        layers = np.arange(-1.0, self._n_layers)
        for place, mark in enumerate(self._curves):
            if place < len(curves.curves):
                _set(mark, layers, curves.curves[place].values.astype(np.float64))
            else:
                _set(mark, np.array([]), np.array([]))

    def mark(self, layer: int) -> None:
        """Put the line at a layer."""
        self._line.x = np.array([layer, layer], np.float64)

    def _curve(self, style: CurveStyle) -> Any:
        return bqplot.Lines(
            x=[],
            y=[],
            scales=self._scales,
            colors=[style.colour],
            line_style=style.dash,
            marker=style.marker,
            marker_size=48,
        )

    def _dragged(self, _strips: object, content: dict[str, Any]) -> None:
        self._on_move(self._layer(content), _PHASES[content["event"]])

    def _layer(self, content: dict[str, Any]) -> int:
        nearest = round(float(content["point"]["x"]))
        return min(max(nearest, -1), self._n_layers - 1)

    def _put_back(self, _change: object) -> None:
        # A strip stays where it was dragged to, and would leave a gap.
        if not np.array_equal(self._strips.x, self._strip_places):
            self._strips.x = self._strip_places


def _set(mark: Any, x: NDArray[np.floating], y: NDArray[np.floating]) -> None:
    with mark.hold_sync():
        mark.x, mark.y = x, y


def _ticks(n_layers: int) -> dict[str, Any]:
    every = -(-(n_layers + 1) // _MOST_TICKS)
    first = every - 1 or int(n_layers > _ROOMY)
    layers = [-1, *range(first, n_layers, every)]
    labels = {str(layer): layer_name(layer) for layer in layers}
    return {"tick_values": np.array(layers), "tick_labels": labels}
