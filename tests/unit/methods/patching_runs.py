"""Pairs of runs to patch between, and full runs by the textbook to compare with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vitwidgets.models import HookedViT

    Edits = Mapping[str, Callable[[torch.Tensor], torch.Tensor]]

LAYERED = ("heads", "resid_pre", "resid_mid", "resid_post", "attn_out", "mlp_out")
OF_ONE_LAYER = ("q", "k", "v", "z", "neurons")
SUFFIXES = {
    "heads": "attn.hook_z",
    "neurons": "mlp.hook_post",
    **{part: f"attn.hook_{part}" for part in "qkvz"},
    **{part: f"hook_{part}" for part in LAYERED[1:]},
}


def double_vit(grid: str, **options: Any) -> HookedViT:
    model = hooked_vit(GRIDS[grid], **options)
    model.module.double()
    return model


def two_images(model: HookedViT) -> tuple[torch.Tensor, torch.Tensor]:
    """Give two images that the model takes for different classes."""
    dtype = next(model.module.parameters()).dtype
    many = pixels(model.grid, 40).to(dtype)
    with torch.no_grad():
        said = model.module(many).argmax(-1)
    other = int((said != said[0]).nonzero()[0])
    return many[:1], many[other : other + 1]


def two_runs(model: HookedViT):
    return [model.run_with_cache(image)[1] for image in two_images(model)]


@torch.no_grad()
def plain_run(module: Any, images: torch.Tensor, edits: Edits):
    """Run a timm vision transformer step by step, with values replaced on the way.

    Gives the logits and every value by its site's name.
    """
    seen: dict[str, torch.Tensor] = {}

    def at(site, value):
        seen[site] = edits[site](value) if site in edits else value
        return seen[site]

    x = module.norm_pre(module._pos_embed(module.patch_embed(images)))
    for layer, block in enumerate(module.blocks):
        here = f"blocks.{layer}."
        attn = block.attn
        x = at(f"{here}hook_resid_pre", x)
        packed = attn.qkv(block.norm1(x)).unflatten(-1, (3, attn.num_heads, -1))
        q, k, v = (
            at(f"{here}attn.hook_{name}", part)
            for name, part in zip("qkv", packed.unbind(2), strict=True)
        )
        scores = torch.einsum("bqhd,bkhd->bhqk", q, k) * attn.scale
        z = torch.einsum("bhqk,bkhd->bqhd", scores.softmax(-1), v)
        z = at(f"{here}attn.hook_z", z)
        x = x + at(f"{here}hook_attn_out", block.ls1(attn.proj(z.flatten(2))))
        x = at(f"{here}hook_resid_mid", x)
        hidden = block.mlp.act(block.mlp.fc1(block.norm2(x)))
        hidden = at(f"{here}mlp.hook_post", hidden)
        x = x + at(f"{here}hook_mlp_out", block.ls2(block.mlp.fc2(hidden)))
        x = at(f"{here}hook_resid_post", x)
    return module.forward_head(module.norm(x)), seen


def places(over: str, value: torch.Tensor):
    """Give the index, into ``(batch, token, ...)``, of each unit of one site."""
    n_tokens, n_inner = value.shape[1], value.shape[2]
    every = slice(None)
    if over in ("heads", "neurons"):
        return [(every, every, inner) for inner in range(n_inner)]
    if over in OF_ONE_LAYER:
        return [
            (every, token, head) for head in range(n_inner) for token in range(n_tokens)
        ]
    return [(every, token) for token in range(n_tokens)]


def replaced(own: torch.Tensor, other: torch.Tensor, place: Any) -> torch.Tensor:
    changed = own.clone()
    changed[place] = other[place]
    return changed
