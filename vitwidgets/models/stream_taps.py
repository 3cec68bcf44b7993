"""The taps on the residual stream: embedding, addends, neurons, pooling and logits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor

from vitwidgets.models.sites import in_block
from vitwidgets.models.tap import Handler, Tap, Visitor, passing, taken

if TYPE_CHECKING:
    from vitwidgets.models.parts import BlockLayout, Layout

_PATCHES = "output of the patch embedding"


def embedding_taps(layout: Layout) -> list[Tap]:
    """Give the taps before the first block."""
    embed, pos, full = "hook_embed", "hook_pos_embed", "hook_full_embed"
    taps = [
        Tap(layout.patch_embed, False, _keep_patches, (), (embed, pos)),
        Tap(layout.full_embed, True, _summed(layout), (embed, pos, full)),
    ]
    if layout.ln_pre is not None:
        site = "hook_ln_pre"
        taps.append(Tap(layout.ln_pre, False, passing(site), (site,)))
    return taps


def mlp_taps(block: BlockLayout, layer: int) -> list[Tap]:
    """Give the taps on the neurons of one block."""
    pre, post = in_block(layer, "mlp.hook_pre"), in_block(layer, "mlp.hook_post")
    return [
        Tap(block.activation, True, passing(pre), (pre,)),
        Tap(block.down, True, passing(post), (post,)),
    ]


def attention_addend_tap(block: BlockLayout, layer: int) -> Tap:
    """Give the tap on what attention adds to the stream."""
    site = in_block(layer, "hook_attn_out")
    return Tap(block.attention_addend, False, passing(site), (site,))


def block_input_tap(block: BlockLayout, layer: int) -> Tap:
    """Give the tap on the stream before a block."""
    site = in_block(layer, "hook_resid_pre")
    return Tap(block.module, True, passing(site), (site,))


def middle_taps(block: BlockLayout, layer: int) -> tuple[Tap, Tap, Tap]:
    """Give the taps on resid_mid, mlp_out and resid_post.

    resid_mid is seen where the second norm takes it. The stream goes past that norm as
    well, inside the block's own code, so a replaced resid_mid is also added to the
    MLP's output again, in the same expression that the block uses.
    """
    mid = in_block(layer, "hook_resid_mid")
    mlp_out = in_block(layer, "hook_mlp_out")
    post = in_block(layer, "hook_resid_post")
    mid_key, addend_key = ("new resid_mid", layer), ("mlp addend", layer)

    def middle(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        new = run.visit(mid, value)
        run.scratch[mid_key] = None if new is value else new
        return new

    def addend(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        new = run.visit(mlp_out, value)
        if run.edits(mid):
            run.scratch[addend_key] = new
        return new

    def output(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        new_mid = run.scratch.pop(mid_key, None)
        if new_mid is not None:
            value = new_mid + taken(run, addend_key)
        return run.visit(post, value)

    return (
        Tap(block.ln2.module, True, middle, (mid,)),
        Tap(block.mlp_addend, False, addend, (mlp_out,), (mid,)),
        Tap(block.module, False, output, (post,), (mid,)),
    )


def output_taps(layout: Layout) -> list[Tap]:
    """Give the taps on the pooled features and on the logits."""
    pooled, logits = "hook_pooled", "hook_logits"
    return [
        Tap(layout.pooled_norm, True, passing(pooled), (pooled,)),
        Tap(layout.module, False, passing(logits), (logits,)),
    ]


def _keep_patches(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
    run.scratch[_PATCHES] = value
    return value


def _summed(layout: Layout) -> Handler:
    """Handle the sum of embedding and position, which the model's own code forms."""

    def handler(run: Visitor, full: Tensor, _: Tensor) -> Tensor:
        if run.wants("hook_embed", "hook_pos_embed"):
            full = from_parts(run, full, taken(run, _PATCHES))
        return run.visit("hook_full_embed", full)

    def from_parts(run: Visitor, full: Tensor, patches: Tensor) -> Tensor:
        embed = _with_prefix(layout, patches)
        new_embed = run.visit("hook_embed", embed)
        changed = None if new_embed is embed else new_embed != embed
        total = new_embed
        pos = _positions(layout, patches)
        if pos is not None:
            # A copy: a view would let a careless hook write into the parameter.
            pos = pos.expand_as(embed).clone()
            new_pos = run.visit("hook_pos_embed", pos)
            total = new_embed + new_pos
            if new_pos is not pos:
                moved = new_pos != pos
                changed = moved if changed is None else changed | moved
        if changed is None:
            return full
        # What did not change keeps the model's own sum.
        return torch.where(changed, total.to(full.dtype), full)

    return handler


def _with_prefix(layout: Layout, patches: Tensor) -> Tensor:
    """Prefix tokens and patches, ``(batch, token, d_model)``, before positions."""
    model = cast("Any", layout.module)
    patches = patches.reshape(patches.shape[0], -1, patches.shape[-1])
    prefix: list[Tensor] = [
        token.expand(patches.shape[0], -1, -1)
        for token in (model.cls_token, model.reg_token)
        if token is not None
    ]
    return torch.cat([*prefix, patches], dim=1) if prefix else patches


def _positions(layout: Layout, patches: Tensor) -> Tensor | None:
    """Position embedding as the model adds it, ``(1, token, d_model)``."""
    model = cast("Any", layout.module)
    pos: Tensor | None = model.pos_embed
    if pos is None:
        return None
    bare: int = 0 if model.no_embed_class else model.num_prefix_tokens
    if model.dynamic_img_size:
        from timm.layers.pos_embed import resample_abs_pos_embed  # noqa: PLC0415

        pos = resample_abs_pos_embed(
            pos,
            new_size=list(patches.shape[1:3]),
            old_size=list(model.patch_embed.grid_size),
            num_prefix_tokens=bare,
        )
    if model.no_embed_class and model.num_prefix_tokens:
        blank = pos.new_zeros(1, model.num_prefix_tokens, pos.shape[-1])
        pos = torch.cat([blank, pos], dim=1)
    return pos
