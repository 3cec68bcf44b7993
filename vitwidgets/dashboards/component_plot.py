# bqplot and ipywidgets carry no types.
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
"""The scatter of components: dots above the line on which both numbers are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import bqplot as untyped_bqplot
import numpy as np

from vitwidgets.dashboards.component_dots import ACROSS, UP, dots_of, looks
from vitwidgets.dashboards.dot_plot import DotPlot
from vitwidgets.dashboards.type_markers import EDGE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from vitwidgets.dashboards.dot_plot import Dot, Rectangle
    from vitwidgets.methods import ComponentAgreement

bqplot = cast("Any", untyped_bqplot)

_NAMED = 5
"""Components whose names stand beside their dots: those that disagree most."""


class ComponentPlot:
    """Components as dots, with the diagonal and the names of a few.

    Parameters
    ----------
    n_layers
        Of the model.
    on_click
        Called with the address of the component whose dot was clicked.
    on_brush
        Called with the addresses inside the rectangle (none without a rectangle), and
        with whether it is finished.
    """

    def __init__(
        self,
        n_layers: int,
        *,
        on_click: Callable[[str], None],
        on_brush: Callable[[list[str], bool], None],
    ) -> None:
        self._on_brush = on_brush
        self._dots: list[Dot[str]] = []
        self._plot = DotPlot[str](
            looks(n_layers), on_click=on_click, on_brush=self._brushed
        )
        scales = self._plot.scales
        lines = {"scales": scales, "colors": [EDGE], "stroke_width": 1}
        self._equal = bqplot.Lines(x=[], y=[], line_style="dashed", **lines)
        self._zeros = bqplot.Lines(x=[[]], y=[[]], opacities=[0.5, 0.5], **lines)
        self._names = bqplot.Label(
            x=[],
            y=[],
            text=[],
            scales=scales,
            default_size=12,
            font_weight="normal",
            x_offset=8,
            y_offset=-6,
        )
        self._plot.show_below([self._zeros, self._equal])
        self._plot.show_above([self._names])
        self.box = self._plot.box
        self.box.add_class("vw-agreement-plot")

    def draw(self, found: ComponentAgreement) -> None:
        """Show these components, and no rectangle."""
        self._dots = dots_of(found)
        self._plot.draw(self._dots, ACROSS, UP, origin=True)
        (left, right), (low, high) = (self._ends(axis) for axis in ("x", "y"))
        shared = [max(left, low), min(right, high)]
        _put(self._equal, shared, shared)
        _put(self._zeros, [[left, right], [0, 0]], [[0, 0], [low, high]])
        named = found.disagreements(_NAMED)
        with self._names.hold_sync():
            self._names.text = np.array([row.address for row in named])
            _put(
                self._names, [row.direct for row in named], [row.total for row in named]
            )

    def light(self, addresses: Collection[str]) -> None:
        """Let these components stand out; if there is none, all are alike."""
        self._plot.light(addresses)
        if set(self._inside(self._plot.rectangle)) != set(addresses):
            self._plot.clear_brush()

    def ring(self, addresses: Collection[str]) -> None:
        """Draw a ring about these components."""
        self._plot.ring(addresses)

    def _ends(self, axis: str) -> tuple[float, float]:
        scale = self._plot.scales[axis]
        return scale.min, scale.max

    def _brushed(self, rectangle: Rectangle | None, finished: bool) -> None:
        inside = self._inside(rectangle)
        if not finished:
            self._plot.light(inside)
        self._on_brush(inside, finished)

    def _inside(self, rectangle: Rectangle | None) -> list[str]:
        if rectangle is None:
            return []
        return [dot.place for dot in self._dots if dot.within(rectangle)]


def _put(mark: Any, x: Sequence[Any], y: Sequence[Any]) -> None:
    with mark.hold_sync():
        mark.x, mark.y = np.array(x, float), np.array(y, float)
