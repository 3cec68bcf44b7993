"""What a hooked model costs beside the plain one: calls, and caching every site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from benchmarks.measuring import Row, milliseconds, take_turns
from benchmarks.subjects import VIT_B, Subject
from vitwidgets import HookedViT

if TYPE_CHECKING:
    from torch import nn

PLAIN_BUDGET = 1.02
CACHE_BUDGET = 1.10
CACHE_MB = 95


def rows(subject: Subject = VIT_B) -> list[Row]:
    """Measure a plain call, caching everything, and what the cache holds."""
    module, images = subject.build()
    model = HookedViT(module, name=subject.title)
    with torch.no_grad():
        megabytes = _checked_megabytes(module, model, images)
        timings = take_turns(
            {
                "plain": lambda: module(images),
                "call": lambda: model(images),
                "cache": lambda: model.run_with_cache(images),
            },
            rounds=subject.rounds,
        )
    forward = f"timm forward {milliseconds(timings['plain'].seconds)}"
    call, cache = timings["call"].ratio, timings["cache"].ratio
    where = f"{subject.title}, batch {subject.batch}"
    return [
        Row(
            f"plain call through HookedViT, {where}",
            forward,
            f"{call:.3f} x, bit-identical",
            f"{PLAIN_BUDGET} x",
            call <= PLAIN_BUDGET,
        ),
        Row(
            f"run_with_cache, every site, {where}",
            forward,
            f"{cache:.3f} x",
            f"{CACHE_BUDGET:.2f} x",
            cache <= CACHE_BUDGET,
        ),
        Row(
            "memory of that cache",
            "ViT-Prisma: 186 MB",
            f"{megabytes:.1f} MB",
            f"{CACHE_MB} MB",
            megabytes <= CACHE_MB,
        ),
    ]


def _checked_megabytes(
    module: nn.Module, model: HookedViT, images: torch.Tensor
) -> float:
    """Give what a cache of every site holds, having compared all logits."""
    plain = module(images)
    logits, cache = model.run_with_cache(images)
    if not torch.equal(plain, model(images)):
        raise AssertionError("the hooked model's plain call changed the logits")
    if not torch.equal(plain, logits):
        raise AssertionError("caching changed the logits")
    return cache.nbytes / 1e6
