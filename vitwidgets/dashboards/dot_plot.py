# bqplot and ipywidgets carry no types.
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
"""A scatter in which one points at dots and draws a rectangle about them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import bqplot as untyped_bqplot
import numpy as np
from ipywidgets import HTML, GridBox, Layout

from vitwidgets.dashboards.type_markers import EDGE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from vitwidgets.dashboards.type_markers import TypeMarker

bqplot = cast("Any", untyped_bqplot)

Place = TypeVar("Place", bound=Hashable)
"""What a dot stands for, such as the address of a head."""

Span = tuple[float, float]
"""Least and largest value."""
Rectangle = tuple[Span, Span]
"""From left to right, and from bottom to top."""

_SPARE = 0.06
"""Empty space about the points, as a share of what they span."""
_HEIGHT = "420px"
_MARGIN = {"top": 12, "bottom": 44, "left": 64, "right": 16}
_DOT, _RING = 80, 420
"""Areas of a dot and of a ring about one, in pixels."""

_BRUSH_STATE = ("brushing", "selected_x", "selected_y")

# A brush lies over the marks of its figure: neither a click nor a pointer reaches them.
# The dots are therefore in a second figure on top, which lets all pass but what hits a
# dot.
_STYLE = """<style>
.vw-dots, .vw-dots * { pointer-events: none !important; }
.vw-dots .dot { pointer-events: all !important; cursor: pointer; }
.vw-dots .dot[style*="fill: none"] { pointer-events: none !important; }
.vw-dot-words td.tooltiptext {
  white-space: pre-line;
  text-align: left;
  color: var(--jp-ui-font-color1, inherit);
}
.vw-dot-plot svg .axis text.axislabel { fill: var(--jp-ui-font-color1, currentColor); }
</style>"""


@dataclass(frozen=True)
class Dot(Generic[Place]):
    """What is drawn as a dot.

    Attributes
    ----------
    place
        What it stands for.
    kind
        Which of the plot's looks it has.
    x, y
        Where it is.
    words
        What pointing at it says; no two have the same.
    """

    place: Place
    kind: str
    x: float
    y: float
    words: str

    def within(self, rectangle: Rectangle) -> bool:
        """Say whether it lies in a rectangle, its edges included."""
        across, up = rectangle
        return across[0] <= self.x <= across[1] and up[0] <= self.y <= up[1]


class DotPlot(Generic[Place]):
    """Dots, a shape and colour for each kind, above axes and a brush.

    Parameters
    ----------
    looks
        How each kind of dot is drawn.
    on_click
        Called with the place of the dot that was clicked.
    on_brush
        Called with the rectangle (None: there is none now), and with whether it is
        finished.
    """

    def __init__(
        self,
        looks: Mapping[str, TypeMarker],
        *,
        on_click: Callable[[Place], None],
        on_brush: Callable[[Rectangle | None, bool], None],
    ) -> None:
        self._on_click, self._on_brush = on_click, on_brush
        self._points: Sequence[Dot[Place]] = ()
        self._scales = {
            name: bqplot.LinearScale(min=0, max=1, allow_padding=False)
            for name in ("x", "y")
        }
        self._axes = [
            bqplot.Axis(scale=self._scales["x"]),
            bqplot.Axis(scale=self._scales["y"], side="left", label_offset="3.5em"),
        ]
        self._brush = bqplot.interacts.BrushSelector(
            x_scale=self._scales["x"], y_scale=self._scales["y"], color=EDGE
        )
        self._brush.observe(self._brushed, _BRUSH_STATE)
        self._ring = self._scatter(
            colors=[EDGE],
            fill=False,
            default_size=_RING,
            stroke_width=2,
            display_names=False,
        )
        self._words = bqplot.Tooltip(fields=["name"], show_labels=False)
        self._words.add_class("vw-dot-words")
        self._dots = {kind: self._dots_like(look) for kind, look in looks.items()}
        self._ground = self._figure(axes=self._axes, interaction=self._brush)
        self._top = self._figure(
            marks=[self._ring, *self._dots.values()],
            background_style={"fill": "transparent"},
        )
        self._top.add_class("vw-dots")
        self.box = GridBox(
            [self._ground, self._top, HTML(_STYLE)],
            layout=Layout(grid_template_columns="minmax(0, 1fr)"),
        )
        self.box.add_class("vw-dot-plot")

    @property
    def rectangle(self) -> Rectangle | None:
        """The rectangle that a person has drawn, or None."""
        across, up = self._brush.selected_x, self._brush.selected_y
        if across is None or up is None:
            return None
        return _span(across), _span(up)

    @property
    def scales(self) -> dict[str, Any]:
        """The bqplot scales of both axes, ``x`` and ``y``."""
        return self._scales

    def show_below(self, marks: Sequence[Any]) -> None:
        """Draw bqplot marks on these scales below dots and brush, and none else."""
        self._ground.marks = list(marks)

    def show_above(self, marks: Sequence[Any]) -> None:
        """Draw bqplot marks on these scales above the dots; clicks go through them."""
        self._top.marks = [self._ring, *self._dots.values(), *marks]

    def draw(
        self,
        points: Sequence[Dot[Place]],
        across: str,
        up: str,
        *,
        origin: bool = False,
    ) -> None:
        """Show these dots, and no rectangle.

        Parameters
        ----------
        points
            The dots.
        across, up
            Titles of the axes.
        origin
            Whether both axes reach 0, wherever the dots are.
        """
        self.clear_brush()
        self._points = points
        for axis, title in zip(self._axes, (across, up), strict=True):
            axis.label = title
        more = [0.0] if origin else []
        _fit(self._scales["x"], [*more, *(point.x for point in points)])
        _fit(self._scales["y"], [*more, *(point.y for point in points)])
        for kind, dots in self._dots.items():
            _place(dots, [point for point in points if point.kind == kind])

    def light(self, places: Collection[Place]) -> None:
        """Let these dots stand out; if there is none, all are alike."""
        for kind, dots in self._dots.items():
            of_kind = [point.place for point in self._points if point.kind == kind]
            lit = [at for at, place in enumerate(of_kind) if place in places]
            dots.selected = np.array(lit, np.uint32) if places else None

    def ring(self, places: Collection[Place]) -> None:
        """Draw a ring about these dots, as far as they are there."""
        _place(self._ring, [point for point in self._points if point.place in places])

    def clear_brush(self) -> None:
        """Take the rectangle away, without a word to anybody."""
        self._brush.unobserve(self._brushed, _BRUSH_STATE)
        with self._brush.hold_sync():
            self._brush.selected_x = self._brush.selected_y = None
        self._brush.observe(self._brushed, _BRUSH_STATE)

    def _figure(self, **parts: Any) -> Any:
        return bqplot.Figure(
            fig_margin=_MARGIN,
            display_toolbar=False,
            # With the margin of widgets, all of its width would be too wide.
            layout=Layout(
                height=_HEIGHT, width="100%", margin="0", grid_area="1 / 1 / 2 / 2"
            ),
            **parts,
        )

    def _scatter(self, **style: Any) -> Any:
        return bqplot.Scatter(x=[], y=[], scales=self._scales, **style)

    def _dots_like(self, look: TypeMarker) -> Any:
        dots = self._scatter(
            marker=look.shape,
            colors=[look.colour],
            stroke=EDGE,
            stroke_width=1.5,
            default_size=_DOT,
            unselected_style={"opacity": "0.25"},
            display_names=False,
            names_unique=False,
            tooltip=self._words,
        )
        dots.on_element_click(self._clicked)
        return dots

    def _clicked(self, _dots: object, content: dict[str, Any]) -> None:
        # By its words, not its index: the axes may have changed on the way.
        words = content["data"]["name"]
        for point in self._points:
            if point.words == words:
                self._on_click(point.place)

    def _brushed(self, _change: object) -> None:
        self._on_brush(self.rectangle, not self._brush.brushing)


def _span(ends: Any) -> Span:
    return float(min(ends)), float(max(ends))


def _place(dots: Any, points: Sequence[Dot[Any]]) -> None:
    with dots.hold_sync():
        dots.selected = None
        dots.x = np.array([point.x for point in points])
        dots.y = np.array([point.y for point in points])
        dots.names = np.array([point.words for point in points])


def _fit(scale: Any, values: Sequence[float]) -> None:
    least, most = min(values, default=0.0), max(values, default=1.0)
    spare = _SPARE * (most - least) or 0.5
    with scale.hold_sync():
        scale.min, scale.max = least - spare, most + spare
