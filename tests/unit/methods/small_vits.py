"""Small random models, and what plain PyTorch says of them."""

from __future__ import annotations

from typing import Any

import torch
from timm.models.vision_transformer import VisionTransformer

from vitwidgets.models import HookedViT, PatchGrid

PREFIX_OF_FIVE = ("cls", "reg0", "reg1", "reg2", "reg3")
GRIDS = {
    "square, cls": PatchGrid(4, 4, (8, 8), ("cls",)),
    "oblong, no prefix": PatchGrid(3, 5, (8, 8)),
    "oblong, five": PatchGrid(5, 3, (8, 8), PREFIX_OF_FIVE),
    "one row": PatchGrid(1, 4, (8, 8), ("cls",)),
}


def hooked_vit(grid: PatchGrid, **options: Any) -> HookedViT:
    """Give three blocks of four heads whose attention is far from uniform."""
    prefix = grid.n_prefix_tokens
    module = VisionTransformer(
        img_size=grid.image_size,
        patch_size=grid.patch_size,
        embed_dim=32,
        depth=3,
        num_heads=4,
        class_token=prefix > 0,
        reg_tokens=max(0, prefix - 1),
        global_pool="token" if prefix else "avg",
        **{"num_classes": 6, **options},
    )
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            fan_in = noise[0].numel() if noise.ndim > 1 else 1
            is_scale = noise.ndim == 1 and name.endswith("weight")
            parameter.copy_(
                1 + 0.3 * noise if is_scale else 2 * noise / max(5, fan_in**0.5)
            )
    model = HookedViT(module.eval())
    assert model.grid == grid
    return model


def pixels(grid: PatchGrid, count: int, seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, 3, *grid.image_size, generator=generator)


def random_patterns(grid: PatchGrid, count: int, seed: int = 2) -> torch.Tensor:
    """Give ``(image, query, key)``, rows summing to 1."""
    generator = torch.Generator().manual_seed(seed)
    size = (count, grid.n_tokens, grid.n_tokens)
    return (2 * torch.randn(size, generator=generator, dtype=torch.float64)).softmax(-1)


def plain_patterns(model: HookedViT, images: torch.Tensor) -> list[torch.Tensor]:
    """Give each block's pattern by the textbook, from the module's own parts."""
    module: Any = model.module
    found = []
    with torch.no_grad():
        tokens = module.patch_embed(images)
        tokens = module.norm_pre(module.patch_drop(module._pos_embed(tokens)))
        for block in module.blocks:
            attn = block.attn
            batch, length, _ = tokens.shape
            packed = attn.qkv(block.norm1(tokens))
            packed = packed.reshape(batch, length, 3, attn.num_heads, -1)
            q, k, _ = packed.permute(2, 0, 3, 1, 4)
            found.append((q @ k.transpose(-1, -2) * attn.scale).softmax(-1))
            tokens = block(tokens)
    return found


def plain_streams(model: HookedViT, images: torch.Tensor) -> list[torch.Tensor]:
    """Give the stream after each block."""
    module: Any = model.module
    found = []
    with torch.no_grad():
        tokens = module.patch_embed(images)
        tokens = module.norm_pre(module.patch_drop(module._pos_embed(tokens)))
        for block in module.blocks:
            tokens = block(tokens)
            found.append(tokens)
    return found
