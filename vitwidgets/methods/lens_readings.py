"""What is kept of the logits that a lens reads."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


@dataclass(frozen=True)
class LensReadings:
    """Tokens read at every layer; the first is the embedding, then after each block.

    Attributes
    ----------
    top_classes
        Indices of the likeliest classes, the likeliest first, ``(batch, layer, token,
        top)``.
    top_logits
        Their logits, of the same shape.
    normaliser
        Logarithm of the sum of all exponentiated logits, ``(batch, layer, token)``: a
        class's probability is ``exp(logit - normaliser)``.
    entropy
        Of the probabilities of all classes, in nats, ``(batch, layer, token)``.
    class_logits
        Of the classes that were asked for, ``(batch, layer, token, class)``.
    class_ranks
        How many classes have a larger logit than each of these; same shape.
    followed_classes
        For each token, the classes that are likeliest at any layer, ``(batch, token,
        followed)``.
    followed_logits
        Their logits, ``(batch, layer, token, followed)``.
    """

    top_classes: Tensor
    top_logits: Tensor
    normaliser: Tensor
    entropy: Tensor
    class_logits: Tensor
    class_ranks: Tensor
    followed_classes: Tensor
    followed_logits: Tensor

    @property
    def top_probabilities(self) -> Tensor:
        """Probabilities of the likeliest classes, ``(batch, layer, token, top)``."""
        return self._probabilities(self.top_logits)

    @property
    def class_probabilities(self) -> Tensor:
        """Those of the classes asked for, ``(batch, layer, token, class)``."""
        return self._probabilities(self.class_logits)

    @property
    def followed_probabilities(self) -> Tensor:
        """Those of the followed classes, ``(batch, layer, token, followed)``."""
        return self._probabilities(self.followed_logits)

    @staticmethod
    def joined(parts: Sequence[LensReadings]) -> LensReadings:
        """Put readings of one batch's tokens together, in order."""
        return LensReadings(
            *(
                torch.cat(
                    [getattr(part, each.name) for part in parts],
                    1 if each.name == "followed_classes" else 2,
                )
                for each in fields(LensReadings)
            )
        )

    def _probabilities(self, logits: Tensor) -> Tensor:
        return (logits - self.normaliser[..., None]).exp()


def read_tokens(
    logits: Tensor, top: int, classes: Sequence[int], followed: int
) -> LensReadings:
    """Keep what is wanted of some tokens' logits.

    Parameters
    ----------
    logits
        ``(batch, layer, token, class)``.
    top, classes, followed
        As `LogitLens.readings` takes them.
    """
    # Half precision would give probabilities of two digits.
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    normaliser = logits.logsumexp(-1)
    logarithms = logits - normaliser[..., None]
    entropy = -(logarithms.exp() * logarithms).sum(-1)
    best = logits.topk(top, -1)
    chosen = logits[..., list(classes)]
    ranks = [(logits > each[..., None]).sum(-1) for each in chosen.unbind(-1)]
    highest = logarithms.amax(1).topk(followed, -1).indices
    everywhere = highest.unsqueeze(1).expand(-1, logits.shape[1], -1, -1)
    return LensReadings(
        top_classes=best.indices,
        top_logits=best.values,
        normaliser=normaliser,
        entropy=entropy,
        class_logits=chosen,
        class_ranks=torch.stack(ranks, -1) if ranks else chosen.to(torch.int64),
        followed_classes=highest,
        followed_logits=logits.gather(-1, everywhere),
    )
