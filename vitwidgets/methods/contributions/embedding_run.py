"""What the parts of a tower write into its embedding, in one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.contributions.branch_output import agree
from vitwidgets.methods.contributions.frozen_readout import FrozenNorm, FrozenReadout
from vitwidgets.methods.contributions.head_projection import (
    between_heads_and_projection,
    head_projection,
    layer_scale,
    plain_linear,
)
from vitwidgets.methods.contributions.head_sources import values_of_heads
from vitwidgets.methods.plain_patterns import require_plain_patterns
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.families import layout
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.models import ActivationCache, HookedViT
    from vitwidgets.models.pieces.parts import Layout

NOT_LINEAR = (
    "what the heads of layer {} write does not reach the stream through one linear "
    "layer: its attention is one term"
)


@dataclass(frozen=True)
class LayerTerms:
    """What a block adds, as vectors of the embedding.

    Attributes
    ----------
    heads
        ``(batch, head, d_embed)``; None where they cannot be told apart.
    attention, bias, mlp
        ``(batch, d_embed)``: of all that attention adds, of what of this is of no head,
        and of the MLP.
    """

    heads: Tensor | None
    attention: Tensor
    bias: Tensor
    mlp: Tensor


@dataclass(frozen=True)
class EmbeddingRun:
    """A run, and how vectors of its stream are read as vectors of the embedding."""

    model: HookedViT
    cache: ActivationCache
    parts: Layout
    readout: FrozenReadout

    @classmethod
    def checked(cls, model: HookedViT, cache: ActivationCache) -> EmbeddingRun:
        """Give that of a model, or raise UnsupportedModelError if it cannot be."""
        parts = layout.resolve(model.module)
        last = in_block(model.config.n_layers - 1, "hook_resid_post")
        readout = FrozenReadout.of(model, parts.features, cache[last])
        missing = parts.missing.get(in_block(0, "hook_attn_out"))
        if missing or in_block(0, "hook_attn_out") not in parts.sites:
            raise UnsupportedModelError(
                f"the blocks of {model.name} cannot be taken apart: "
                f"{missing or 'several attentions run side by side in them'}"
            )
        return cls(model, cache, parts, readout)

    def written(self, site: str) -> Tensor:
        """Give what a site of the stream counts for, ``(batch, d_embed)``."""
        return self.readout.of_tokens(self.cache[site])

    def of_layer(self, layer: int) -> LayerTerms:
        """Give what a block adds."""
        attention = self.written(in_block(layer, "hook_attn_out"))
        mlp = self.written(in_block(layer, "hook_mlp_out"))
        path = self._path(layer)
        if path is not None:
            mixed = self.cache[path.site]
            heads = path.readout.of_heads(mixed, path.weight)
            rest = self.readout.of_constant(path.bias)
            size = self.readout.size(self.cache[in_block(layer, "hook_attn_out")])
            if agree(heads.sum(1) + rest, attention, size, mixed.dtype):
                return LayerTerms(heads, attention, rest, mlp)
        return LayerTerms(None, attention, torch.zeros_like(attention), mlp)

    def head_sources(self, layer: int, head: int) -> Tensor:
        """Give ``(batch, token, d_embed)``, what a head took from each token."""
        path = self._path(layer)
        if path is None:
            raise UnsupportedModelError(NOT_LINEAR.format(layer))
        require_plain_patterns(self.model)
        n_heads = self.model.config.n_heads
        values = values_of_heads(self.cache, layer, n_heads)[:, :, head]
        rows = path.readout.pooled_rows(self.cache, layer, head)
        weight = path.weight.view(len(path.weight), n_heads, -1)[:, head]
        return path.readout.of_mixture(rows, values, weight)

    def _path(self, layer: int) -> HeadPath | None:
        """Give the way from a block's heads to the stream; None if it is not linear."""
        module = plain_linear(head_projection(self.parts, layer))
        if module is None:
            return None
        block = self.parts.blocks[layer]
        weight = module.weight[:, : block.heads.n_heads * block.heads.d_head]
        weight = weight.to(self.readout.matrix)
        own: Tensor | None = getattr(module, "bias", None)
        bias = None if own is None else own.to(weight)
        site, readout = in_block(layer, "attn.hook_z"), self.readout
        inner, gate = between_heads_and_projection(block.attention)
        if inner is not None and gate is None:
            site = in_block(layer, "attn.hook_attn_mix")
            frozen = FrozenNorm.of(inner, self.cache[site].flatten(2))
            bias = frozen.bias_through(weight, bias)
            weight = frozen.before(weight)
            readout = readout.divided(frozen.scale)
        scale = layer_scale(block.module, "1")
        if scale is not None:
            scale = scale.to(weight)
            weight = scale[:, None] * weight
            bias = None if bias is None else scale * bias
        return HeadPath(site, weight, bias, readout)


@dataclass(frozen=True)
class HeadPath:
    """The linear way from a block's heads to the stream.

    Attributes
    ----------
    site
        What heads give, ``(batch, token, head, d_head)``.
    weight, bias
        From there to the stream, ``(d_model, head * d_head)`` and ``(d_model,)``.
    readout
        From there to the embedding, what a norm between them divides by included.
    """

    site: str
    weight: Tensor
    bias: Tensor | None
    readout: FrozenReadout
