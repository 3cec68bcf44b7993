"""Whether a batch of texts is what a text tower takes."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from vitwidgets.models.interception.replacement import first_index
from vitwidgets.models.interception.tensor_versions import version

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from vitwidgets.models.config import ViTConfig

_TOKENIZER = "open_clip.get_tokenizer(NAME)(texts)"


class TextCheck:
    """Raises if something is not a batch of token ids that a text tower can take.

    Parameters
    ----------
    embedding
        What embeds token ids.
    config
        Sizes of the tower.
    """

    def __init__(self, embedding: nn.Module, config: ViTConfig) -> None:
        self._embedding = embedding
        self._config = config
        self._in_range: tuple[Callable[[], Tensor | None], int | None]
        self._in_range = (lambda: None, None)

    @property
    def weight(self) -> Tensor:
        """A weight of the model as it is now, for its dtype and device."""
        return cast("Tensor", self._embedding.weight)

    def __call__(self, texts: object) -> None:
        """Check that `texts` is ``(batch, context_length)`` of token ids that exist.

        Raises
        ------
        TypeError
            If it is no tensor, or not of int64.
        ValueError
            If it is of another shape or device, empty, or holds an id that there is
            not.
        """
        if not isinstance(texts, Tensor):
            raise TypeError(
                f"texts must be a tensor of token ids, got {type(texts).__name__}: "
                f"{_TOKENIZER} makes one from texts"
            )
        _check_shape(texts, self._config)
        if texts.dtype != torch.int64:
            hint = "" if texts.is_floating_point() else " (or texts.long())"
            raise TypeError(
                f"texts are {texts.dtype}, token ids are torch.int64: {_TOKENIZER} "
                f"makes them{hint}"
            )
        device = self.weight.device
        if texts.device != device:
            raise ValueError(
                f"texts are on {texts.device}, the model is on {device}: move them "
                f"with texts.to({str(device)!r})"
            )
        # A sweep runs one batch again and again: it is looked through only once.
        stamp, (last, last_stamp) = version(texts), self._in_range
        if stamp is None or stamp != last_stamp or last() is not texts:
            _check_range(texts, self._config.n_words)
            self._in_range = (weakref.ref(texts), stamp)


def _check_shape(texts: Tensor, config: ViTConfig) -> None:
    length = config.context_length
    wanted = f"(batch, {length})"
    got = f"got {tuple(texts.shape)}"
    if texts.dim() != 2:  # noqa: PLR2004
        hint = ": add the batch axis with texts[None]" if texts.dim() == 1 else ""
        raise ValueError(f"texts must have two axes {wanted}, {got}{hint}")
    if texts.shape[0] == 0:
        raise ValueError(f"the batch holds no text: {got}, at least one is needed")
    shorter = config.dynamic_size and 1 <= texts.shape[1] < length
    if texts.shape[1] != length and not shorter:
        most = "at most " if config.dynamic_size else ""
        raise ValueError(
            f"texts must be {most}{length} tokens long for this model, {got}: "
            f"{_TOKENIZER} pads and cuts them"
        )


def _check_range(texts: Tensor, n_words: int) -> None:
    wrong = (texts < 0) | (texts >= n_words)
    if bool(wrong.any()):
        index = first_index(wrong)
        raise ValueError(
            f"texts hold {int(wrong.sum())} token ids that this model does not have, "
            f"first {int(texts[index])} at index {index}: ids run from 0 to "
            f"{n_words - 1}, so another model's tokenizer may have made them"
        )
