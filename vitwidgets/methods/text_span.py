"""TextSpan: the words whose directions span what one head writes."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

_svd = cast("Any", torch.linalg).svd

_ROUNDING = 32.0
"""Of the outputs' own precision: what varies less than this does not vary."""
_NOTHING_LEFT = 1e-9
"""Of the longest word: what is left of a word that is spoken for by those before."""
_RANK = 2


class ConstantHeadError(ValueError):
    """A head writes the same in all images, so that there is nothing to explain."""


@dataclass(frozen=True, eq=False)
class TextSpan:
    """The words that span a head's outputs, the most important first.

    Attributes
    ----------
    words
        Rows of the words' embeddings.
    explained
        float64, ``(word,)``: the share of the outputs' variance that each adds to what
        those before it explain.
    directions
        float64, ``(word, d_embed)``: orthonormal; what each adds to those before it.
    """

    words: tuple[int, ...]
    explained: Tensor
    directions: Tensor

    @property
    def total(self) -> float:
        """Share of the outputs' variance that all words explain together."""
        return float(self.explained.sum())


@torch.no_grad()
def text_span(head_outputs: Tensor, word_embeddings: Tensor, n: int = 5) -> TextSpan:
    """Find the words whose directions span what a head writes over many images.

    TextSpan, algorithm 1 of Gandelsman et al., "Interpreting CLIP's Image
    Representation via Text-Based Decomposition" (2024). The outputs are centred, and
    words are projected onto the directions along which outputs vary. Then, time and
    again: of all words the one is taken along which the outputs vary most (the sum of
    their squared products with it, so that a word that lies mostly outside of what the
    head can write counts little), and its direction is removed from the outputs and
    from the other words.

    The variance of outputs is the sum over images of the squared distance from their
    mean. What a word explains is the part of that along its direction, once those of
    the words before it are removed. These parts add up, and never to more than 1.

    Parameters
    ----------
    head_outputs
        ``(image, d_embed)``: what the head adds to each image's embedding. Worked with
        in double precision; how far outputs of rounded numbers count as equal depends
        on the precision that they come in.
    word_embeddings
        ``(word, d_embed)``, of length 1 as a rule; they are not made so.
    n
        How many words to find.

    Returns
    -------
    TextSpan
        Of fewer words where outputs vary along fewer directions, or where no other word
        says anything of what is left.

    Raises
    ------
    ValueError
        If shapes do not fit together, a number is not finite, there is one image only,
        there are fewer than `n` words, or `n` is less than 1.
    ConstantHeadError
        If the head writes the same in all images; it is a ValueError.
    TypeError
        If `n` is no whole number.
    """
    count = _checked_count(n, head_outputs, word_embeddings)
    outputs, words = head_outputs.double(), word_embeddings.double()
    centred = outputs - outputs.mean(0)
    span = _span(centred, _noise(head_outputs))
    whole = centred.square().sum()
    nothing = _NOTHING_LEFT * _lengths(words).max()
    # In coordinates of the span: a head of a large model has 64 to 128 dimensions.
    outputs, words = centred @ span.T, words @ span.T
    chosen: list[int] = []
    explained: list[Tensor] = []
    directions: list[Tensor] = []
    for _ in range(count):
        words = words * (_lengths(words) > nothing)[:, None]
        along = (words @ outputs.T).square().sum(-1)
        best = int(along.argmax())
        if along[best] == 0:
            break
        direction = words[best] / _lengths(words[best])
        parts = outputs @ direction
        chosen.append(best)
        explained.append(parts.square().sum() / whole)
        directions.append(direction @ span)
        outputs = outputs - torch.outer(parts, direction)
        words = words - torch.outer(words @ direction, direction)
    return TextSpan(
        tuple(chosen),
        torch.stack(explained) if chosen else whole.new_zeros(0),
        torch.stack(directions) if chosen else whole.new_zeros(0, span.shape[1]),
    )


def _span(centred: Tensor, noise: float) -> Tensor:
    """Give orthonormal directions of what varies more than noise, ``(rank, d)``.

    Raises
    ------
    ConstantHeadError
        If nothing does.
    """
    found: Sequence[Tensor] = _svd(centred, full_matrices=False)
    span = found[2][found[1] > noise]
    if not len(span):
        raise ConstantHeadError(
            f"the head writes the same in all {len(centred)} images, so that there is "
            f"no variance to explain: give images that differ more"
        )
    return span


def _noise(outputs: Tensor) -> float:
    precision = torch.finfo(outputs.dtype).eps
    return _ROUNDING * precision * float(outputs.double().square().sum().sqrt())


def _lengths(vectors: Tensor) -> Tensor:
    return vectors.square().sum(-1).sqrt()


def _checked_count(n: int, outputs: Tensor, words: Tensor) -> int:
    count = operator.index(n)
    for what, rows, tensor in (
        ("head_outputs", "image", outputs),
        ("word_embeddings", "word", words),
    ):
        if tensor.ndim != _RANK or not tensor.is_floating_point():
            raise ValueError(
                f"{what} is of real numbers, ({rows}, d_embed); got "
                f"{tuple(tensor.shape)} of {tensor.dtype}"
            )
        if not bool(tensor.isfinite().all()):
            raise ValueError(f"{what} has numbers that are not finite")
    if outputs.shape[1] != words.shape[1]:
        raise ValueError(
            f"heads write into {outputs.shape[1]} dimensions and words have "
            f"{words.shape[1]}: encode the words with the text tower of the same model"
        )
    if len(outputs) <= 1:
        raise ValueError(
            f"what varies between images takes two at least, and there "
            f"{'is one' if len(outputs) else 'is none'}"
        )
    if not 1 <= count <= len(words):
        raise ValueError(
            f"n is how many words to find, 1 to {len(words)} of {len(words)} words; "
            f"got {n}"
        )
    return count
