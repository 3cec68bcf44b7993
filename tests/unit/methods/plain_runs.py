"""A vision transformer written out by hand, any value of which can be set."""

from __future__ import annotations

import torch
from torch.nn import functional


def embedded(module, images):
    """Give the stream that enters the first block."""
    return module.norm_pre(module._pos_embed(module.patch_embed(images)))


def plain_run(module, stream, changes=None):
    """Run the blocks; give the logits and every value by (name, layer).

    `changes` are functions of a value by the same keys, for what it becomes.
    """
    values = {}

    def at(name, layer, value):
        change = (changes or {}).get((name, layer))
        values[name, layer] = value if change is None else change(value)
        return values[name, layer]

    for layer, block in enumerate(module.blocks):
        stream = at("resid_pre", layer, stream)
        attn = block.attn
        packed = attn.qkv(block.norm1(stream)).unflatten(-1, (3, attn.num_heads, -1))
        q, k, v = (
            at(n, layer, t) for n, t in zip("qkv", packed.unbind(2), strict=True)
        )
        scores = torch.einsum("bqhd,bkhd->bhqk", q, k) * attn.head_dim**-0.5
        z = torch.einsum("bhqk,bkhd->bqhd", scores.softmax(-1), v)
        z = at("z", layer, z)
        added = block.ls1(functional.linear(z.flatten(2), attn.proj.weight))
        added = added + block.ls1(attn.proj.bias.expand_as(added))
        stream = stream + at("attn_out", layer, added)
        stream = at("resid_mid", layer, stream)
        mlp = block.mlp
        neurons = functional.gelu(mlp.fc1(block.norm2(stream)))
        stream = stream + at("mlp", layer, block.ls2(mlp.fc2(neurons)))
        stream = at("resid_post", layer, stream)
    return module.forward_head(module.norm(stream)), values
