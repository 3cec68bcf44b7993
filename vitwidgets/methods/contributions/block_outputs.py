"""What a block's attention and MLP count for, coordinate by coordinate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from vitwidgets.methods.contributions.branch_output import BranchOutput, agree
from vitwidgets.methods.contributions.head_projection import (
    between_heads_and_projection,
    head_projection,
    layer_scale,
    plain_linear,
)
from vitwidgets.models.class_path import class_path
from vitwidgets.models.families.tables import FAMILIES, NAFLEX
from vitwidgets.models.pieces import derivation
from vitwidgets.models.pieces.norms import known_norm
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from vitwidgets.methods.contributions.direction import Direction
    from vitwidgets.models import ActivationCache
    from vitwidgets.models.pieces.parts import Layout

_POST_NORM = frozenset[str]().union(*(f.post_norm for f in (*FAMILIES, NAFLEX)))

_SEVERAL = (
    "its blocks have several attentions side by side, then several MLPs: each layer's "
    "are one term"
)
_NORM_BEHIND = "a norm comes after its attention, whose heads are one term"
_REPLACED = (
    "what it adds to the stream is not what follows from its parts, as hooks replaced "
    "some of them in this run"
)


class BlockOutputs:
    """Takes what blocks add to the pooled tokens apart.

    Parameters
    ----------
    layout
        The model taken apart.
    cache
        The run.
    pooled
        The tokens that are pooled.
    direction
        What the stream counts for after the last block.
    """

    def __init__(
        self,
        layout: Layout,
        cache: ActivationCache,
        pooled: slice,
        direction: Direction,
    ) -> None:
        self._layout = layout
        self._cache = cache
        self._pooled = pooled
        self._direction = direction

    def of_block(self, layer: int) -> tuple[BranchOutput, BranchOutput]:
        """Give what a block's attention and its MLP count for.

        Where both are added as one and cannot be told apart, the attention's `total` is
        that of both, and the MLP's is 0.

        Raises
        ------
        UnknownSiteError
            If the run did not keep what is needed.
        """
        if self.has(in_block(layer, "hook_block_out")):
            return self._added_as_one(layer)
        side_by_side = ("hook_attn1_out", "hook_mlp1_out")
        if any(self.has(in_block(layer, suffix)) for suffix in side_by_side):
            return self._side_by_side(layer)
        attention = self._attention(layer, self._total(layer, "hook_attn_out"))
        mlp = self._mlp(layer, self._total(layer, "hook_mlp_out"))
        return self._checked(attention, layer), self._checked(mlp, layer)

    def pooled(self, site: str) -> Tensor:
        """Give a site's value at the tokens that are pooled."""
        return self._cache[site][:, self._pooled]

    def has(self, site: str) -> bool:
        """Whether the model has a site."""
        return site in self._layout.sites

    def module_at(self, site: str) -> nn.Module | None:
        """Give the module at whose boundary a site is; None for no site."""
        taps = self._layout.taps
        return next((tap.module for tap in taps if site in tap.sites), None)

    def _total(self, layer: int, *suffixes: str) -> Tensor:
        values = [self.pooled(in_block(layer, suffix)) for suffix in suffixes]
        each = [self._direction.parts(value).sum(-1) for value in values]
        return torch.stack(each).sum(0)

    def _side_by_side(self, layer: int) -> tuple[BranchOutput, BranchOutput]:
        sums = dict(self._layout.blocks[layer].sums)
        attentions, mlps = (
            sums[name][1:] for name in ("hook_resid_mid", "hook_resid_post")
        )
        return (
            BranchOutput(self._total(layer, *attentions), whole=_SEVERAL),
            BranchOutput(self._total(layer, *mlps), whole=_SEVERAL),
        )

    def _added_as_one(self, layer: int) -> tuple[BranchOutput, BranchOutput]:
        total = self._total(layer, "hook_block_out")
        attention, mlp = self._attention(layer, total), self._mlp(layer, total)
        if attention.parts is None or mlp.parts is None:
            whole = attention.whole or mlp.whole
            nothing = BranchOutput(torch.zeros_like(total), whole=whole)
            return BranchOutput(total, whole=whole), nothing
        sums = attention.sum, mlp.sum
        if not self._added_up(sums[0] + sums[1], total, layer, "hook_block_out"):
            nothing = BranchOutput(torch.zeros_like(total), whole=_REPLACED)
            return BranchOutput(total, whole=_REPLACED), nothing
        return replace(attention, total=sums[0]), replace(mlp, total=sums[1])

    def _attention(self, layer: int, total: Tensor) -> BranchOutput:
        block = self._layout.blocks[layer]
        z = in_block(layer, "attn.hook_z")
        found = head_projection(self._layout, layer)
        projection = plain_linear(found)
        width = block.heads.n_heads * block.heads.d_head
        if projection is None:
            return BranchOutput(total, whole=_not_linear("attention", found))
        behind = self._behind(layer, "1")
        if isinstance(behind, str):
            return BranchOutput(total, whole=behind)
        direction, bias, frozen = behind
        bias = bias + direction.of_constant(projection.bias)
        direction = direction.before_linear(projection.weight[:, :width])
        inner, gate = between_heads_and_projection(block.attention)
        site = z
        if gate is not None:
            frozen += ("the gate on what heads give",)
            direction = direction.before_product(self._gate(layer, gate))
        if inner is not None:
            norm = known_norm(inner)
            if norm.kind is None:
                return BranchOutput(total, whole=_unknown_norm(inner))
            frozen += ("the norm of what heads give",)
            bias = bias + direction.of_constant(getattr(inner, "bias", None))
            mix = self.pooled(in_block(layer, "attn.hook_attn_mix")).flatten(2)
            scale = derivation.norm_scale(inner, norm.kind, mix)
            direction = direction.before_norm(norm, scale)
        if inner is not None or gate is not None:
            site = in_block(layer, "attn.hook_attn_mix")
        parts = direction.parts(self.pooled(site).flatten(2))
        return BranchOutput(total, parts, bias, site, direction, frozen)

    def _mlp(self, layer: int, total: Tensor) -> BranchOutput:
        site = in_block(layer, "mlp.hook_post")
        down, weight, own_bias = self._down(layer)
        if weight is None:
            return BranchOutput(total, whole=_not_linear("the MLP", down))
        found = self._behind(layer, "2")
        if isinstance(found, str):
            return BranchOutput(total, whole=found)
        direction, bias, frozen = found
        bias = bias + direction.of_constant(own_bias)
        direction = direction.before_linear(weight)
        parts = direction.parts(self.pooled(site))
        return BranchOutput(total, parts, bias, site, direction, frozen)

    def _down(
        self, layer: int
    ) -> tuple[nn.Module | None, Tensor | None, Tensor | None]:
        """Give what projects a block's neurons, its weight for them, and its bias."""
        block = self._layout.blocks[layer]
        down = self.module_at(in_block(layer, "mlp.hook_post"))
        if self.has(in_block(layer, "hook_block_out")):
            # Neurons are tapped at a dropout; what projects them comes after it.
            untyped = cast("Any", block.module)
            down = getattr(untyped, "mlp_out_proj", None)
            if down is None:
                # One projection takes heads and neurons; its bias is the attention's.
                first = block.heads.n_heads * block.heads.d_head
                return untyped.out_proj, untyped.out_proj.weight[:, first:], None
        if type(down) is not nn.Linear:
            return down, None, None
        return down, down.weight, down.bias

    def _behind(
        self, layer: int, which: str
    ) -> tuple[Direction, Tensor, tuple[str, ...]] | str:
        """Go from the stream to before what comes after the output projection.

        That is LayerScale, or a norm in a block whose norms come last. `which` is "1"
        for attention and "2" for the MLP.

        Returns
        -------
        tuple or str
            The direction, what biases passed by count for, and what is frozen; or the
            reason why not.
        """
        block, direction = self._layout.blocks[layer].module, self._direction
        nothing = direction.of_constant(None)
        if class_path(block) in _POST_NORM:
            site = in_block(layer, f"ln{which}.hook_scale")
            module = self.module_at(in_block(layer, f"ln{which}.hook_ln_out"))
            norm = known_norm(cast("nn.Module", module))
            if norm.kind is None:
                return _unknown_norm(norm.module)
            bias = direction.of_constant(getattr(norm.module, "bias", None))
            name = {"1": "attention", "2": "MLP"}[which]
            frozen = (f"the norm after each {name}",)
            return direction.before_norm(norm, self.pooled(site)), bias, frozen
        if which == "1" and _has_norm_behind(block):
            return _NORM_BEHIND
        scale = layer_scale(block, which)
        if scale is not None:
            direction = direction.before_product(scale)
        return direction, nothing, ()

    def _gate(self, layer: int, gate: nn.Module) -> Tensor:
        post_norm = class_path(self._layout.blocks[layer].module) in _POST_NORM
        taken = "hook_resid_pre" if post_norm else "ln1.hook_ln_out"
        value = self.pooled(in_block(layer, taken))
        weight = next(gate.parameters())
        out: Tensor = gate.forward(value.to(weight)).sigmoid()
        return out.to(value.device)

    def _checked(self, branch: BranchOutput, layer: int) -> BranchOutput:
        """Give a branch as one term if its parts do not add up to what it added."""
        if branch.parts is None:
            return branch
        which = "mlp" if branch.site.endswith("mlp.hook_post") else "attn"
        if self._added_up(branch.sum, branch.total, layer, f"hook_{which}_out"):
            return branch
        return BranchOutput(branch.total, whole=_REPLACED)

    def _added_up(self, found: Tensor, total: Tensor, layer: int, suffix: str) -> bool:
        added = self.pooled(in_block(layer, suffix))
        size = self._direction.parts(added).abs().sum(-1)
        return agree(found, total, size, added.dtype)


def _has_norm_behind(block: nn.Module) -> bool:
    norm = getattr(block, "ln_attn", None)
    return norm is not None and type(norm) is not nn.Identity


def _not_linear(what: str, projection: nn.Module | None) -> str:
    return (
        f"the output projection of {what} is a {type(projection).__name__}, not a "
        f"plain linear layer: it is one term"
    )


def _unknown_norm(norm: nn.Module) -> str:
    return (
        f"how {type(norm).__name__} normalises is not known here, so that it cannot be "
        f"frozen: what comes before it is one term"
    )
