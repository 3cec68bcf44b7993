"""Small vision transformers with every option of the family, no weight trivial."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from timm.layers import Attention, GluMlp, HybridEmbed, RmsNorm, SwiGLU, SwiGLUPacked
from timm.models.vision_transformer import VisionTransformer
from timm.models.vitamin import GeGluMlp
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Callable

_SMALL: dict[str, Any] = {
    "img_size": 32,
    "patch_size": 8,
    "embed_dim": 32,
    "depth": 3,
    "num_heads": 4,
    "num_classes": 10,
}

VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "layer scale": {"init_values": 0.1},
    "qk norm": {"qk_norm": True},
    "inner norms": {"scale_attn_norm": True, "scale_mlp_norm": True},
    "registers": {"reg_tokens": 2},
    "registers, positions of patches only": {"reg_tokens": 2, "no_embed_class": True},
    "no prefix, average": {"class_token": False, "global_pool": "avg"},
    "average, norm before pooling": {"global_pool": "avg", "fc_norm": False},
    "average with prefix": {"global_pool": "avg", "pool_include_prefix": True},
    "maximum": {"global_pool": "avgmax"},
    "no pooling": {"global_pool": ""},
    "attention pooling": {"global_pool": "map", "class_token": False},
    "norm first": {"pre_norm": True},
    "no final norm": {"final_norm": False},
    "no positions": {"pos_embed": "none"},
    "no head": {"num_classes": 0},
    "no biases": {"qkv_bias": False, "proj_bias": False},
    "oblong": {"img_size": (32, 48), "patch_size": (16, 8)},
    "any size": {"dynamic_img_size": True, "reg_tokens": 1},
    "rms norm": {"norm_layer": RmsNorm, "qk_norm": True},
    "SwiGLU": {"mlp_layer": SwiGLU, "scale_mlp_norm": True},
    "packed SwiGLU": {"mlp_layer": SwiGLUPacked},
    "GLU": {"mlp_layer": GluMlp, "act_layer": nn.Sigmoid},
    "GeGLU": {"mlp_layer": GeGluMlp},
    "gated attention": {},
    "wide heads": {},
    "eager attention": {},
    "convolutional stem": {},
}
"""Options of timm's VisionTransformer by a name for the test's output."""

_SWAPPED_ATTENTION: dict[str, dict[str, Any]] = {
    "gated attention": {"gated": True, "qkv_bias": True},
    "wide heads": {"attn_head_dim": 12, "qkv_bias": True},
}


def build(name: str, dtype: torch.dtype = torch.float32, seed: int = 0) -> nn.Module:
    """Give a variant in evaluation mode, every parameter random and of some size."""
    options = {**_SMALL, **VARIANTS[name]}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if name == "convolutional stem":
            options |= {
                "patch_size": 1,
                "embed_layer": partial(HybridEmbed, backbone=_stem()),
            }
        model = VisionTransformer(**options)
        for block in model.blocks:
            if name in _SWAPPED_ATTENTION:
                block.attn = Attention(32, 4, **_SWAPPED_ATTENTION[name])
            if name == "eager attention":
                block.attn.fused_attn = False
        for key, parameter in model.named_parameters():
            _randomise(key, parameter)
    return model.to(dtype).eval()


def images(
    model: nn.Module, batch: int = 2, seed: int = 1, dtype: torch.dtype = torch.float32
) -> Tensor:
    """Give random images of a model's own size."""
    generator = torch.Generator().manual_seed(seed)
    height, width = model.patch_embed.img_size
    return torch.randn(batch, 3, height, width, generator=generator).to(dtype)


def about(site: str) -> Callable[[str], str]:
    """Give a message function for assert_close that names the site."""
    return lambda message: f"{site}: {message}"


def _stem() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 6, 4, stride=4), nn.Tanh(), nn.Conv2d(6, 8, 2, 2))


def _randomise(key: str, parameter: nn.Parameter) -> None:
    with torch.no_grad():
        if key.endswith("gamma") or (parameter.dim() == 1 and key.endswith("weight")):
            parameter.uniform_(0.4, 1.6)
        elif parameter.dim() == 1:
            parameter.normal_(std=0.2)
        else:
            fan_in = parameter[0].numel() if "token" not in key else 1
            parameter.normal_(std=1.5 * fan_in**-0.5)
