"""What head statistics of a data set cost beside the forward passes they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from benchmarks.measuring import Row, milliseconds, take_turns
from benchmarks.subjects import Subject
from vitwidgets import HookedViT
from vitwidgets.methods import attention_statistics

if TYPE_CHECKING:
    from torch import Tensor, nn

BUDGET = 1.5
BATCH_SIZE = 8
SUBJECT = Subject("ViT-B/16", "vit_base_patch16_224", batch=64, rounds=3)
HIGHEST_ENTROPY = 5.284  # nats: 197 tokens alike


def rows(subject: Subject = SUBJECT) -> list[Row]:
    """Measure the statistics of every head over the images of a subject."""
    module, images = subject.build()
    model = HookedViT(module, name=subject.title)

    def statistics(of: Tensor) -> Tensor:
        found = attention_statistics(model, of, batch_size=BATCH_SIZE, progress=False)
        return found.numbers["entropy"]

    with torch.no_grad():
        entropy = statistics(images[:BATCH_SIZE])
        if not bool(((entropy > 0) & (entropy <= HIGHEST_ENTROPY)).all()):
            raise AssertionError("the statistics are of something else")
        timings = take_turns(
            {
                "plain": lambda: _forward(module, images),
                "statistics": lambda: statistics(images),
            },
            rounds=subject.rounds,
        )
    ratio = timings["statistics"].ratio
    return [
        Row(
            f"head statistics, {subject.title}, {subject.batch} images",
            f"timm forward {milliseconds(timings['plain'].seconds)}",
            f"{ratio:.3f} x",
            f"{BUDGET} x",
            ratio <= BUDGET,
        )
    ]


def _forward(module: nn.Module, images: Tensor) -> None:
    for batch in images.split(BATCH_SIZE):
        module(batch)
