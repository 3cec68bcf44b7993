"""Small random models of open_clip with both towers, and words for them."""

from __future__ import annotations

from typing import Any

import open_clip
import torch
from torch import Tensor

from vitwidgets.models import HookedViT
from vitwidgets.models.words.text_encoder import TextEncoder

WORDS = ["cat", "a red car", "two dogs", "the word key"]
CONTEXT = 12
VISION: dict[str, Any] = {
    "layers": 3,
    "width": 32,
    "head_width": 8,
    "image_size": 24,
    "patch_size": 8,
}
TEXT: dict[str, Any] = {
    "layers": 2,
    "width": 32,
    "heads": 2,
    "vocab_size": 49_408,
    "context_length": CONTEXT,
}


def randomized(module: Any, seed: int = 0) -> Any:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if name.startswith("logit_"):
                continue
            is_scale = noise.ndim == 1 and name.endswith("weight")
            parameter.copy_(1 + 0.3 * noise if is_scale else 0.4 * noise)
    return module.eval()


def clip(kind: str = "CLIP", vision: dict[str, Any] | None = None, **more: Any) -> Any:
    """Give a small random model of one of open_clip's classes."""
    vision = {**VISION, **(vision or {})}
    if kind == "CoCa":
        text = {**TEXT, "embed_cls": True, "output_tokens": True}
        pooler = {
            "attentional_pool": True,
            "attn_pooler_heads": 2,
            "output_tokens": True,
        }
        decoder = {**TEXT, "attn_pooler_heads": 2}
        decoder.pop("vocab_size")
        made = open_clip.CoCa(
            16, {**decoder, "vocab_size": 60}, text, {**vision, **pooler}, **more
        )
    else:
        made = getattr(open_clip, kind)(16, vision, TEXT, **more)
    return randomized(made)


def tokenizer(length: int = CONTEXT) -> open_clip.SimpleTokenizer:
    return open_clip.SimpleTokenizer(context_length=length)


def encoder(model: Any, name: str | None = None) -> TextEncoder:
    return TextEncoder(model, tokenizer(), name=name)


def hooked(model: Any) -> HookedViT:
    return HookedViT(model.visual, text=encoder(model))


def images(count: int = 2, side: int = 24) -> Tensor:
    generator = torch.Generator().manual_seed(7)
    return torch.randn(count, 3, side, side, generator=generator)
