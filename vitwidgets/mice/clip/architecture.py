"""The shape of emoji-clip, and how its image tower begins as emoji-vit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch

from vitwidgets.mice.architecture import ARCHITECTURE as MOUSE
from vitwidgets.models.loading.open_clip_names import open_clip

if TYPE_CHECKING:
    from timm.models import VisionTransformer
    from torch import Tensor, nn

CONTEXT_LENGTH = 32
"""Tokens of a text, its start and its end among them. Captions take 25 at most."""

ARCHITECTURE: dict[str, Any] = {
    "embed_dim": 128,
    "vision_cfg": {
        "image_size": MOUSE["img_size"],
        "patch_size": MOUSE["patch_size"],
        "width": MOUSE["embed_dim"],
        "layers": MOUSE["depth"],
        "head_width": 32,
        "mlp_ratio": MOUSE["mlp_ratio"],
        "no_ln_pre": True,
        "norm_kwargs": {"eps": 1e-6},
    },
    "text_cfg": {
        "context_length": CONTEXT_LENGTH,
        "vocab_size": 49_408,
        "width": 128,
        "heads": 4,
        "layers": 3,
    },
}
"""Keyword arguments of open_clip's ``CLIP``."""


def build_clip() -> nn.Module:
    """Build the model with fresh random weights, from PyTorch's present seed.

    Rows of the token embedding begin at zero, so that those of tokens that no caption
    has stay there: they need not be stored, and an unknown word says nothing.
    """
    clip = open_clip().CLIP(**ARCHITECTURE)
    with torch.no_grad():
        clip.token_embedding.weight.zero_()
    return clip


def tokenizer() -> Any:
    """Give open_clip's own tokenizer, for texts of this model's length."""
    return open_clip().SimpleTokenizer(context_length=CONTEXT_LENGTH)


def begin_as_mouse(clip: nn.Module, mouse: VisionTransformer) -> None:
    """Make the image tower compute what emoji-vit computes, up to its final norm.

    Parameters
    ----------
    clip
        From `build_clip`; its image tower is changed in place, but for the projection.
    mouse
        timm's module of emoji-vit.
    """
    state = cast("dict[str, Tensor]", mouse.state_dict())
    positions = state["pos_embed"][0].clone()
    # open_clip's patch embedding has no bias of its own: each patch's position has it.
    positions[1:] += state["patch_embed.proj.bias"]
    new = {
        "conv1.weight": state["patch_embed.proj.weight"],
        "class_embedding": state["cls_token"][0, 0],
        "positional_embedding": positions,
        "ln_post.weight": state["norm.weight"],
        "ln_post.bias": state["norm.bias"],
    }
    for name, tensor in state.items():
        if name.startswith("blocks."):
            _, number, rest = name.split(".", 2)
            new[f"transformer.resblocks.{number}.{_renamed(rest)}"] = tensor
    visual = cast("Any", clip).visual
    # The projection alone has nothing to begin with.
    visual.load_state_dict({**new, "proj": visual.proj})


def _renamed(name: str) -> str:
    """Give open_clip's name of a part of a block of timm."""
    part, kind = name.rsplit(".", 1)
    if part == "attn.qkv":
        return f"attn.in_proj_{kind}"
    parts = {
        "norm1": "ln_1",
        "norm2": "ln_2",
        "attn.proj": "attn.out_proj",
        "mlp.fc1": "mlp.c_fc",
        "mlp.fc2": "mlp.c_proj",
    }
    return f"{parts[part]}.{kind}"
