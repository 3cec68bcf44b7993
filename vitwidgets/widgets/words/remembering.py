"""A text tower that reads no word twice."""

from __future__ import annotations

from collections import OrderedDict
from threading import RLock
from typing import TYPE_CHECKING

import torch

from vitwidgets.models.words.checked_texts import PLACE
from vitwidgets.models.words.text_encoder import TextEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

_KEPT = 2_000
"""Words."""


class RememberingText(TextEncoder):
    """The text side of a model, which remembers the words that it has read.

    A person changes one word of twenty, and the text tower of a large CLIP takes some
    tenths of a second for each.

    Parameters
    ----------
    text
        What reads them; all its parts are shared.
    """

    def __init__(self, text: TextEncoder) -> None:
        vars(self).update(vars(text))
        self._known: dict[str, bool] = {}
        self._read: OrderedDict[tuple[str, tuple[str, ...]], Tensor] = OrderedDict()
        self._lock = RLock()

    def word_embeddings(
        self, words: Sequence[str], templates: Sequence[str] = (PLACE,)
    ) -> Tensor:
        """Embed words; each alone, so that its neighbours leave no bit of it changed.

        Parameters
        ----------
        words, templates
            As `TextEncoder.word_embeddings` takes them.

        Returns
        -------
        Tensor
            ``(word, d_embed)``, each of length 1.

        Raises
        ------
        TypeError, ValueError, ModelStateError
            As there.
        """
        words = self.distinct_words(words)
        way = tuple(templates)
        with self._lock:
            found: list[Tensor] = []
            for word in words:
                if (word, way) not in self._read:
                    self._read[word, way] = super().word_embeddings([word], way)
                self._read.move_to_end((word, way))
                found.append(self._read[word, way])
            while len(self._read) > _KEPT:
                self._read.popitem(last=False)
        return torch.cat(found)

    def knows(self, prompt: str) -> bool:
        """Whether the model has seen all of a prompt's tokens.

        Raises
        ------
        TypeError, ValueError
            As `TextEncoder.encode`.
        """
        if prompt not in self._known:
            self._known[prompt] = super().knows(prompt)
        return self._known[prompt]
