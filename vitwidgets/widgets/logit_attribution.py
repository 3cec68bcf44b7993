"""The logit attribution: which parts of a model made it say a class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from vitwidgets.methods.contributions.measures import MEASURES
from vitwidgets.widgets.attribution.answers import AttributionAnswers
from vitwidgets.widgets.attribution.bars import bars_of
from vitwidgets.widgets.attribution.drawing import attribution_still, attribution_svg
from vitwidgets.widgets.attribution.kept import chosen_before
from vitwidgets.widgets.attribution.source import AttributionSource
from vitwidgets.widgets.attribution.state import AttributionState
from vitwidgets.widgets.explorer import built
from vitwidgets.widgets.reproduction import Opening, code_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PIL import Image
    from torch import nn

    from vitwidgets.images import ImageSource
    from vitwidgets.methods.contributions.terms import DirectLogitAttribution
    from vitwidgets.models import HookedViT
    from vitwidgets.widgets.attribution.bars import Bars
    from vitwidgets.widgets.attribution.kept import Choice
    from vitwidgets.widgets.exported_page import KeptAnswer
    from vitwidgets.wire import Answer

_OPENING = Opening(
    "attribution", "LogitAttribution", "results", "what each part adds, by address"
)


class LogitAttribution(AttributionState):
    """Where the logit of a class comes from, live: depth, parts, tokens, neurons.

    The logit is a sum over all that wrote to the stream, with the final norm held as in
    the real forward pass (direct logit attribution; nostalgebraist, 2020; Elhage et
    al., 2021).

    Parameters
    ----------
    model
        A :class:`vitwidgets.HookedViT` with a classifier, or a module that one can be
        made of.
    image
        One image, as :func:`vitwidgets.images.read_image` takes it; it goes through the
        model's own preprocessing.
    target
        The class, by index or name; by default the likeliest.
    **state
        Initial values of the other traits that the page may set: ``versus`` (by index
        or name), ``measure``, ``component``.

    Raises
    ------
    ValueError
        When the model is in training mode or has no preprocessing, the image can't be
        used, or a name means no class or several.
    TraitError
        When a value of ``state`` doesn't exist on this model.
    UnsupportedModelError
        When single tokens have no logits in this model: it has no classifier, or pools
        in a way that leaves none.
    """

    _esm = built("logit_attribution.js")
    _css = built("logit_attribution.css")
    slow_requests = frozenset({"attribution", "sources", "neurons"})

    def __init__(
        self,
        model: HookedViT | nn.Module,
        image: ImageSource,
        target: int | str | None = None,
        **state: Any,
    ) -> None:
        self._check_names(state)
        source = AttributionSource(model, image)
        self._source = source
        self._answers = AttributionAnswers(source)
        self.model = source.model
        self.labels = source.labels
        config = self.model.config
        self._sizes = {
            "layer": config.n_layers,
            "head": config.n_heads,
            "neuron": config.d_mlp,
            "class": config.n_classes,
        }
        classes, probabilities = source.output()
        state["target"] = int(classes[0]) if target is None else target
        state = self.with_indices(state)
        facts = {
            **source.facts,
            "n_heads": config.n_heads,
            **self.class_facts(),
            "output_classes": classes,
            "output_probabilities": probabilities,
            "code_frame": code_frame(_OPENING, [self.model], [image]),
        }
        super().__init__(facts, state)

    @property
    def attribution(self) -> DirectLogitAttribution:
        """The present number as a sum, with all that it can be split into."""
        return self._opened_source.attribution(self.target, self.versus, self.measure)

    @property
    def results(self) -> dict[str, float]:
        """What each part adds to the present number, by its address.

        The values add up to the number: ``sum(attribution.results.values())``.
        """
        return {term.address: float(term.value[0]) for term in self.attribution.terms()}

    def answers(self) -> dict[str, Callable[..., Answer]]:
        """Answer for a number, a head's tokens, an MLP's neurons, and emoji."""
        return {
            "attribution": self._answers.attribution,
            "sources": self._answers.sources,
            "neurons": self._answers.neurons,
            "sprites": self._answers.sprites,
        }

    def kept_answers(self) -> Iterator[KeptAnswer]:
        """Answer ahead for the present classes, and for what acts can be undone to.

        Raises
        ------
        RuntimeError
            When the view was closed.
        """
        # A generator would raise only when the page is half written.
        _ = self.attribution
        return self._answers.ahead(self._choices())

    def still(self) -> Image.Image:
        """Draw the picture beside the largest terms of what is opened."""
        return attribution_still(self.picture, self._bars())

    def svg(self) -> str:
        """Draw what the still shows, with names and numbers as text."""
        return attribution_svg(self.picture, self._bars(), self.caption())

    def caption(self) -> str:
        """Say of which model and number, what it adds up to, and what is opened."""
        found = self.attribution
        words = {
            "logit": f"logit of {self.named(self.target)}",
            "log_probability": f"log-probability of {self.named(self.target)}",
            "difference": (
                f"logit of {self.named(self.target)} minus that of "
                f"{self.named(self.versus)}"
            ),
        }[self.measure]
        opened = f"; opened: {self.component}" if self.component else ""
        return (
            f"LogitAttribution of {self.model_name}: {words}, sum "
            f"{float(found.sum[0]):.4f} = {float(found.value[0]):.4f}{opened}"
        )

    @property
    def _opened_source(self) -> AttributionSource:
        return cast("AttributionSource", self._source)

    def _bars(self) -> Bars:
        return bars_of(self.attribution, self.component, self.model.grid)

    def _page_state(self) -> dict[str, object]:
        choices = [
            {"target": target, "versus": versus, "measure": measure}
            for target, versus, measure in self._choices()
        ]
        return {**super()._page_state(), "readable": choices}

    def _choices(self) -> list[Choice]:
        """Name the numbers that a page holds."""
        comparable = self.versus >= 0 and self.versus != self.target
        measures = [m for m in MEASURES if m != "difference" or comparable]
        present = (self.target, self.versus, self.measure)
        now = [(self.target, self.versus, measure) for measure in measures]
        done = chosen_before(present, self.history, self.undone)
        return list(dict.fromkeys([*now, *done]))
