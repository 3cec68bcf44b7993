"""A classifier whose classes are words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from vitwidgets.models.pieces.word_unembedding import other_width

if TYPE_CHECKING:
    from collections.abc import Callable


class ZeroShotClassifier(nn.Module):
    """An image tower with words as classes.

    Logits are ``logit_scale * similarity + logit_bias``, the similarity being the
    cosine of the angle between the embedding of the image and that of the word.
    Radford et al., "Learning Transferable Visual Models From Natural Language
    Supervision" (2021); the bias is SigLIP's (Zhai et al., 2023).

    Parameters
    ----------
    tower
        Images ``(batch, channel, height, width)`` -> embeddings ``(batch, d_embed)`` of
        any length, as open_clip's image towers give them. Shared, not copied. With
        `through`, a classifier of timm, of which all but the last layer is run.
    embeddings
        Of the words, ``(word, d_embed)``, each of length 1. They follow the tower's
        device and dtype.
    logit_scale, logit_bias
        Factor and constant.
    through
        A linear map from the features that `tower` pools to embeddings; None where its
        output is one.
    """

    embeddings: Tensor

    def __init__(
        self,
        tower: nn.Module,
        embeddings: Tensor,
        logit_scale: float,
        logit_bias: float = 0.0,
        *,
        through: nn.Linear | None = None,
    ) -> None:
        super().__init__()
        self.tower = tower
        self.through = through
        like = next(tower.parameters())
        with torch.inference_mode(mode=False):
            words = embeddings.detach().to(like.device, like.dtype, copy=True)
        self.register_buffer("embeddings", words)
        self.logit_scale = logit_scale
        self.logit_bias = logit_bias
        # Not by .train(), which would reach into a tower that others use, too.
        self.training = tower.training

    def forward(self, images: Tensor) -> Tensor:
        """Give logits, ``(batch, word)``.

        Parameters
        ----------
        images
            As the tower takes them.

        Raises
        ------
        ValueError
            If embeddings of words and images are of different widths.
        """
        if self.through is None:
            found: Any = self.tower(images)
            # Some of open_clip's towers give tokens as well.
            embedding = cast("Tensor", found[0] if type(found) is tuple else found)
        else:
            embedding = self.through(pooled_features(self.tower, images))
        if embedding.shape[-1] != self.embeddings.shape[-1]:
            raise other_width(self.embeddings.shape[-1], embedding.shape[-1])
        similar = functional.normalize(embedding, dim=-1)
        logits = self.logit_scale * similar @ self.embeddings.T
        return logits + self.logit_bias if self.logit_bias else logits

    def extra_repr(self) -> str:
        """Say what the words are multiplied with."""
        return (
            f"{len(self.embeddings)} words, logit_scale={self.logit_scale!r}, "
            f"logit_bias={self.logit_bias!r}"
        )


def pooled_features(tower: nn.Module, images: Tensor) -> Tensor:
    """Give what the classifier of a timm model takes, ``(batch, d_model)``.

    Parameters
    ----------
    tower
        A model of timm, with or without a classifier.
    images
        As it takes them.
    """
    model = cast("Any", tower)
    head = cast("Callable[..., Tensor]", model.forward_head)
    return head(model.forward_features(images), pre_logits=True)
