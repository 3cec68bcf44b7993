"""A concept from words: where a model's stream would have to go to say them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from vitwidgets.methods.concepts.direction import ConceptDirection
from vitwidgets.methods.intervening.errors import InterventionError
from vitwidgets.methods.intervening.intervention import Intervention
from vitwidgets.models.pieces.unembedding import known_kind
from vitwidgets.models.precision import wide
from vitwidgets.models.words.checked_texts import PLACE, distinct_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from vitwidgets.models import HookedViT
    from vitwidgets.models.words.text_encoder import TextEncoder


@torch.no_grad()
def concept_from_words(
    model: HookedViT,
    toward: Sequence[str],
    away: Sequence[str],
    *,
    at: str,
    tokens: Sequence[str] = (),
    templates: Sequence[str] = (PLACE,),
    text: TextEncoder | None = None,
    name: str | None = None,
) -> ConceptDirection:
    """Give the direction of the stream that says some words rather than others.

    The difference of the words' mean embeddings goes back through the transpose of the
    projection and the weights of the final norm (and, where the norm subtracts the
    mean, without its mean). Of all small changes of one length at the end of the
    stream, this one raises the similarity to the words of `toward` over that to those
    of `away` the most: it is the gradient, with what the norm and the embedding's
    length divide by held. The pseudo-inverse of the projection would lead the embedding
    along the difference and nowhere else, but mostly through directions that the
    projection all but ignores, where the stream would have to go far from where it ever
    is.

    Before the last block this takes for granted that the stream is written in the same
    terms as at its end, as the logit lens does. What comes of it there is to be seen,
    not to be taken for granted.

    Parameters
    ----------
    model
        A CLIP that was loaded by name, or any model with a `text` side given. One
        without takes the names of its own classes as words.
    toward, away
        Words or prompts, one at least each.
    at
        Where it is to be added: an address of the stream, such as ``"L3.resid_post"``.
    tokens
        Labels of the tokens that it is to be added at; empty for all.
    templates
        What each word is put into, as in `HookedViT.with_words`.
    text
        The text side; by default the model's own.
    name
        What the concept is called; by default ``"toward - away"``.

    Returns
    -------
    ConceptDirection
        Of length 1.

    Raises
    ------
    ValueError
        If a side is empty, a word is on both, or none of the model's classes.
    UnsupportedModelError
        If the model has neither words nor classes, or its output is not made of
        single tokens in a way that is known.
    InterventionError, UnknownSiteError
        If the place is none of the stream.
    """
    sides = (
        distinct_texts("words to lead to", toward),
        distinct_texts("words to lead away from", away),
    )
    both = (*sides[0], *sides[1])
    distinct_texts("words of both sides", both)
    place = Intervention(at, "zero", tuple(tokens))
    if place.component(model).width != model.config.d_model:
        raise InterventionError(
            f"words are directions of the stream, and {place.address} is no place of "
            f"it: take one such as 'L{place.layer}.resid_post'"
        )
    rows = _rows_of(model, both, templates, text)
    shown, other = rows[: len(sides[0])], rows[len(sides[0]) :]
    called = [", ".join(side) for side in sides]
    return ConceptDirection(
        name=name or f"{called[0]} - {called[1]}",
        vector=_unit(shown.mean(0) - other.mean(0)),
        address=place.address,
        tokens=place.tokens,
        origin=f"words: {called[0]} rather than {called[1]}",
    )


def _rows_of(
    model: HookedViT,
    words: Sequence[str],
    templates: Sequence[str],
    text: TextEncoder | None,
) -> Tensor:
    """Give the gradient of each word's logit at the stream's end, ``(word, d)``."""
    if text is not None or model.text is not None:
        model = model.with_words(words, templates, text=text)
    names = list(model.class_names or ())
    missing = [word for word in words if word not in names]
    if missing:
        raise ValueError(
            f"{missing[0]!r:.100} is no class of {model.name}, which has no text side "
            f"to read other words with: name its classes, or load a CLIP by name, such "
            f"as vitwidgets.load_model('emoji-clip')"
        )
    unembedding = model.unembedding
    layers = torch.stack([each.weight for each in unembedding.maps()])
    chosen = torch.tensor([names.index(word) for word in words], device=layers.device)
    rows = layers.to(wide(layers.dtype)).mean(0)[chosen].double().cpu()
    return _through_norm(unembedding, rows)


def _through_norm(unembedding: Any, rows: Tensor) -> Tensor:
    if unembedding.norm is None:
        return rows
    kind = known_kind(unembedding.norm)
    weight: Tensor | None = getattr(unembedding.norm.module, "weight", None)
    if weight is not None:
        rows = rows * weight.detach().double().cpu()
    return rows - rows.mean(-1, keepdim=True) if kind.centred else rows


def _unit(vector: Tensor) -> Tensor:
    length = vector.square().sum().sqrt()
    return vector / length.clamp(min=torch.finfo(vector.dtype).tiny)
