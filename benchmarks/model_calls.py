"""What a hooked model costs beside the plain one: calls, caching, one intervention."""

from __future__ import annotations

import timm
import torch
from timm.models.vision_transformer import VisionTransformer

from benchmarks.measuring import Row, compare, milliseconds
from vitwidgets import HookedViT

PLAIN_BUDGET = 1.02
CACHE_BUDGET = 1.10
CACHE_MB = 95
HOOK_BUDGET = 150e-6


def rows() -> list[Row]:
    """Measure ViT-B/16 with random weights at batch 1, and a 12-block toy."""
    torch.manual_seed(0)
    module = timm.create_model("vit_base_patch16_224").eval()
    images = torch.randn(1, 3, 224, 224)
    model = HookedViT(module, name="ViT-B/16")
    with torch.no_grad():
        return [
            _plain_call(module, model, images),
            *_run_with_cache(module, model, images),
            _one_intervention(),
        ]


def _plain_call(module: torch.nn.Module, model: HookedViT, images: torch.Tensor) -> Row:
    if not torch.equal(module(images), model(images)):
        raise AssertionError("the hooked model's plain call changed the logits")
    timing = compare(lambda: module(images), lambda: model(images), rounds=15)
    return Row(
        "plain call through HookedViT, ViT-B/16, batch 1",
        f"timm forward {milliseconds(timing.reference)}",
        f"{timing.ratio:.3f} x, bit-identical",
        f"{PLAIN_BUDGET} x",
        timing.ratio <= PLAIN_BUDGET,
    )


def _run_with_cache(
    module: torch.nn.Module,
    model: HookedViT,
    images: torch.Tensor,
) -> list[Row]:
    logits, cache = model.run_with_cache(images)
    if not torch.equal(module(images), logits):
        raise AssertionError("caching changed the logits")
    megabytes = cache.nbytes / 1e6
    del cache
    timing = compare(
        lambda: module(images),
        lambda: model.run_with_cache(images),
        rounds=15,
    )
    return [
        Row(
            "run_with_cache, every site, ViT-B/16, batch 1",
            f"timm forward {milliseconds(timing.reference)}",
            f"{timing.ratio:.3f} x",
            f"{CACHE_BUDGET:.2f} x",
            timing.ratio <= CACHE_BUDGET,
        ),
        Row(
            "memory of that cache",
            "ViT-Prisma: 186 MB",
            f"{megabytes:.1f} MB",
            f"{CACHE_MB} MB",
            megabytes <= CACHE_MB,
        ),
    ]


def _one_intervention() -> Row:
    toy = VisionTransformer(
        img_size=16,
        patch_size=8,
        embed_dim=16,
        depth=12,
        num_heads=2,
        num_classes=4,
    ).eval()
    model = HookedViT(toy, name="toy")
    images = torch.randn(1, 3, 16, 16)

    def zero(z: torch.Tensor, _hook: object) -> torch.Tensor:
        return z * 0

    edit = [("blocks.6.attn.hook_z", zero)]
    timing = compare(
        lambda: toy(images),
        lambda: model.run_with_hooks(images, fwd_hooks=edit),
        rounds=300,
    )
    overhead = timing.ours - timing.reference
    return Row(
        "one intervention, overhead on a 12-block toy",
        f"timm forward {milliseconds(timing.reference)}",
        f"+ {1e6 * overhead:.0f} us",
        f"+ {1e6 * HOOK_BUDGET:.0f} us",
        overhead <= HOOK_BUDGET,
    )
