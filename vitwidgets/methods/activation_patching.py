"""What becomes of the answer when parts of a run are replaced by those of another."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from vitwidgets.methods.attribution_patching import is_flat, preview_of
from vitwidgets.methods.patching.metrics import Metric, Scale
from vitwidgets.methods.patching.run_pair import RunPair
from vitwidgets.methods.patching.sweep import PatchingSweep
from vitwidgets.methods.patching.units import SweptSites

if TYPE_CHECKING:
    from vitwidgets.methods.attribution_patching import AttributionPatching
    from vitwidgets.methods.patching.metrics import MetricChoice
    from vitwidgets.methods.patching.run_pair import Direction
    from vitwidgets.methods.patching.units import Over
    from vitwidgets.models import ActivationCache, HookedViT


def patching_sites(model: HookedViT, over: Over, layer: int | None = None) -> list[str]:
    """Name the sites that a sweep reads of both runs.

    Raises
    ------
    ValueError, IndexError, UnsupportedModelError
        As `activation_patching` says.
    """
    swept = SweptSites.checked(model, over, layer)
    return list(dict.fromkeys((*swept.inputs, *swept.names)))


def activation_patching(
    model: HookedViT,
    base: ActivationCache,
    donor: ActivationCache,
    *,
    over: Over,
    metric: MetricChoice = "difference",
    direction: Direction = "denoising",
    layer: int | None = None,
    top: int | None = None,
    batch_size: int | None = None,
) -> PatchingSweep:
    """Replace parts of a run by those of another, one by one, and see what it says.

    Vig et al., "Investigating Gender Bias in Language Models Using Causal Mediation
    Analysis" (2020); Meng et al., "Locating and Editing Factual Associations in GPT"
    (2022); Zhang and Nanda, "Towards Best Practices of Activation Patching in Language
    Models" (2023). Each unit is replaced in a run of its own, in which only the blocks
    from the unit's own on are computed. Nothing but the preview has been run when the
    sweep is returned: iterate over it, or call ``.run()``.

    Parameters
    ----------
    model
        The model of both runs.
    base, donor
        Runs of one image each, of one size, that kept
        ``patching_sites(model, over, layer)``.
    over
        ``"heads"``: z of each head of each block, at all tokens. ``"resid_pre"``,
        ``"resid_mid"``, ``"resid_post"``, ``"attn_out"``, ``"mlp_out"``: each token of
        each block. ``"q"``, ``"k"``, ``"v"``, ``"z"``: each head of one block at each
        token. ``"neurons"``: each of one block's, at all tokens.
    metric
        What is measured: ``"difference"`` (logit of what the donor shows minus logit of
        what the base shows, by the model's own predictions), ``"logit"`` or
        ``"probability"`` of what the donor shows, ``"kl"`` (divergence from the base);
        a `Metric` with classes of your own; or a function of the logits and the base's.
        Results are 0 where it is as in the base, and 1 as in the donor.
    direction
        ``"denoising"``: a unit of the base's run becomes the donor's, and a value near
        1 says that it suffices. ``"noising"``: a unit of the donor's run becomes the
        base's, and a value near 0 says that it is needed.
    layer
        The block, for what is of one block.
    top
        Run only so many units, the strongest by preview; the rest stays NaN.
    batch_size
        Units of one block in one pass; by default as many as are fastest together. With
        1, logits are bit for bit those of full runs, else within 2e-6 of the largest.

    Returns
    -------
    PatchingSweep
        Its order is that of `attribution_patching`: first the strongest quarter, then
        the others, each pass led by the strongest that is left. As the KL divergence
        has no slope at the base, the logit of what the donor shows gives the order
        there.

    Raises
    ------
    TypeError
        If a run is no cache, or the metric no metric.
    ValueError
        If there is no such sweep, metric or direction; `layer`, `top` or `batch_size`
        does not fit; a run is of several images, of another model or size, or with
        hooks; both predict the same class where classes are to be found; or the metric
        differs too little between the two to be a scale.
    IndexError
        If there is no such block or class.
    UnknownSiteError
        If the model lacks what is swept, or a run did not keep it.
    UnsupportedModelError
        If what is swept does not fit a grid, as q of windows does not.
    StaleCacheError
        If the model's weights were changed after a run.
    ModelStateError
        In inference mode, where there is no gradient to order by.
    """
    for name, number in (("top", top), ("batch_size", batch_size)):
        if number is not None and number < 1:
            raise ValueError(f"{name} must be 1 at least, got {number}")
    pair = RunPair.checked(
        model,
        base,
        donor,
        over=over,
        layer=layer,
        metric=metric,
        direction=direction,
    )
    return PatchingSweep(pair, _order_of(pair), top=top, batch_size=batch_size)


def _order_of(pair: RunPair) -> AttributionPatching:
    """Give a preview to order a sweep by, of another metric if this one is flat."""
    if not is_flat(pair):
        return preview_of(pair)
    metric = Metric("logit", int(pair.donor_logits.argmax()))
    scale = Scale.between(metric, pair.base_logits, pair.donor_logits)
    return preview_of(dataclasses.replace(pair, metric=metric, scale=scale))
