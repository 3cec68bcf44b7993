"""What patching would do, approximately, for all units from one backward pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.patching.run_pair import RunPair

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.methods.patching.metrics import Metric, MetricChoice, Scale
    from vitwidgets.methods.patching.run_pair import Direction
    from vitwidgets.methods.patching.units import Over, Units
    from vitwidgets.models import ActivationCache, HookedViT

_BUDGET = 4 << 30
"""Bytes that gradients and values of one image may take."""


@dataclass(frozen=True, eq=False)
class AttributionPatching:
    """An approximation of exact patching, for every unit of a grid.

    Attributes
    ----------
    values
        Float64, in the grid of `units`, on the scale of exact patching: base 0, donor
        1.
    units
        What would be replaced.
    metric, scale
        What is measured, and where it is 0 and 1.
    untouched
        Value with nothing replaced: 0 when denoising, 1 when noising.
    label
        What to write beside these numbers wherever they are shown.
    """

    values: Tensor
    units: Units
    metric: Metric
    scale: Scale
    untouched: float
    label: str = "approximation (attribution patching)"

    def order(self) -> list[int]:
        """Give all units, those that change most first; equal ones in grid order."""
        change = (self.values - self.untouched).abs().flatten()
        return [int(u) for u in change.argsort(descending=True, stable=True)]


def attribution_patching(
    model: HookedViT,
    base: ActivationCache,
    donor: ActivationCache,
    *,
    over: Over,
    metric: MetricChoice = "difference",
    direction: Direction = "denoising",
    layer: int | None = None,
) -> AttributionPatching:
    """Approximate what `activation_patching` would find, at the cost of one gradient.

    Nanda, "Attribution Patching: Activation Patching At Industrial Scale" (2023): the
    change of a unit times the gradient of the metric there, in the run that would be
    patched. First order only: what saturates, or needs two units at once, is missed.

    Parameters
    ----------
    model, base, donor, over, metric, direction, layer
        As in `activation_patching`, with the same errors.

    Raises
    ------
    ValueError
        Also if the metric is the KL divergence from the base and the base would be
        patched: it is least there, so that its gradient is zero.
    ModelStateError
        In inference mode, which keeps gradients from being made.
    """
    pair = RunPair.checked(
        model,
        base,
        donor,
        over=over,
        layer=layer,
        metric=metric,
        direction=direction,
    )
    return preview_of(pair)


def preview_of(pair: RunPair) -> AttributionPatching:
    """Give the approximation for two runs that have been checked.

    Raises
    ------
    ValueError, ModelStateError
        As `attribution_patching` says.
    """
    if is_flat(pair):
        raise ValueError(
            "the KL divergence from the base is least at the base itself, where its "
            "gradient is zero: preview another metric, or take direction='noising'"
        )
    names = pair.units.sites.names
    base_logits = pair.base_logits
    _, run = pair.model.run_with_cache(
        pair.patched.source.images.to(base_logits.device),
        list(names),
        budget=_BUDGET,
        gradients_of=lambda logits: pair.metric(logits, base_logits)[0],
    )
    products: list[Tensor] = []
    for name in names:
        gradient = run.gradients[name][0].double()
        theirs, ours = (
            run_of[name][0].detach().to(gradient)
            for run_of in (pair.giving, pair.patched)
        )
        products.append((theirs - ours) * gradient)
    span = pair.scale.donor - pair.scale.base
    values = pair.untouched + pair.units.sums(products).cpu() / span
    return AttributionPatching(
        values, pair.units, pair.metric, pair.scale, pair.untouched
    )


def is_flat(pair: RunPair) -> bool:
    """Whether the metric has no slope in the run that is patched."""
    return pair.metric.kind == "kl" and pair.direction == "denoising"


def rank_correlation(preview: Tensor, exact: Tensor) -> float:
    """Give Spearman's rank correlation of two grids, where both have numbers.

    Parameters
    ----------
    preview, exact
        Of one shape, whatever it is. NaN marks what is not known yet.

    Returns
    -------
    float
        From -1 to 1; equal values share their mean rank. NaN where fewer than two units
        are known, or all values of a side are equal.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    if preview.shape != exact.shape:
        raise ValueError(
            f"ranks are compared unit by unit, but the shapes are "
            f"{tuple(preview.shape)} and {tuple(exact.shape)}"
        )
    known = ~(preview.isnan() | exact.isnan())
    ranks = torch.stack([_ranks(side[known]) for side in (preview, exact)])
    ours, theirs = ranks - ranks.mean(1, keepdim=True)
    sizes = (ours * ours).sum() * (theirs * theirs).sum()
    return float((ours * theirs).sum() / sizes.sqrt())


def _ranks(values: Tensor) -> Tensor:
    """Give ranks from 0, equal values their mean."""
    ordered = values.sort().values
    first = torch.searchsorted(ordered, values)
    after = torch.searchsorted(ordered, values, right=True)
    return (first + after - 1).double() / 2
