"""What the page of an attribution asks, answered; and ahead, for a saved page."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from vitwidgets.labels.sprites import sprites_answer
from vitwidgets.methods.contributions.measures import MEASURES
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.widgets.attribution.source import strongest
from vitwidgets.widgets.exported_page import KeptAnswer
from vitwidgets.wire import Answer, BadRequestError, checked_index

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray
    from torch import Tensor

    from vitwidgets.methods.contributions.terms import DirectLogitAttribution
    from vitwidgets.widgets.attribution.kept import Choice
    from vitwidgets.widgets.attribution.source import AttributionSource

_ARRAYS = ("heads", "attention", "attention_bias", "mlp", "mlp_bias", "depth")


class AttributionAnswers:
    """Answers about one model on one image.

    A number is asked for by `target`, `versus` (-1 for none) and `measure`.

    Parameters
    ----------
    source
        What takes numbers apart.
    """

    def __init__(self, source: AttributionSource) -> None:
        self._source = source

    def attribution(self, target: object, versus: object, measure: object) -> Answer:
        """Answer with all terms of a number."""
        found = self._found(target, versus, measure)
        outer = [
            {"name": term.name, "address": term.address, "value": float(term.value[0])}
            for term in found.outer_terms()
        ]
        result: dict[str, object] = {
            "value": float(found.value[0]),
            "sum": float(found.sum[0]),
            "residue": float(found.residue[0]),
            "frozen": list(found.frozen),
            "whole": list(found.whole),
            "note": found.note,
            "outer": outer,
        }
        return Answer(result, {each: _floats(getattr(found, each)) for each in _ARRAYS})

    def sources(
        self,
        target: object,
        versus: object,
        measure: object,
        *,
        layer: object,
        head: object,
    ) -> Answer:
        """Answer with what a head took from each token."""
        config = self._source.model.config
        block = checked_index("layer", layer, config.n_layers)
        index = checked_index("head", head, config.n_heads)
        found = self._found(target, versus, measure)
        values = found.head_sources(block, index)
        sums = _sums(values.sum(), found.heads[0, block, index])
        return Answer(sums, {"values": _floats(values)})

    def neurons(
        self, target: object, versus: object, measure: object, *, layer: object
    ) -> Answer:
        """Answer with an MLP's strongest neurons."""
        block = checked_index("layer", layer, self._source.model.config.n_layers)
        found = self._found(target, versus, measure)
        values = found.neurons(block)
        index = strongest(values[0])
        shown, total = values[:, index], values.sum()
        result = {
            **_sums(total, found.mlp[0, block]),
            "rest": float(total - shown.sum()),
            "n_neurons": values.shape[1],
        }
        arrays = {"index": _floats(index[None]), "values": _floats(shown)}
        return Answer(result, arrays)

    def sprites(self) -> Answer:
        """Answer with the drawings of all classes' emoji."""
        return Answer(*sprites_answer(list(dict.fromkeys(self._source.labels.emoji))))

    def ahead(self, choices: Iterable[Choice]) -> Iterator[KeptAnswer]:
        """Answer all that can be asked of some numbers, and the emoji."""
        config = self._source.model.config
        for target, versus, measure in choices:
            choice = {"target": target, "versus": versus, "measure": measure}
            yield KeptAnswer("attribution", choice, self.attribution(**choice))
            for layer in range(config.n_layers):
                yield from self._layer_ahead({**choice, "layer": layer})
        yield KeptAnswer("sprites", {}, self.sprites())

    def _layer_ahead(self, place: Mapping[str, int | str]) -> Iterator[KeptAnswer]:
        """Answer for the neurons of a layer and the tokens of its heads, if it can."""
        with suppress(UnsupportedModelError):
            neurons = self.neurons(**place)
            yield KeptAnswer("neurons", place, neurons)
        for head in range(self._source.model.config.n_heads):
            asked = {**place, "head": head}
            try:
                sources = self.sources(**asked)
            except UnsupportedModelError:
                return
            yield KeptAnswer("sources", asked, sources)

    def _found(
        self, target: object, versus: object, measure: object
    ) -> DirectLogitAttribution:
        n_classes = self._source.model.config.n_classes
        index = checked_index("target", target, n_classes)
        other = -1 if versus == -1 else checked_index("versus", versus, n_classes)
        if measure not in MEASURES:
            raise BadRequestError(f"measure={measure!r:.100}: {', '.join(MEASURES)}")
        return self._source.attribution(index, other, measure)


def _sums(total: Tensor, parent: Tensor) -> dict[str, object]:
    return {
        "sum": float(total),
        "parent": float(parent),
        "residue": float(parent - total),
    }


def _floats(batch: Tensor) -> NDArray[np.float32]:
    """Give the values of the one image as the page gets them."""
    return np.ascontiguousarray(batch[0].float().cpu().numpy())
