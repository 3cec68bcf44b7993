"""Fit what erases a concept from a component."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, cast

import torch
from torch.nn import functional

from vitwidgets.methods.concepts.eraser import ConceptEraser
from vitwidgets.methods.concepts.stream_values import stream_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from vitwidgets.methods.image_stream import Images
    from vitwidgets.models import HookedViT

_LEAST_IMAGES = 2
_TRACE = 1e-6
"""Least singular value of the whitened cross-covariance that counts: what is below is
rounding. (The package's own, 0.01, leaves weak traces of a concept in.)"""
_STILL = 1e-6
"""Of the vectors' size: what changes less is the same in all images."""


def erase_concept(
    model: HookedViT,
    images: Images,
    labels: Sequence[int] | Sequence[bool] | Tensor | NDArray[np.generic],
    *,
    name: str,
    at: str,
    tokens: Sequence[str] = (),
    batch_size: int = 32,
) -> ConceptEraser:
    """Fit the smallest change after which a concept can't be read linearly.

    LEACE (Belrose et al., "LEACE: Perfect linear concept erasure in closed form",
    2023), by the package concept-erasure. On the vectors that it is fitted to, their
    covariance with the labels is 0 afterwards, and so no linear probe does better than
    one that always says the same. The mean stays, erasing twice is erasing once, and of
    all affine maps that do this it changes the vectors least. Of other images this is
    true the better, the more images there are: several times as many as the component
    is wide.

    What a later part of the model computes with more than one token, or not linearly,
    may still tell.

    Parameters
    ----------
    model
        The model.
    images
        As `attention_statistics` takes them. Other things that are to stay should be
        there as often with the concept as without it: what goes along with it in these
        images goes along with it when it is erased.
    labels
        For each image whether the concept is there, or which of several it is (a whole
        number): ``(image,)``. Or for each of the tokens: ``(image, token)``, as
        `patches_showing` gives them of masks.
    name
        What the concept is called.
    at
        Where: an address such as ``"L3.resid_post"``.
    tokens
        Labels of tokens, whose vectors are taken together; empty for all tokens. The
        class token and patches say things differently: fit an eraser to each.
    batch_size
        Images run at a time.

    Returns
    -------
    ConceptEraser
        To be used as ``Intervention(at, "erase", eraser.tokens, source=name)`` with
        ``{name: eraser}`` as the sources.

    Raises
    ------
    ValueError
        If there are fewer than two images, labels do not fit, all are alike, or all
        vectors are.
    InterventionError, UnknownSiteError
        If there is no such place.
    """
    found = stream_values(model, images, at, tokens, batch_size)
    if len(found.indices) < _LEAST_IMAGES:
        raise ValueError(
            "a concept is erased by what tells images with it from those without: "
            "give two images at least"
        )
    chosen = _labels_of(labels, found.indices, found.values.shape[1])
    values = found.values.flatten(0, 1)
    spread = float((values - values.mean(0)).square().sum(1).max())
    if spread <= _STILL**2 * float(values.square().sum(1).max()):
        raise ValueError(
            f"{found.address} is the same in all images at these tokens, so that "
            f"nothing there tells the concept: take a later layer"
        )
    left, right, mean = _leace(values, chosen)
    if not left.shape[1]:
        raise ValueError(
            f"{found.address} has no covariance with the labels at these tokens: there "
            f"is nothing to erase"
        )
    return ConceptEraser(
        name, found.address, found.tokens, left, right, mean, len(found.indices)
    )


def _labels_of(labels: object, indices: Sequence[int], n_tokens: int) -> Tensor:
    """Give one label for each vector, from 0 on without gaps: int64, ``(vector,)``."""
    given = torch.as_tensor(cast("Any", labels))
    shapes = ((len(given), n_tokens), (len(given),)) if given.ndim else ()
    if (
        tuple(given.shape) not in shapes
        or given.is_floating_point()
        or given.is_complex()
        or len(given) <= max(indices)
    ):
        raise ValueError(
            f"labels are whole numbers or booleans, one for each image or one for each "
            f"image and token: of shape ({max(indices) + 1},) or ({max(indices) + 1}, "
            f"{n_tokens}) here; got {given.dtype} of shape {tuple(given.shape)}"
        )
    own = given.cpu()[list(indices)]
    if own.ndim == 1:
        own = own[:, None].expand(-1, n_tokens)
    kinds, numbered = cast(
        "tuple[Tensor, Tensor]", cast("Any", own.flatten()).unique(return_inverse=True)
    )
    if len(kinds) == 1:
        only = bool(kinds[0]) if own.dtype == torch.bool else int(kinds[0])
        raise ValueError(
            f"all labels are {only}: give images with the concept and images without it"
        )
    return numbered


def _leace(values: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Give left, right and mean of the eraser."""
    package = _concept_erasure()
    kinds = functional.one_hot(labels).double()
    # One column is what the others leave, and would only add rounding.
    kinds = kinds[:, 1:]
    with torch.inference_mode(mode=False):
        # Neither shrinkage nor a bound on the variance: with either the covariance with
        # the concept need not be 0.
        fitter = package.LeaceFitter.fit(
            values.clone(),
            kinds,
            shrinkage=False,
            constrain_cov_trace=False,
            svd_tol=_TRACE,
        )
        found = fitter.eraser
    left, right = cast("Tensor", found.proj_left), cast("Tensor", found.proj_right)
    kept = right.abs().amax(1) > 0
    return left[:, kept], right[kept], cast("Tensor", found.bias)


def _concept_erasure() -> Any:
    """Import the package, which is only needed here and carries no types."""
    with warnings.catch_warnings():
        # Its use of torch.jit is its own affair, and nothing that a reader could mend.
        warnings.filterwarnings("ignore", r"`torch\.jit\.script` is deprecated")
        import concept_erasure  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
    return cast("Any", concept_erasure)
