# ipywidgets carries no types.
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
"""The heads of a tour by two of their statistics: chosen here, seen there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, Button, Dropdown, HBox, Label, Layout, VBox
from traitlets import Unicode, link, validate

from vitwidgets.dashboards.closing import close_parts
from vitwidgets.dashboards.dot_plot import DotPlot
from vitwidgets.dashboards.head_points import (
    Place,
    points_of,
    statistics_of,
    without_value,
)
from vitwidgets.dashboards.type_markers import TYPES, family, legend, marker
from vitwidgets.models.addresses import Address

if TYPE_CHECKING:
    from vitwidgets.dashboards.dot_plot import Dot, Rectangle
    from vitwidgets.widgets import AttentionHeadTour

_HINT = "Drag over heads to see only them in the tour. Click a head to open it there."
_OPEN_HEAD = ("layer", "head")


def head_statistics(
    tour: AttentionHeadTour, *, x: str = "mean_distance", y: str = "entropy"
) -> HeadScatter:
    """Show the heads of a tour as a scatter of any two of their statistics.

    A rectangle drawn over heads chooses what the tour shows, a click on a head opens it
    there, and what is chosen or opened in the tour is marked here.

    Parameters
    ----------
    tour
        The tour whose heads are shown, with what it measured of them.
    x, y
        Names of two statistics, as in ``tour.measurements.columns``.

    Returns
    -------
    scatter
        A widget with the traits ``x`` and ``y``.

    Raises
    ------
    ValueError
        When the tour has no such statistic.
    """
    return HeadScatter(tour, x, y)


class HeadScatter(VBox):
    """The heads of a tour by two of their statistics; see :func:`head_statistics`."""

    x = Unicode(help="Statistic that grows from left to right.")
    y = Unicode(help="Statistic that grows from bottom to top.")

    def __init__(self, tour: AttentionHeadTour, x: str, y: str) -> None:
        self._statistics = statistics_of(tour.measurements)
        x, y = self._checked(x), self._checked(y)
        self._tour = tour
        self._points: list[Dot[Place]] = []
        types = [kind["type"] for layer in tour.measurements.types for kind in layer]
        self._n_heads = len(types)
        kinds = sorted({family(kind) for kind in types}, key=TYPES.index)
        self._plot = DotPlot[Place](
            {kind: marker(kind) for kind in kinds},
            on_click=self._open,
            on_brush=self._brushed,
        )
        self._across, self._up = self._choice("across", x), self._choice("up", y)
        self._all = Button(description="Show all heads")
        self._all.on_click(self._choose_all)
        self._status = Label()
        super().__init__(
            [
                HBox([self._across, self._up, self._all]),
                HTML(legend(kinds)),
                self._plot.box,
                self._status,
                Label(_HINT),
            ],
            x=x,
            y=y,
            layout=Layout(max_width="900px"),
        )
        self._links = [
            link((self, "x"), (self._across, "value")),
            link((self, "y"), (self._up, "value")),
        ]
        self._redraw()
        self.observe(self._redraw, ["x", "y"])
        tour.observe(self._mark_selection, "selection")
        tour.observe(self._mark_open_head, _OPEN_HEAD)

    def close(self) -> None:
        """Close the scatter and all that it is made of; the tour stays as it is."""
        if self.comm is None:
            return
        self._tour.unobserve(self._mark_selection, "selection")
        self._tour.unobserve(self._mark_open_head, _OPEN_HEAD)
        for each in self._links:
            each.unlink()
        close_parts(self)
        super().close()

    @validate("x", "y")
    def _validate_name(self, proposal: dict[str, Any]) -> str:
        return self._checked(proposal["value"])

    def _checked(self, name: str) -> str:
        if name not in self._statistics:
            raise ValueError(
                f"the tour has no statistic {name!r:.100}; it has "
                f"{', '.join(self._statistics)}"
            )
        return name

    def _choice(self, description: str, name: str) -> Any:
        options = [(each.title, name) for name, each in self._statistics.items()]
        return Dropdown(options=options, value=name, description=description)

    def _redraw(self, _change: object = None) -> None:
        across, up = self._statistics[self.x], self._statistics[self.y]
        self._across.tooltip, self._up.tooltip = across.help, up.help
        self._points = points_of(self._tour.measurements, across, up)
        self._plot.draw(self._points, across.title, up.title)
        self._mark_selection()
        self._mark_open_head()

    def _mark_open_head(self, _change: object = None) -> None:
        self._plot.ring([(self._tour.layer, self._tour.head)])

    def _mark_selection(self, _change: object = None) -> None:
        chosen = set(self._tour.selection)
        if not chosen or set(self._inside(self._plot.rectangle)) != chosen:
            self._plot.clear_brush()
        self._plot.light(chosen)
        self._all.disabled = not chosen
        self._status.value = self._summary(len(chosen))

    def _summary(self, n_chosen: int) -> str:
        chosen = (
            f"{n_chosen} of {self._n_heads}" if n_chosen else f"All {self._n_heads}"
        )
        shown = [self._statistics[name] for name in (self.x, self.y)]
        parts = [
            f"{chosen} heads are chosen.",
            f"Measured over {self._tour.measurements.over}.",
            without_value(shown),
        ]
        return " ".join(part for part in parts if part)

    def _inside(self, rectangle: Rectangle | None) -> list[Place]:
        if rectangle is None:
            return []
        return [point.place for point in self._points if point.within(rectangle)]

    def _brushed(self, rectangle: Rectangle | None, finished: bool) -> None:
        inside = self._inside(rectangle)
        if finished:
            self._choose(inside)
        else:
            self._plot.light(inside)

    def _choose_all(self, _button: object) -> None:
        self._choose([])

    def _choose(self, heads: list[Place]) -> None:
        self._tour.act("choose heads", selection=heads)
        # Where that changes nothing, nobody says so, and the plot shows what it was.
        self._mark_selection()

    def _open(self, place: Place) -> None:
        layer, head = place
        address = str(Address(layer, "z", head))
        self._tour.act("open", address, layer=layer, head=head)
