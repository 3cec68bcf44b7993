"""Which parts of a model made it say what it says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.contributions.block_outputs import BlockOutputs
from vitwidgets.methods.contributions.branch_output import agree, reasons
from vitwidgets.methods.contributions.embedding_output import embedding_output
from vitwidgets.methods.contributions.measures import Measure, readout_of
from vitwidgets.methods.contributions.terms import (
    DirectLogitAttribution,
    PartsOfRun,
    with_rest_by_hooks,
)
from vitwidgets.models.errors import StaleCacheError, UnsupportedModelError
from vitwidgets.models.families import layout
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.methods.contributions.branch_output import BranchOutput
    from vitwidgets.methods.contributions.measures import MeasureName, Readout
    from vitwidgets.models import ActivationCache, HookedViT

_NEEDED = re.compile(
    r"hook_(embed|pos_embed|full_embed|logits)"
    r"|blocks\.\d+\.(hook_(resid_pre|resid_mid|resid_post|(attn|mlp)\d*_out|block_out)"
    r"|attn\.hook_(z|attn_mix|v|normed_v|pattern)|mlp\.hook_post"
    r"|ln1\.hook_(ln_out|scale)|ln2\.hook_scale)"
)


def attribution_sites(model: HookedViT) -> list[str]:
    """Name the sites that `direct_logit_attribution` may read of a run."""
    return [site for site in model.sites if _NEEDED.fullmatch(site)]


@torch.no_grad()
def direct_logit_attribution(
    model: HookedViT,
    cache: ActivationCache,
    target: int,
    *,
    versus: int | None = None,
    measure: MeasureName = "logit",
) -> DirectLogitAttribution:
    """Split a number of the model's output over the parts that wrote it.

    nostalgebraist, "interpreting GPT: the logit lens" (2020); Elhage et al., "A
    Mathematical Framework for Transformer Circuits" (2021). All that embedding, heads
    and MLPs add to the stream reaches the classifier through the final norm alone. With
    what that divides by held as in the real forward pass, a logit is a sum of one term
    for each. Only what a part writes itself is counted, and not what it makes later
    parts write.

    Parameters
    ----------
    model
        The model of the run.
    cache
        A run that kept ``attribution_sites(model)``, as one of every site does.
    target
        Index of the class.
    versus
        Index of the class that it is compared with, for a difference.
    measure
        ``"logit"`` of the target; ``"difference"``: that minus the logit of `versus`;
        or ``"log_probability"`` of the target. The last is not linear in the stream:
        what is linear, the logit minus the mean of all logits under the model's own
        output p, is split. The rest is minus the entropy of p, a term of its own.

    Returns
    -------
    DirectLogitAttribution
        For every image.

    Raises
    ------
    UnsupportedModelError
        If the model has no classifier, or single tokens have no logits in it.
    ValueError
        If there is no such measure, `versus` does not go with it, or the run is another
        model's.
    IndexError
        If there is no such class.
    UnknownSiteError
        If the run did not keep what is needed.
    StaleCacheError
        If the model's weights were changed after the run.

    Notes
    -----
    Of a model that pools several tokens, a term is the mean of what it writes to each.
    Norms and gates between a part and the stream are held as in the real forward pass,
    too, and named in `frozen`; LayerScale is applied. What cannot be told apart is one
    term, with the reason in `whole`.
    """
    unembedding = model.unembedding
    model.require_own(cache)
    chosen = Measure.checked(measure, target, versus, model.config.n_classes)
    if not cache.source.weights.is_current():
        raise StaleCacheError(
            "the model's weights were changed or moved after the run that was cached: "
            "run it again"
        )
    n_layers = model.config.n_layers
    last = cache[in_block(n_layers - 1, "hook_resid_post")]
    logits = cache["hook_logits"]
    readout = readout_of(unembedding, chosen, last, logits)
    parts = layout.resolve(model.module)
    outputs = BlockOutputs(parts, cache, unembedding.pooled, readout.direction)
    embedding = embedding_output(outputs, readout.direction)
    blocks = [outputs.of_block(layer) for layer in range(n_layers)]
    attentions, mlps = [pair[0] for pair in blocks], [pair[1] for pair in blocks]
    remainder = chosen.remainder(logits)
    constant = readout.norm_bias + readout.class_bias + remainder
    branches = [*attentions, *mlps]
    frozen = dict.fromkeys(name for each in branches for name in each.frozen)
    found = DirectLogitAttribution(
        measure=chosen,
        value=chosen.value(logits),
        embedding=embedding.embedding,
        position=embedding.position,
        embedding_bias=embedding.bias,
        heads=torch.stack(
            [each.by_head(model.config.n_heads) for each in attentions], 1
        ),
        attention=torch.stack([each.total for each in attentions], 1),
        attention_bias=_biases(attentions),
        mlp=torch.stack([_of_parts(each) for each in mlps], 1),
        mlp_bias=_biases(mlps),
        norm_bias=readout.norm_bias,
        class_bias=readout.class_bias,
        remainder=remainder,
        by_hooks=torch.zeros_like(remainder),
        depth=_depth(outputs, readout, n_layers) + constant[:, None],
        frozen=(*unembedding.held, *embedding.frozen, *frozen),
        whole=(*embedding.whole, *reasons(branches)),
        run=PartsOfRun(model, cache, attentions, mlps),
    )
    size = readout.direction.parts(outputs.pooled(_last_site(n_layers))).abs().sum(-1)
    return _complete(found, size + constant.abs(), cache)


def _complete(
    found: DirectLogitAttribution, size: Tensor, cache: ActivationCache
) -> DirectLogitAttribution:
    """Give an attribution whose terms add up, or raise."""
    if agree(found.sum, found.value, size, cache["hook_logits"].dtype):
        return found
    if cache.source.edited:
        return with_rest_by_hooks(found)
    raise UnsupportedModelError(
        f"the terms of {cache.source.name} add up to {found.sum[0]:.4f}, not to "
        f"{found.value[0]:.4f}: something writes to its stream that is not known here"
    )


def _last_site(n_layers: int) -> str:
    return in_block(n_layers - 1, "hook_resid_post")


def _biases(branches: list[BranchOutput]) -> Tensor:
    return torch.stack(
        [
            torch.zeros_like(each.total) if each.bias is None else each.bias
            for each in branches
        ],
        1,
    )


def _of_parts(branch: BranchOutput) -> Tensor:
    return branch.total if branch.parts is None else branch.parts.sum(-1)


def _depth(outputs: BlockOutputs, readout: Readout, n_layers: int) -> Tensor:
    """Give what the stream counts for at each depth, without constant terms."""
    sites = [in_block(0, "hook_resid_pre")]
    for layer in range(n_layers):
        post = in_block(layer, "hook_resid_post")
        mid = in_block(layer, "hook_resid_mid")
        sites += [mid if outputs.has(mid) else post, post]
    each = [readout.direction.parts(outputs.pooled(site)).sum(-1) for site in sites]
    return torch.stack(each, 1)
