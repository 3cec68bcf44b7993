"""Small models whose blocks are not a sequence of attention and MLP, by hand.

`by_hand` computes such a model's sites from its weights alone, with edits. It shares no
code with vitwidgets.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from timm.models.vision_transformer import (
    DiffParallelScalingBlock,
    ParallelScalingBlock,
    ParallelThingsBlock,
    ResPostBlock,
    VisionTransformer,
)
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Edits = Mapping[str, Callable[[Tensor], Tensor]]

_SMALL: dict[str, Any] = {
    "img_size": 32,
    "patch_size": 8,
    "embed_dim": 32,
    "depth": 2,
    "num_heads": 4,
    "num_classes": 5,
}

SCALING: dict[str, dict[str, Any]] = {
    "projected apart": {
        "block_fn": ParallelScalingBlock,
        "qkv_bias": False,
        "qk_norm": True,
    },
    "projected apart, neurons in the packed tensor": {"block_fn": ParallelScalingBlock},
    "projected together": {
        "block_fn": partial(ParallelScalingBlock, fuse_out_proj=True),
        "qk_norm": True,
        "init_values": 0.3,
    },
    "projected together, no whole number of heads": {
        "block_fn": partial(ParallelScalingBlock, fuse_out_proj=True),
        "mlp_ratio": 1.125,
    },
    "differential": {
        "block_fn": DiffParallelScalingBlock,
        "qk_norm": True,
        "init_values": 0.3,
    },
    "differential, two lambdas": {
        "block_fn": partial(DiffParallelScalingBlock, dual_lambda=True),
        "qkv_bias": False,
    },
}
THINGS: dict[str, dict[str, Any]] = {
    "two branches": {"block_fn": ParallelThingsBlock, "init_values": 0.3},
    "three branches": {"block_fn": partial(ParallelThingsBlock, num_parallel=3)},
    "two differential branches": {
        "block_fn": ParallelThingsBlock,
        "attn_layer": "diff",
        "qk_norm": True,
    },
}
DIFFERENTIAL: dict[str, dict[str, Any]] = {
    "differential attention": {"attn_layer": "diff", "qk_norm": True},
    "differential attention, inner norm": {
        "attn_layer": "diff",
        "scale_attn_norm": True,
        "init_values": 0.3,
    },
    "differential attention, norms after": {
        "attn_layer": "diff",
        "block_fn": ResPostBlock,
    },
}
UNUSUAL = {**SCALING, **THINGS, **DIFFERENTIAL}


def build(name: str, dtype: torch.dtype = torch.float32, seed: int = 0) -> nn.Module:
    """Give a variant in evaluation mode, every parameter random and of some size."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = VisionTransformer(**{**_SMALL, **UNUSUAL[name]})
        randomise(module)
    return module.to(dtype).eval()


def randomise(module: nn.Module) -> None:
    """Give every parameter random values of some size."""
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() < 2:
                parameter.uniform_(0.1, 0.9)
            else:
                parameter.normal_(std=1.2 * parameter[0].numel() ** -0.5)


def images(batch: int = 2, seed: int = 1, dtype: torch.dtype = torch.float64) -> Tensor:
    """Give random images."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, 3, 32, 32, generator=generator).to(dtype)


class ByHand:
    """A model computed by hand: its sites' values, and what edits do."""

    def __init__(self, module: VisionTransformer, edits: Edits | None = None) -> None:
        self._module = module
        self._edits = edits or {}
        self.values: dict[str, Tensor] = {}

    def __call__(self, batch: Tensor) -> Tensor:
        module = self._module
        x = module.norm_pre(module._pos_embed(module.patch_embed(batch)))
        for layer, block in enumerate(module.blocks):
            prefix = f"blocks.{layer}"
            x = self.site(f"{prefix}.hook_resid_pre", x)
            if isinstance(block, ParallelThingsBlock):
                x = self._things(block, prefix, x)
            else:
                x = self._scaling(block, prefix, x)
            x = self.site(f"{prefix}.hook_resid_post", x)
        return module.forward_head(module.norm(x))

    def site(self, name: str, value: Tensor) -> Tensor:
        """Note a value; give what it is replaced by."""
        if name in self._edits:
            value = self._edits[name](value)
        self.values[name] = value
        return value

    def _scaling(self, block: nn.Module, prefix: str, x: Tensor) -> Tensor:
        width = x.shape[-1]
        y = block.in_proj(self._norm(block.in_norm, f"{prefix}.ln1", x))
        neurons = y[..., : -3 * width]
        if block.mlp_bias is not None:
            neurons = neurons + block.mlp_bias
        attn = f"{prefix}.attn"
        q, k, v = y[..., -3 * width :].chunk(3, -1)
        z = self._heads(block, attn, q, k, v).flatten(-2)
        pre = self.site(f"{prefix}.mlp.hook_pre", neurons)
        post = self.site(f"{prefix}.mlp.hook_post", block.mlp_act(pre))
        if block.out_proj is None:
            weight, bias = block.attn_out_proj.weight, block.attn_out_proj.bias
            mlp = block.mlp_out_proj(post)
        else:
            weight, bias = block.out_proj.weight[:, :width], block.out_proj.bias
            mlp = post @ block.out_proj.weight[:, width:].T
        total = self._projected(block, attn, z, weight) + bias + mlp
        return x + self.site(f"{prefix}.hook_block_out", block.ls(total))

    def _things(self, block: nn.Module, prefix: str, x: Tensor) -> Tensor:
        added = torch.zeros_like(x)
        for index, branch in enumerate(block.attns):
            number = f"{index or ''}"
            ln = f"{prefix}.ln1" + (f"_{index}" if index else "")
            attn, module = f"{prefix}.attn{number}", branch.attn
            qkv = module.qkv(self._norm(branch.norm, ln, x))
            z = self._heads(module, attn, *qkv.chunk(3, -1)).flatten(-2)
            out = self._projected(module, attn, z, module.proj.weight)
            out = branch.ls(out + module.proj.bias)
            added = added + self.site(f"{prefix}.hook_attn{number}_out", out)
        x = self.site(f"{prefix}.hook_resid_mid", x + added)
        added = torch.zeros_like(x)
        for index, branch in enumerate(block.ffns):
            number = f"{index or ''}"
            ln = f"{prefix}.ln2" + (f"_{index}" if index else "")
            mlp, module = f"{prefix}.mlp{number}", branch.mlp
            pre = module.fc1(self._norm(branch.norm, ln, x))
            post = module.act(self.site(f"{mlp}.hook_pre", pre))
            out = branch.ls(module.fc2(self.site(f"{mlp}.hook_post", post)))
            added = added + self.site(f"{prefix}.hook_mlp{number}_out", out)
        return x + added

    def _norm(self, norm: nn.Module, prefix: str, x: Tensor) -> Tensor:
        centred = x - x.mean(-1, keepdim=True)
        scale = (centred.pow(2).mean(-1, keepdim=True) + norm.eps).sqrt()
        scale = self.site(f"{prefix}.hook_scale", scale)
        value = self.site(f"{prefix}.hook_normalized", centred / scale)
        return self.site(f"{prefix}.hook_ln_out", value * norm.weight + norm.bias)

    def _heads(
        self, module: nn.Module, prefix: str, q: Tensor, k: Tensor, v: Tensor
    ) -> Tensor:
        """Give z, (batch, token, head, d_head)."""
        v = self.site(f"{prefix}.hook_v", v.unflatten(-1, (module.num_heads, -1)))
        size = (-1, module.head_dim)
        q = self.site(f"{prefix}.hook_q", q.unflatten(-1, size))
        k = self.site(f"{prefix}.hook_k", k.unflatten(-1, size))
        q, k = module.q_norm(q), module.k_norm(k)
        if not hasattr(module, "sub_norm"):
            pattern = self._pattern(prefix, "", q, k)
            mix = torch.einsum("bhqk,bkhd->bqhd", pattern, v)
            mix = self.site(f"{prefix}.hook_attn_mix", mix)
            return self.site(f"{prefix}.hook_z", mix)
        first = self._pattern(prefix, "", q[:, :, ::2], k[:, :, ::2])
        second = self._pattern(prefix, "2", q[:, :, 1::2], k[:, :, 1::2])
        diff = first - lambda_of(module) * second
        diff = self.site(f"{prefix}.hook_diff_pattern", diff)
        mix = torch.einsum("bhqk,bkhd->bqhd", diff, v)
        mix = self.site(f"{prefix}.hook_attn_mix", mix)
        mean_square = mix.pow(2).mean(-1, keepdim=True)
        normed = mix / (mean_square + module.sub_norm.eps).sqrt()
        scaled = normed * module.sub_norm.weight * (1 - module.lambda_init)
        return self.site(f"{prefix}.hook_z", scaled)

    def _pattern(self, prefix: str, half: str, q: Tensor, k: Tensor) -> Tensor:
        q = self.site(f"{prefix}.hook_rot_q{half}", q)
        k = self.site(f"{prefix}.hook_rot_k{half}", k)
        scores = torch.einsum("bqhd,bkhd->bhqk", q, k) * q.shape[-1] ** -0.5
        scores = self.site(f"{prefix}.hook_attn_scores{half}", scores)
        weights = scores.exp()
        pattern = weights / weights.sum(-1, keepdim=True)
        return self.site(f"{prefix}.hook_pattern{half}", pattern)

    def _projected(
        self, module: nn.Module, prefix: str, z: Tensor, weight: Tensor
    ) -> Tensor:
        by_head = z.unflatten(-1, (module.num_heads, -1))
        columns = weight.unflatten(1, by_head.shape[-2:])
        results = torch.einsum("bthd,mhd->bthm", by_head, columns)
        return self.site(f"{prefix}.hook_result", results).sum(2)


def lambda_of(module: nn.Module) -> Tensor:
    """Give how much of the second pattern is subtracted."""
    if module.lambda_a is not None:
        first, second = module.lambda_a, module.lambda_b
    else:  # timm rounds these to float32
        first = (module.lambda_q1 * module.lambda_k1).sum().float()
        second = (module.lambda_q2 * module.lambda_k2).sum().float()
    return first.exp() - second.exp() + module.lambda_init
