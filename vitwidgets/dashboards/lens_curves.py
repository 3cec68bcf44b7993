# ipywidgets carries no types.
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
"""What a lens reads through all layers: a layer chosen here is seen there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, Dropdown, HBox, Label, Layout, VBox
from traitlets import Unicode, link, validate

from vitwidgets.dashboards.closing import close_parts
from vitwidgets.dashboards.curve_styles import Entry, legend
from vitwidgets.dashboards.layer_curves import QUANTITIES, layer_name
from vitwidgets.dashboards.layer_plot import LayerPlot

if TYPE_CHECKING:
    from vitwidgets.dashboards.layer_plot import Phase
    from vitwidgets.widgets import EmojiLogitLens

_HINT = "Click a layer, or drag along the curves: the lens follows."
_CLOSED = "The lens was closed: these are its last curves."
_DRAWN = ("token", "target", "versus", "lens", "norm")
_STYLE = """<style>
.vw-curve-legend { border-collapse: collapse; line-height: 1.4; }
.vw-curve-legend caption { text-align: left; font-weight: bold; padding-bottom: 4px; }
.vw-curve-legend th { text-align: left; font-weight: normal; padding: 2px 12px 2px 6px }
.vw-curve-legend td { white-space: nowrap; text-align: right; padding: 2px 0; }
.vw-curve-legend svg { display: block; }
</style>"""


def lens_dashboard(lens: EmojiLogitLens, *, shown: str = "probability") -> LensCurves:
    """Show what a lens reads through all layers, as curves that one moves along.

    A click or a drag along the curves moves the lens to that layer; another layer,
    token, class, lens or norm that is chosen in the lens is shown here.

    Parameters
    ----------
    lens
        The lens whose numbers are drawn.
    shown
        ``"probability"`` or ``"logit"`` of the likeliest classes of the lens's token
        and of its target; the token's ``"entropy"``; or ``"share"``, the share of
        patches that say each of the most frequent classes.

    Returns
    -------
    curves
        A widget with the trait ``shown``.

    Raises
    ------
    ValueError
        When there is nothing of that name to show.
    RuntimeError
        When the lens was closed.
    """
    return LensCurves(lens, shown)


class LensCurves(VBox):
    """What a lens reads through all layers; see :func:`lens_dashboard`."""

    shown = Unicode(help="What is drawn: probability, logit, entropy or share.")

    def __init__(self, lens: EmojiLogitLens, shown: str) -> None:
        self._drawn = QUANTITIES[_checked(shown)].read(lens)
        self._lens = lens
        self._before = lens.layer
        self._plot = LayerPlot(lens.n_layers, self._move)
        options = [(each.title, name) for name, each in QUANTITIES.items()]
        self._choice = Dropdown(options=options, value=shown, description="show")
        self._legend = HTML(layout=Layout(flex="0 1 auto", min_width="230px"))
        self._hint = Label(_HINT)
        super().__init__(
            [
                self._choice,
                HBox(
                    [self._plot.box, self._legend],
                    layout=Layout(flex_flow="row wrap", align_items="center"),
                ),
                self._hint,
                HTML(_STYLE),
            ],
            shown=shown,
            layout=Layout(max_width="1000px"),
        )
        self._link = link((self, "shown"), (self._choice, "value"))
        self._redraw()
        self.observe(self._redraw, "shown")
        lens.observe(self._redraw, _DRAWN)
        lens.observe(self._mark_layer, "layer")
        lens.observe(self._lens_closed, "comm")

    def close(self) -> None:
        """Close the curves and all that they are made of; the lens stays as it is."""
        if self.comm is None:
            return
        self._lens.unobserve(self._redraw, _DRAWN)
        self._lens.unobserve(self._mark_layer, "layer")
        self._lens.unobserve(self._lens_closed, "comm")
        self._link.unlink()
        close_parts(self)
        super().close()

    @validate("shown")
    def _validate_shown(self, proposal: dict[str, Any]) -> str:
        if self._lens.comm is None:
            raise RuntimeError(f"{_CLOSED} Make a new lens for others.")
        return _checked(proposal["value"])

    def _redraw(self, _change: object = None) -> None:
        quantity = QUANTITIES[self.shown]
        self._drawn = quantity.read(self._lens)
        self._choice.tooltip = quantity.help
        self._plot.draw(self._drawn)
        self._mark_layer()

    def _mark_layer(self, _change: object = None) -> None:
        layer, write = self._lens.layer, QUANTITIES[self.shown].write
        self._plot.mark(layer)
        self._legend.value = legend(
            f"{self._drawn.about}, {layer_name(layer)}",
            [
                Entry(curve.name, write(float(curve.values[layer + 1])))
                for curve in self._drawn.curves
            ],
        )

    def _move(self, layer: int, phase: Phase) -> None:
        lens = self._lens
        if phase == "pressed":
            self._before = lens.layer
        if phase != "let go":
            lens.layer = layer
            return
        # Layers passed by; where the pointer was let go is one act, and undone at once.
        with lens.hold_sync(), lens.hold_trait_notifications():
            lens.layer = self._before
            lens.act("go to", layer_name(layer), layer=layer)

    def _lens_closed(self, _change: object) -> None:
        self._choice.disabled = True
        self._hint.value = _CLOSED


def _checked(name: str) -> str:
    if name not in QUANTITIES:
        raise ValueError(
            f"{name!r:.100} can't be shown; choose {', '.join(QUANTITIES)}"
        )
    return name
