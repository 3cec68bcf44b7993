"""One image tower run on one image, and any words read from that run."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from torch.nn import functional
from traitlets import TraitError

from vitwidgets.models.words.word_classes import no_text
from vitwidgets.widgets.lens.source import LensSource
from vitwidgets.widgets.lens.stream_run import StreamRun
from vitwidgets.widgets.words.remembering import RememberingText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from vitwidgets.images import ImageSource
    from vitwidgets.methods.word_map import WordMap
    from vitwidgets.models import HookedViT
    from vitwidgets.models.pieces.word_unembedding import WordTable, WordUnembedding

_EMBEDDING = "hook_image_embed"
_KEPT = 2
"""Lists of words that stay read: those that are shown, and those made ready."""
_UNTUNED = "a tuned lens is trained on fixed classes, and words are not: lens='plain'"


@dataclass(frozen=True, eq=False)
class WordReading:
    """An image read with one list of words.

    Attributes
    ----------
    source
        What lenses read; its model has the words as classes.
    facts
        Values of the traits that `WordState` adds and Python owns.
    """

    source: LensSource
    facts: dict[str, Any]


class WordSource:
    """One model and one image, which any words are read from without a new pass.

    Parameters
    ----------
    model
        An image tower.
    image
        As `model_on_image` takes it.
    through
        A map to the text tower's space, for a model without text; or None.

    Raises
    ------
    UnsupportedModelError
        When the model has no text, and there is no map.
    ValueError
        When the map is of another model.
    """

    def __init__(
        self, model: HookedViT, image: ImageSource, through: WordMap | None
    ) -> None:
        text = model.text if through is None else through.text
        if text is None:
            raise no_text(model.name)
        self.text = RememberingText(text)
        self._model, self._image = model, image
        self._through = through and through.linear_for(model, text)
        self._run: StreamRun | None = None
        self._readings: OrderedDict[tuple[tuple[str, ...], ...], WordReading] = (
            OrderedDict()
        )
        # Words are made ready in threads.
        self._lock = RLock()

    def reading(self, words: Sequence[str], templates: Sequence[str]) -> WordReading:
        """Read the image with a list of words; what was read lately is kept.

        Raises
        ------
        TraitError
            When the text tower can't take a word or a template.
        ValueError, UnsupportedModelError
            When the model can't be run on the image, or not be read by tokens.
        RuntimeError
            When the view was closed.
        """
        key = tuple(words), tuple(templates)
        with self._lock:
            if key not in self._readings:
                self._readings[key] = self._read(*key)
            self._readings.move_to_end(key)
            while len(self._readings) > _KEPT:
                self._readings.popitem(last=False)
            return self._readings[key]

    def close(self) -> None:
        """Forget what was read."""
        with self._lock:
            self._readings.clear()

    def _read(self, words: Sequence[str], templates: Sequence[str]) -> WordReading:
        try:
            model = self._model.with_words(
                words, templates, text=self.text, through=self._through
            )
        except ValueError as error:
            raise TraitError(str(error)) from None
        if self._run is None:
            self._run = StreamRun(model, self._image, [_EMBEDDING])
        table = cast("WordUnembedding", model.unembedding).words()
        similarities = _similarities(self._run.cache[_EMBEDDING], table)
        logits = table.scale * similarities + table.bias
        source = LensSource(self._run, model, logits, None, why_untuned=_UNTUNED)
        facts: dict[str, Any] = {
            "similarities": _floats(similarities),
            "probabilities": _floats(logits.softmax(-1)),
            "logit_scale": float(table.scale),
            "logit_bias": float(table.bias),
            "unknown_words": self._unknown(words),
        }
        return WordReading(source, facts)

    def _unknown(self, words: Sequence[str]) -> list[int]:
        return [index for index, word in enumerate(words) if not self.text.knows(word)]


@torch.no_grad()
def _similarities(embedding: Tensor, table: WordTable) -> Tensor:
    unit = functional.normalize(embedding[0].float(), dim=-1)
    return table.embeddings.float() @ unit


def _floats(tensor: Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(tensor.float().cpu().numpy())
