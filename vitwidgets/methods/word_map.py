"""Words for models that never read any: a linear map into the space of a CLIP."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.word_maps.affine import MapFit, WordMap, probe_of
from vitwidgets.methods.word_maps.features import paired_features
from vitwidgets.methods.word_maps.ridge import explained, explained_in_all, fit_ridge
from vitwidgets.models.caching.digests import digest_of_tensors
from vitwidgets.models.errors import UnsupportedModelError

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.methods.image_stream import Images
    from vitwidgets.models import HookedViT
    from vitwidgets.models.words.text_encoder import TextEncoder

_FEWEST = 10
_FEWEST_HELD_OUT = 2
_ALIKE = 1e-6
"""Of their length: features that differ less are the same but for rounding."""


def fit_word_map(
    model: HookedViT,
    clip: HookedViT,
    images: Images,
    *,
    held_out: float = 0.2,
    ridge: float | None = None,
    seed: int = 0,
    batch_size: int = 32,
    progress: bool = True,
) -> WordMap:
    """Fit a linear map from a model's final features to a CLIP's image embeddings.

    Both models see the same pictures, each prepared its own way. What is made small is
    the squared distance of the mapped features from the embedding of length 1, summed
    over the images, plus `ridge` times the sum of the squared weights; in closed form
    and in double precision.

    Parameters
    ----------
    model
        A model of timm that pools its tokens. Its final features are what its
        classifier reads, or would if it had one.
    clip
        The image tower of a CLIP, with its text tower (``clip.text``).
    images
        Pictures without labels: a folder, a list, or anything else that
        `attention_statistics` takes but prepared tensors, as one tensor cannot be
        prepared for both. They should be like those that are to be read.
    held_out
        Share of the images that it is not fitted to, but measured on.
    ridge
        0 or more; None to choose it by leave-one-out errors on the fitted images.
    seed
        Of the choice of the held-out images.
    batch_size
        Images run at a time.
    progress
        Whether a progress bar is written to stderr.

    Raises
    ------
    ValueError
        If there are fewer than 10 images, either model says the same of all, a number
        is not finite, or an option is out of range.
    TypeError
        If an image is a prepared tensor.
    UnsupportedModelError
        If the CLIP has no text tower, or either model does not give one vector for each
        image.
    """
    text = _text_of(clip)
    _require_options(held_out, ridge)
    features, embeddings = paired_features(
        model, clip, images, batch_size=batch_size, progress=progress
    )
    fitted, measured = _split(len(features), held_out, seed)
    for each, rows in ((model, features), (clip, embeddings)):
        _require_spread(each, rows[fitted])
        _require_spread(each, rows[measured])
    found = fit_ridge(features[fitted], embeddings[fitted], ridge)
    predicted = features[measured] @ found.weight.T + found.bias
    return WordMap(
        weight=found.weight.float(),
        bias=found.bias.float(),
        r2_of_dimensions=explained(embeddings[measured], predicted).float(),
        fit=MapFit(
            n_fitted=len(fitted),
            n_held_out=len(measured),
            r2=explained_in_all(embeddings[measured], predicted),
            ridge=found.penalty,
            seed=seed,
        ),
        model_name=model.name,
        clip_name=clip.name,
        model_weights=digest_of_tensors(model.module.state_dict()),
        probe=probe_of(text),
        _text=text,
    )


def _text_of(clip: HookedViT) -> TextEncoder:
    if clip.text is None or clip.config.n_classes:
        what = (
            f"gives {clip.config.n_classes} logits"
            if clip.config.n_classes
            else "has no text tower"
        )
        raise UnsupportedModelError(
            f"{clip.name} {what}: words are read in the space of a CLIP's image tower "
            f"that has its text tower, such as vitwidgets.load_model('emoji-clip')"
        )
    return clip.text


def _require_options(held_out: float, ridge: float | None) -> None:
    if not 0 < held_out < 1:
        raise ValueError(
            f"held_out is the share of the images that R² is measured on, between 0 "
            f"and 1; got {held_out!r}"
        )
    if ridge is not None and not (math.isfinite(ridge) and ridge >= 0):
        raise ValueError(
            f"ridge must be 0 or more, or None to have it chosen; got {ridge!r}"
        )


def _split(count: int, held_out: float, seed: int) -> tuple[Tensor, Tensor]:
    """Give the indices of images to fit to and of images to measure on."""
    if count < _FEWEST:
        raise ValueError(
            f"a word map cannot be fitted to {count} images: give {_FEWEST} at least, "
            f"and as many as there are features if you can"
        )
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(count, generator=generator)
    measured = min(max(round(held_out * count), _FEWEST_HELD_OUT), count // 2)
    return order[measured:], order[:measured]


def _require_spread(model: HookedViT, features: Tensor) -> None:
    if not bool(features.isfinite().all()):
        raise ValueError(
            f"the features of {model.name} are not all finite, and a NaN or an "
            f"infinity can't be mapped: look at its weights and at the images"
        )
    spread = (features - features.mean(0)).square().sum()
    if bool(spread <= _ALIKE**2 * features.square().sum()):
        raise ValueError(
            f"the features of {model.name} are the same for {len(features)} images, so "
            f"that nothing can be learned of them: give images that differ"
        )
