"""The attention head tour: every head of a model at once, from any token's side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vitwidgets.widgets.attention_answers import AttentionAnswers
from vitwidgets.widgets.attention_source import SHOWN
from vitwidgets.widgets.attention_still import attention_still
from vitwidgets.widgets.attention_svg import attention_svg
from vitwidgets.widgets.explorer import built
from vitwidgets.widgets.exported_page import KeptAnswer
from vitwidgets.widgets.guided_tour import (
    ModelFacts,
    build_stops,
    read_tour,
    stops_of,
    write_tour,
)
from vitwidgets.widgets.head_tour_state import HeadTourState
from vitwidgets.widgets.reproduction import Opening, code_frame
from vitwidgets.widgets.side_measurements import SideMeasurements
from vitwidgets.widgets.tour_caption import tour_caption
from vitwidgets.widgets.tour_sides import open_sides, unavailable
from vitwidgets.wire import Answer, checked_index

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from PIL import Image
    from torch import nn

    from vitwidgets.images import ImageSource
    from vitwidgets.methods import HeadAblation, HeadStatistics
    from vitwidgets.models import HookedViT
    from vitwidgets.widgets.attention_source import AttentionSource
    from vitwidgets.widgets.head_measurements import HeadMeasurements

PAYLOAD_BUDGET = 16_000_000
"""Bytes of attention that a view may fetch by default (15 images' worth of emoji-vit
and the whole of ViT-B/16); beyond it only rows for the present query travel."""

_OPENING = Opening(
    "tour", "AttentionHeadTour", "head_results", "a value for each token"
)


class AttentionHeadTour(HeadTourState):
    """All attention heads of a vision transformer on one image, live.

    Point at a patch (or a prefix token such as CLS) and every head shows where that
    token looks, or who looks at it.

    Parameters
    ----------
    model
        A :class:`vitwidgets.HookedViT`, or a module that one can be made of.
    image
        One image, as :func:`vitwidgets.images.read_image` takes it; it goes through
        the model's own preprocessing.
    compare
        What stands beside it: another image, another model, or ``(model, image)``.
    statistics
        What was measured of the heads (`vitwidgets.methods.attention_statistics`). The
        bundled model brings its own; any other is measured on this image alone.
    ablation
        What removing each head does (`vitwidgets.methods.head_ablation`).
    payload_budget
        Bytes that the page may fetch of each kind of values. Where all heads take more,
        only the rows of the present query travel.
    **state
        Initial values of the traits that the page may set, such as ``layer``, ``head``,
        ``query``, ``direction``, ``shown``.

    Raises
    ------
    ValueError
        When the model is in training mode or has no preprocessing, the image can't be
        used, or the measurements are of another model.
    TraitError
        When a value of ``state`` doesn't exist on this model.
    UnsupportedModelError
        When the model's heads have no pattern of their own from each token of an image
        to each: it reads texts, attends in windows, or mixes or subtracts patterns.
    """

    _esm = built("attention_head_tour.js")
    _css = built("attention_head_tour.css")
    slow_requests = frozenset({"statistics", "tour"})
    page_note = (
        "No kernel is behind this page: a value marked ± is rounded, to 8 bits; “Copy "
        "as Python” gives code that prints exact ones."
    )
    # Closing a tour that could not be opened finds nothing to free.
    _sources: Sequence[AttentionSource] = ()

    def __init__(
        self,
        model: HookedViT | nn.Module,
        image: ImageSource,
        *,
        compare: Any = None,
        statistics: HeadStatistics | None = None,
        ablation: HeadAblation | None = None,
        payload_budget: int = PAYLOAD_BUDGET,
        **state: Any,
    ) -> None:
        self._check_names(state)
        self._sources, self._images = open_sides(model, image, compare)
        first = self._sources[0]
        self.model = first.model
        self._attention = AttentionAnswers(self._sources)
        self._measurements = SideMeasurements(
            self._sources, self._images, statistics, ablation
        )
        grid = first.grid
        self._sizes = {
            "layer": first.n_layers,
            "head": first.n_heads,
            "query": grid.n_tokens,
            "side": len(self._sources),
            "rows": grid.rows,
            "columns": grid.cols,
        }
        self._unavailable = unavailable(self._sources)
        centre = grid.token(grid.rows // 2, grid.cols // 2)
        state = {
            "layer": first.n_layers - 1,
            "query": 0 if grid.n_prefix_tokens else centre,
            **state,
        }
        opening = {"direction": "row", **state}
        opening = self.checked_state({n: opening[n] for n in ("query", "direction")})
        self._payload_budget = payload_budget
        own, *compared = (self._facts(each, **opening) for each in self._sources)
        facts = {
            **own,
            "compared": compared,
            "offered": [each for each in SHOWN if each not in self._unavailable],
            "code_frame": self._code_frame(),
            "payload_budget": payload_budget,
        }
        super().__init__(facts, state)

    @property
    def results(self) -> NDArray[np.float32]:
        """What is on screen, exact, of the side whose heads the grid shows.

        Shape ``(layer, head, token)``: the present query's row or column, or the mean
        over the region; one head for a rollout.

        Raises
        ------
        ValueError
            When that side's model has no token such as the query.
        """
        return self._attention.values(
            self.side, self.shown, self.direction, self.query, self.region
        )

    @property
    def head_results(self) -> NDArray[np.float32]:
        """What `results` gives of the head in the large view, shape ``(token,)``.

        Empty where that side's model has no such head, or no token such as the query.
        """
        place = self._place()
        if place is None or not self._has_tokens():
            return np.zeros(0, np.float32)
        return self.results[place]

    @property
    def measurements(self) -> HeadMeasurements:
        """What was measured of the heads; on this image when nothing else is known."""
        return self._measurements.of(0)

    def tour(self) -> None:
        """Make a guided tour of what was measured of this model, and go to its start.

        Each stop is a view of a head that shows a type most clearly, with its numbers.
        Stops that were there are replaced.
        """
        self._take_stops(self._made_stops())

    def go_to(self, stop: int) -> None:
        """Show a stop of the guided tour, counted from 0.

        Raises
        ------
        IndexError
            When there is no such stop.
        """
        if stop not in range(len(self.stops)):
            raise IndexError(
                f"stop {stop!r:.100} doesn't exist: this tour has {len(self.stops)} "
                "stops, counted from 0; tour() makes some"
            )
        self.act("go to stop", str(stop + 1), **self.stops[stop]["state"], stop=stop)

    def save_tour(self, path: str | os.PathLike[str]) -> None:
        """Write the stops of the guided tour as JSON.

        Raises
        ------
        ValueError
            When there is no stop.
        OSError
            When the file can't be written; one that was there before is unchanged.
        """
        stops = stops_of(self.stops, self.checked_state)
        write_tour(path, stops, self._model_facts())

    def load_tour(self, path: str | os.PathLike[str]) -> None:
        """Read stops that :meth:`save_tour` wrote for this kind of model, and start.

        Raises
        ------
        ValueError
            When the file is none, or of another version or model, or a stop doesn't
            exist here; the view stays as it was.
        OSError
            When it can't be read.
        """
        stops = read_tour(path, self._model_facts(), self.checked_state)
        self._take_stops([stop.record() for stop in stops])

    def answers(self) -> dict[str, Callable[..., Answer]]:
        """Answer for layers, the rows of a query, heads, exact values, measurements."""
        return {
            "attention": self._attention.attention,
            "rows": self._attention.rows,
            "head": self._attention.head,
            "value": self._attention.value,
            "statistics": self._answer_statistics,
            "tour": lambda: Answer({"stops": self._made_stops()}),
        }

    def kept_answers(self) -> Iterator[KeptAnswer]:
        """Answer ahead for every layer of what the page offers, and measurements.

        Raises
        ------
        ValueError
            When that is over the tour's ``payload_budget``.
        """
        shown = max(self._kept_shown(), key=self._attention_bytes)
        needed = self._attention_bytes(shown)
        if needed > self._payload_budget:
            raise ValueError(
                f"the page would hold {needed:,} bytes of {shown}, over this tour's "
                f"payload_budget of {self._payload_budget:,}: open it with "
                f"payload_budget={needed}, or write a picture with to_png or to_svg"
            )
        # A generator would raise only when the page is half written.
        return self._all_answers()

    def _all_answers(self) -> Iterator[KeptAnswer]:
        for shown in self._kept_shown():
            for side, source in enumerate(self._sources):
                for layer in range(source.n_layers):
                    wanted = {"side": side, "shown": shown, "layer": layer}
                    answer = self._attention.attention(side, shown, layer)
                    yield KeptAnswer("attention", wanted, answer)
        for side in range(len(self._sources)):
            answer = self._answer_statistics(side)
            yield KeptAnswer("statistics", {"side": side}, answer)
        yield KeptAnswer("tour", {}, Answer({"stops": self._made_stops()}))

    def _kept_shown(self) -> list[str]:
        """Name what a page shows: attention, the present, what stops and acts show."""
        used = {"pattern", self.shown}
        states = [stop["state"] for stop in self.stops]
        # What was done can be undone in the page, too.
        states += [act[when] for act in self.history for when in ("before", "after")]
        used |= {state.get("shown", "pattern") for state in states}
        return [shown for shown in SHOWN if shown in used]

    def _page_state(self) -> dict[str, object]:
        # Without a kernel nothing else will come, whatever the model's size.
        compared = [{**side, "delivery": "layers"} for side in self.compared]
        return {
            **super()._page_state(),
            "offered": self._kept_shown(),
            "delivery": "layers",
            "compared": compared,
        }

    def still(self) -> Image.Image:
        """Draw all heads' patches from the present query's side."""
        source = self._sources[self.side]
        return attention_still(source.picture, self._patches())

    def svg(self) -> str:
        """Draw what the still shows, with the names of layers and heads as text."""
        source = self._sources[self.side]
        names = [f"H{head}" for head in range(source.n_heads)]
        if self.shown == "rollout":
            names = ["rollout"]
        return attention_svg(source.picture, self._patches(), names, self.caption())

    def caption(self) -> str:
        """Say which model, head and tokens are shown."""
        source = self._sources[self.side]
        tokens = f"token {self.model.grid.label(self.query)}"
        if self.region:
            top, left, bottom, right = self.region
            tokens = f"patches ({top},{left}) to ({bottom},{right})"
        if not self._has_tokens():
            tokens += " (which it doesn't have)"
        return tour_caption(source, self.shown, self.direction, tokens, self._place())

    def close(self) -> None:
        """Close the view and free the activations that it held."""
        super().close()
        for source in self._sources:
            source.close()

    def _made_stops(self) -> list[dict[str, Any]]:
        measured = self.measurements
        types = [kind for layer in measured.head_types for kind in layer]
        stops = build_stops(
            measured.statistics, types, measured.ablation, self.model.grid
        )
        return [stop.record() for stop in stops]

    def _take_stops(self, stops: Sequence[Mapping[str, Any]]) -> None:
        state = stops[0]["state"]
        self.act("start the tour", **state, stops=list(stops), stop=0)

    def _model_facts(self) -> ModelFacts:
        rows, columns = self.grid
        return ModelFacts(
            self.model_name,
            self.n_layers,
            self.n_heads,
            rows,
            columns,
            tuple(self.prefix_tokens),
        )

    def _facts(
        self, source: AttentionSource, query: int, direction: str
    ) -> dict[str, Any]:
        # Where there is no such token, any rows do until the page asks for others.
        own = self.model.grid.matching(query, source.grid)
        rows = source.rows("pattern", [own or 0], direction)
        opening = source.encoded_rows(rows, "pattern")
        fits = self._attention_bytes("pattern") <= self._payload_budget
        return {
            **source.facts,
            "n_heads": source.n_heads,
            "opening_codes": opening["codes"],
            "opening_scales": opening["scales"],
            "opening_query": own or 0,
            "opening_direction": direction,
            "delivery": "layers" if fits else "rows",
        }

    def _attention_bytes(self, shown: str) -> int:
        return sum(source.attention_bytes(shown) for source in self._sources)

    def _code_frame(self) -> tuple[str, str]:
        options = ""
        if self._measurements.are_given:
            options = "    # Give statistics= and ablation= again if you gave them.\n"
        if self._payload_budget != PAYLOAD_BUDGET:
            options += f"    payload_budget={self._payload_budget},\n"
        models = [source.model for source in self._sources]
        return code_frame(_OPENING, models, self._images, options)

    def _has_tokens(self) -> bool:
        return self._attention.has_tokens(self.side, self.query, self.region)

    def _place(self) -> tuple[int, int] | None:
        """Where the head of the large view is in ``results``; None for nowhere."""
        source = self._sources[self.side]
        head = 0 if self.shown == "rollout" else self.head
        is_there = self.layer < source.n_layers and head < source.n_heads
        return (self.layer, head) if is_there else None

    def _patches(self) -> NDArray[np.float32]:
        """Return what is drawn of each head: 0 is dark."""
        source = self._sources[self.side]
        grid = source.grid
        sizes = source.n_layers, source.heads(self.shown), grid.rows, grid.cols
        if not self._has_tokens():
            return np.zeros(sizes, np.float32)
        patches = self.results[:, :, grid.n_prefix_tokens :].reshape(sizes)
        if self.shown == "scores":
            # Of either sign, without a zero that means something.
            patches -= patches.min((2, 3), keepdims=True)
        return patches

    def _answer_statistics(self, side: object) -> Answer:
        at = checked_index("side", side, len(self._sources))
        return self._measurements.of(at).answer()
