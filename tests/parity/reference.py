"""timm's vision transformer written out once more, as plainly as possible.

The oracle of the tests: one function, no hooks, no fused attention, no shortcuts. It
returns the value of every site and takes edits, so that what a hooked model reads and
does can be checked against something that shares no code with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F  # noqa: N812 (as everybody writes it)
from torch import Tensor, nn

Edits = Mapping[str, Callable[[Tensor], Tensor]]


def forward(
    model: nn.Module, images: Tensor, edits: Edits | None = None
) -> dict[str, Tensor]:
    """Give every site's value; ``hook_logits`` is the result.

    Parameters
    ----------
    model
        A timm VisionTransformer without dropout.
    images
        (batch, channel, height, width).
    edits
        What to replace a site's value by, as a function of the value.
    """
    edits = edits or {}
    values: dict[str, Tensor] = {}

    def site(name: str, value: Tensor) -> Tensor:
        if name in edits:
            value = edits[name](value)
        values[name] = value
        return value

    x = _embedding(model, images, site)
    for layer, block in enumerate(model.blocks):
        x = _block(
            block, x, lambda name, value, i=layer: site(f"blocks.{i}.{name}", value)
        )
    if not isinstance(model.norm, nn.Identity):
        x = _norm(model.norm, x, "ln_final", site)
    x = site("hook_pooled", _pooled(model, x))
    if not isinstance(model.fc_norm, nn.Identity):
        x = _norm(model.fc_norm, x, "ln_final", site)
    if not isinstance(model.head, nn.Identity):
        x = F.linear(x, model.head.weight, model.head.bias)
    site("hook_logits", x)
    return values


def _embedding(model: nn.Module, images: Tensor, site: Callable) -> Tensor:
    rows, cols = model.patch_embed.grid_size
    if hasattr(model.patch_embed, "backbone"):
        patches = model.patch_embed(images)
    else:
        conv = model.patch_embed.proj
        patches = F.conv2d(images, conv.weight, conv.bias, stride=conv.stride)
        rows, cols = patches.shape[2:]
        patches = patches.flatten(2).transpose(1, 2)
    batch = images.shape[0]
    prefix = [t for t in (model.cls_token, model.reg_token) if t is not None]
    prefix = [t.expand(batch, -1, -1) for t in prefix]
    n_prefix = sum(t.shape[1] for t in prefix)
    embed = site("hook_embed", torch.cat([*prefix, patches], 1))
    if model.pos_embed is None:
        full = embed
    else:
        pos = model.pos_embed
        with_prefix = not model.no_embed_class
        head, body = (
            (pos[:, :n_prefix], pos[:, n_prefix:]) if with_prefix else (None, pos)
        )
        if head is None:
            head = torch.zeros(1, n_prefix, pos.shape[-1], dtype=pos.dtype)
        if body.shape[1] != rows * cols:
            old = model.patch_embed.grid_size
            body = body.reshape(1, *old, -1).permute(0, 3, 1, 2).float()
            body = F.interpolate(
                body, (rows, cols), mode="bicubic", antialias=True, align_corners=False
            )
            body = body.permute(0, 2, 3, 1).reshape(1, rows * cols, -1).to(pos.dtype)
        pos = torch.cat([head, body], 1).expand_as(embed)
        full = embed + site("hook_pos_embed", pos)
    full = site("hook_full_embed", full)
    if isinstance(model.norm_pre, nn.Identity):
        return full
    return site("hook_ln_pre", _normalised(model.norm_pre, full)[2])


def _block(block: nn.Module, x: Tensor, site: Callable) -> Tensor:
    x = site("hook_resid_pre", x)
    attn_out = _attention(block.attn, _norm(block.norm1, x, "ln1", site), site)
    x = site("hook_resid_mid", x + site("hook_attn_out", _scaled(block.ls1, attn_out)))
    mlp_out = _mlp(block.mlp, _norm(block.norm2, x, "ln2", site), site)
    return site(
        "hook_resid_post", x + site("hook_mlp_out", _scaled(block.ls2, mlp_out))
    )


def _attention(attn: nn.Module, x: Tensor, site: Callable) -> Tensor:
    batch, tokens, _ = x.shape
    heads, width = attn.num_heads, attn.head_dim
    qkv = F.linear(x, attn.qkv.weight, attn.qkv.bias)
    q, k, v = (
        site(f"attn.hook_{name}", part.reshape(batch, tokens, heads, width))
        for name, part in zip("qkv", qkv.chunk(3, -1), strict=True)
    )
    q = site("attn.hook_rot_q", _maybe_normalised(attn.q_norm, q))
    k = site("attn.hook_rot_k", _maybe_normalised(attn.k_norm, k))
    scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / width**0.5
    scores = site("attn.hook_attn_scores", scores)
    weights = (scores - scores.amax(-1, keepdim=True)).exp()
    pattern = site("attn.hook_pattern", weights / weights.sum(-1, keepdim=True))
    mix = site("attn.hook_attn_mix", torch.einsum("bhqk,bkhd->bqhd", pattern, v))
    flat = _maybe_normalised(attn.norm, mix.reshape(batch, tokens, -1))
    if getattr(attn, "gate", None) is not None:
        flat = flat * torch.sigmoid(F.linear(x, attn.gate.weight, attn.gate.bias))
    z = site("attn.hook_z", flat.reshape(batch, tokens, heads, width))
    per_head = attn.proj.weight.reshape(-1, heads, width)
    result = site("attn.hook_result", torch.einsum("bthd,mhd->bthm", z, per_head))
    out = result.sum(2)
    return out if attn.proj.bias is None else out + attn.proj.bias


def _mlp(mlp: nn.Module, x: Tensor, site: Callable) -> Tensor:
    kind = type(mlp).__name__
    other: Tensor | float = 1.0
    if kind == "GeGluMlp":
        x = _normalised(mlp.norm, x)[2]
        pre, other = (F.linear(x, w.weight, w.bias) for w in (mlp.w0, mlp.w1))
    elif kind == "SwiGLU":
        pre, other = (F.linear(x, w.weight, w.bias) for w in (mlp.fc1_g, mlp.fc1_x))
    else:
        pre = F.linear(x, mlp.fc1.weight, mlp.fc1.bias)
        if kind == "GluMlp":
            first, second = pre.chunk(2, -1)
            pre, other = (second, first) if mlp.gate_last else (first, second)
    post = _activated(mlp.act, site("mlp.hook_pre", pre)) * other
    if kind != "GeGluMlp":
        post = _maybe_normalised(mlp.norm, post)
    down = mlp.w2 if kind == "GeGluMlp" else mlp.fc2
    return F.linear(site("mlp.hook_post", post), down.weight, down.bias)


def _activated(act: nn.Module, x: Tensor) -> Tensor:
    name = type(act).__name__
    if name.startswith("GELU"):
        return x * 0.5 * (1 + torch.erf(x / 2**0.5))
    if name in ("SiLU", "Sigmoid"):
        gate = 1 / (1 + torch.exp(-x))
        return gate if name == "Sigmoid" else x * gate
    raise NotImplementedError(name)


def _norm(norm: nn.Module, x: Tensor, prefix: str, site: Callable) -> Tensor:
    centred = x if "Rms" in type(norm).__name__ else x - x.mean(-1, keepdim=True)
    scale = (centred.pow(2).mean(-1, keepdim=True) + norm.eps).sqrt()
    scale = site(f"{prefix}.hook_scale", scale)
    value = site(f"{prefix}.hook_normalized", centred / scale)
    return site(f"{prefix}.hook_ln_out", _affine(norm, value))


def _normalised(norm: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    centred = x if "Rms" in type(norm).__name__ else x - x.mean(-1, keepdim=True)
    scale = (centred.pow(2).mean(-1, keepdim=True) + norm.eps).sqrt()
    return scale, centred / scale, _affine(norm, centred / scale)


def _maybe_normalised(norm: nn.Module, x: Tensor) -> Tensor:
    return x if isinstance(norm, nn.Identity) else _normalised(norm, x)[2]


def _affine(norm: nn.Module, x: Tensor) -> Tensor:
    x = x if norm.weight is None else x * norm.weight
    bias = getattr(norm, "bias", None)
    return x if bias is None else x + bias


def _scaled(layer_scale: nn.Module, x: Tensor) -> Tensor:
    return x if isinstance(layer_scale, nn.Identity) else x * layer_scale.gamma


def _pooled(model: nn.Module, x: Tensor) -> Tensor:
    if model.attn_pool is not None:
        if not model.pool_include_prefix:
            x = x[:, model.num_prefix_tokens :]
        return model.attn_pool(x)
    if model.global_pool == "token":
        return x[:, 0]
    if not model.global_pool:
        return x
    if not model.pool_include_prefix:
        x = x[:, model.num_prefix_tokens :]
    mean, most = x.sum(1) / x.shape[1], x.max(1).values
    return {"avg": mean, "max": most, "avgmax": (mean + most) / 2}[model.global_pool]
