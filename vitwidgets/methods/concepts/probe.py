"""A concept from a probe: the line that tells images with it from those without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.concepts.direction import ConceptDirection, HeldOut
from vitwidgets.methods.concepts.from_images import two_sets
from vitwidgets.methods.concepts.logistic_regression import logistic_regression

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from vitwidgets.methods.image_stream import Images
    from vitwidgets.models import HookedViT

LEAST_IMAGES = 8
"""Of each set, a quarter of which is held out."""

_HELD_OUT = 0.25


def concept_from_probe(
    model: HookedViT,
    with_concept: Images,
    without: Images,
    *,
    name: str,
    at: str,
    tokens: Sequence[str] = (),
    seed: int = 0,
    batch_size: int = 32,
) -> ConceptDirection:
    """Fit a linear probe, and take what it looks at.

    The probe is a logistic regression (Alain and Bengio, "Understanding intermediate
    layers using linear classifier probes", 2016) with a small penalty on its weights.
    It is fitted to three quarters of the images, and its accuracy is that on the last
    quarter. Strength 1 leads its answer from the mean of those without the concept to
    the mean of those with it.

    A probe finds what tells two sets apart, and the model need not use it: that is what
    steering along it, and erasing it, can show.

    Parameters
    ----------
    model, with_concept, without, name, at, batch_size
        As in `concept_from_images`.
    tokens
        Labels of tokens; the probe reads them one at a time, and all alike. Empty for
        all tokens.
    seed
        Of which images are held out.

    Returns
    -------
    ConceptDirection
        With `held_out`.

    Raises
    ------
    ValueError
        If a set has fewer than eight images, or they do not fit.
    InterventionError, UnknownSiteError
        If there is no such place.
    """
    both = two_sets(
        model,
        with_concept,
        without,
        at,
        tokens,
        batch_size=batch_size,
        least=LEAST_IMAGES,
    )
    generator = torch.Generator().manual_seed(seed)
    parts = [_split(each.values, generator) for each in both]
    kept, aside = ([part[index].flatten(0, 1) for part in parts] for index in range(2))
    probe = logistic_regression(torch.cat(kept), _labels(kept))
    right = (probe(torch.cat(aside)) > 0) == _labels(aside)
    shown, other = (probe(each).mean() for each in kept)
    return ConceptDirection(
        name=name,
        vector=(shown - other) * probe.weight / probe.weight.square().sum(),
        address=both[0].address,
        tokens=both[0].tokens,
        origin=f"probe of {sum(len(each.indices) for each in both)} images",
        held_out=HeldOut(
            int(right.sum()), len(right), max(len(each) for each in aside)
        ),
    )


def _split(values: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Hold a quarter of the images out, with all their tokens."""
    order = torch.randperm(len(values), generator=generator)
    count = round(_HELD_OUT * len(values))
    return values[order[count:]], values[order[:count]]


def _labels(both: Sequence[Tensor]) -> Tensor:
    shown, other = both
    return torch.cat([torch.ones(len(shown)), torch.zeros(len(other))]).bool()
