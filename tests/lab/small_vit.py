"""A small vision transformer and a picture for it, alike in the test and the kernel."""

from __future__ import annotations

import numpy as np
import torch
from timm.models.vision_transformer import VisionTransformer

SIZE = (48, 64)
PATCH = 8
LAYERS, HEADS = 3, 4
PREFIX = ["cls", "reg0"]
ROWS, COLUMNS = SIZE[0] // PATCH, SIZE[1] // PATCH
LUMINANCE = 60
TOKENS = len(PREFIX) + ROWS * COLUMNS


def small_vit(seed: int = 0) -> VisionTransformer:
    """Return a transformer whose heads look at few places each, and at other ones."""
    torch.manual_seed(seed)
    module = VisionTransformer(
        img_size=SIZE,
        patch_size=PATCH,
        embed_dim=64,
        depth=LAYERS,
        num_heads=HEADS,
        num_classes=5,
        reg_tokens=1,
    ).eval()
    with torch.no_grad():
        for block in module.blocks:  # fresh weights would attend evenly
            block.attn.qkv.weight.mul_(12)
    return module


def patchwork(seed: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """Return a picture of random patches, uint8 (height, width, 3).

    Each patch has one colour and all have the same luminance, so that a grey copy of
    the picture is even: what brightness is seen over it is attention.
    """
    random = np.random.default_rng(seed)
    rows, columns = size[0] // PATCH, size[1] // PATCH
    red = random.uniform(0, 150, (rows, columns))
    blue = random.uniform(0, 255, (rows, columns))
    green = (LUMINANCE - 0.2126 * red - 0.0722 * blue) / 0.7152
    colours = np.rint(np.stack([red, green, blue], axis=-1)).astype(np.uint8)
    return colours.repeat(PATCH, axis=0).repeat(PATCH, axis=1)
