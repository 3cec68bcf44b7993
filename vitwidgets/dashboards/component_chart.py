# ipywidgets carries no types.
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
"""The chart of what components write against what copying them does."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, cast

from ipywidgets import HTML, Button, Layout, VBox
from tqdm import tqdm

from vitwidgets.dashboards.closing import close_parts
from vitwidgets.dashboards.component_dots import legend, table
from vitwidgets.dashboards.component_edits import copied, with_copy_toggled
from vitwidgets.dashboards.component_plot import ComponentPlot
from vitwidgets.dashboards.component_runs import agreement_of

if TYPE_CHECKING:
    from vitwidgets.methods import ComponentAgreement
    from vitwidgets.widgets import ClickToPatch

_HINT = (
    "Drag over dots to mark them in the view. Click a dot to copy that component from "
    "the donor, or to take it back: a ring is about what is copied. On the dashed line "
    "both numbers are equal."
)
_CLOSED = "The view was closed: this is what was measured last."
_STALE = "The view has another donor or class now."
_ROWS = 5
_STYLE = """<style>
.vw-agreement-table { border-collapse: collapse; line-height: 1.5; }
.vw-agreement-table caption {
  text-align: left;
  font-weight: bold;
  padding-bottom: 4px;
}
.vw-agreement-table th, .vw-agreement-table td { padding: 1px 8px; text-align: right; }
.vw-agreement-table th:first-child, .vw-agreement-table :is(th, td):last-child {
  text-align: left;
}
.vw-agreement-plot svg text.label {
  fill: var(--jp-ui-font-color1, currentColor) !important;
}
</style>"""


class AgreementChart(VBox):
    """Attribution against patching; see :func:`agreement`.

    Parameters
    ----------
    view
        Where components are marked and copied.
    whole
        Whether the view is part of the chart: shown below it, and closed with it.
    """

    def __init__(self, view: ClickToPatch, *, whole: bool) -> None:
        self._view = view
        self._asked = _question(view)
        self._found = _first_measured(view)
        n_layers = view.model.config.n_layers
        self._plot = ComponentPlot(
            n_layers, on_click=self._toggle, on_brush=self._brushed
        )
        self._title, self._table = HTML(), HTML()
        self._again = Button(description="Measure again")
        self._again.on_click(self._measure_again)
        # Not labels: these sentences may be longer than a line.
        self._status, self._hint = HTML(), HTML(_HINT)
        super().__init__(
            [
                self._title,
                HTML(legend(n_layers)),
                self._plot.box,
                self._hint,
                self._table,
                self._again,
                self._status,
                HTML(_STYLE),
                *([view] if whole else []),
            ],
            layout=Layout(max_width="1100px"),
        )
        self._redraw()
        self._observers = {
            "marked": self._mark,
            "interventions": self._ring,
            "source": self._note_question,
            "target": self._note_question,
            "comm": self._view_closed,
        }
        for name, observer in self._observers.items():
            view.observe(observer, name)

    @property
    def view(self) -> ClickToPatch:
        """Where components are marked and copied."""
        return self._view

    @property
    def found(self) -> ComponentAgreement:
        """The numbers that are shown."""
        return self._found

    def close(self) -> None:
        """Close the chart and all that it is made of.

        A view that was given stays as it is; one that was made for the chart is closed.
        """
        if self.comm is None:
            return
        self._let_go()
        close_parts(self)
        super().close()

    def _redraw(self) -> None:
        found = self._found
        self._plot.draw(found)
        target, versus = (
            self._view.named(cast("int", index))
            for index in (found.metric.target, found.metric.versus)
        )
        source = self._asked[0]
        self._title.value = (
            f"<b>How far from {escape(versus)} to {escape(target)}?</b> 0 is as in the "
            f"clean image, 1 as in {escape(source)}."
        )
        self._table.value = table(found, _ROWS)
        self._ring()
        self._note_question()

    def _mark(self, _change: object = None) -> None:
        marked = set(self._view.marked).intersection(self._found.addresses)
        self._plot.light(marked)
        words = f"{len(marked)} of {len(self._found.addresses)} components are marked."
        self._status.value = words if self._again.disabled else f"{words} {_STALE}"

    def _ring(self, _change: object = None) -> None:
        self._plot.ring(copied(self._view.interventions, self._asked[0]))

    def _note_question(self, _change: object = None) -> None:
        self._again.disabled = _question(self._view) == self._asked
        self._mark()

    def _brushed(self, addresses: list[str], finished: bool) -> None:
        if finished:
            self._view.act("mark", marked=addresses)
            # Where that changes nothing, nobody says so: the plot shows what it was.
            self._mark()

    def _toggle(self, address: str) -> None:
        edits = with_copy_toggled(self._view.interventions, address, self._asked[0])
        self._view.act("edit", address, interventions=edits)

    def _measure_again(self, _button: object) -> None:
        self._again.disabled = True
        asked = _question(self._view)
        try:
            self._found = agreement_of(self._view, self._tell)
        except Exception as error:  # whatever it is, the page must see it
            self.log.exception("the components could not be measured")
            self._again.disabled = False
            self._status.value = escape(str(error))
            return
        self._asked = asked
        self._redraw()

    def _tell(self, found: ComponentAgreement) -> None:
        self._status.value = f"{found.done} of {len(found.addresses)} components"

    def _let_go(self) -> None:
        while self._observers:
            name, observer = self._observers.popitem()
            self._view.unobserve(observer, name)

    def _view_closed(self, _change: object) -> None:
        self._let_go()
        self._again.disabled = True
        self._hint.value = _CLOSED


def _question(view: ClickToPatch) -> tuple[str, int]:
    """Give the donor and class that a measurement is about."""
    return view.source, view.wanted


def _first_measured(view: ClickToPatch) -> ComponentAgreement:
    """Measure before there is a page; work that takes a while shows a bar."""
    with tqdm(desc="copying components", unit="component", delay=1) as bar:

        def tell(found: ComponentAgreement) -> None:
            bar.total = len(found.addresses)
            bar.update(found.done - bar.n)

        return agreement_of(view, tell)
