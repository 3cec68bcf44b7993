"""What a tuned lens is fitted to: the final readout of the same tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.logit_lens import stream_site
from vitwidgets.methods.tuning.translators import tokens_by_kind
from vitwidgets.models.precision import wide

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from vitwidgets.models import HookedViT
    from vitwidgets.models.pieces.unembedding import Unembedding

_FLOATS_AT_ONCE = 16_000_000
"""Logits of one layer that are held together."""


@dataclass(frozen=True, eq=False)
class TokenStreams:
    """Tokens of one kind at every layer but the last, and what they end up saying.

    Attributes
    ----------
    kind
        Name of a pooled prefix token, or ``"patches"``.
    tokens
        Which tokens of the model these are.
    streams
        For the embedding and after each block but the last, ``(image, token,
        d_model)``.
    target
        Logarithms of the probabilities that the model's own norm and classifier give
        after the last block, each token normed on its own, ``(image, token, class)``.
    """

    kind: str
    tokens: range
    streams: tuple[Tensor, ...]
    target: Tensor

    def divergence(self, unembedding: Unembedding, stream: Tensor) -> Tensor:
        """Give how far what is read of a stream is from the target.

        Parameters
        ----------
        unembedding
            The model's own norm and classifier.
        stream
            ``(image, token, d_model)``.

        Returns
        -------
        Tensor
            KL(target || what is read) in nats, ``(image, token)``.
        """
        read = _log_probabilities(unembedding, stream, self.tokens)
        return (self.target.exp() * (self.target - read)).sum(-1)


def token_streams(model: HookedViT, pixels: Tensor) -> Iterator[TokenStreams]:
    """Run images, and give their tokens by kind, some images at a time.

    Parameters
    ----------
    model
        The model.
    pixels
        Prepared images, ``(image, channel, height, width)``.

    Raises
    ------
    UnsupportedModelError
        If the model has no classifier, or single tokens have no logits in it.
    """
    sites = [stream_site(layer) for layer in range(-1, model.config.n_layers)]
    pixels = pixels.to(next(model.module.parameters()).device)
    with torch.no_grad():
        _, cache = model.run_with_cache(pixels, sites)
        *streams, last = [cache[site] for site in sites]
    kinds = tokens_by_kind(model, last.shape[1])
    for kind, tokens in kinds.items():
        step = max(1, _FLOATS_AT_ONCE // (len(tokens) * model.config.n_classes))
        for first in range(0, len(pixels), step):
            some = slice(first, first + step), slice(tokens.start, tokens.stop)
            with torch.no_grad():
                target = _log_probabilities(model.unembedding, last[some], tokens)
            yield TokenStreams(
                kind, tokens, tuple(stream[some] for stream in streams), target
            )


def _log_probabilities(
    unembedding: Unembedding, stream: Tensor, tokens: range
) -> Tensor:
    logits = unembedding.logits(unembedding.normed(stream), tokens)
    return logits.to(wide(logits.dtype)).log_softmax(-1)
