"""What a full logit lens costs beside one plain forward pass of the same model."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch

from benchmarks.measuring import Row, milliseconds, take_turns
from benchmarks.subjects import VIT_B, Subject
from vitwidgets import HookedViT, load_model
from vitwidgets.methods.logit_lens import LogitLens

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.methods.lens_readings import LensReadings
    from vitwidgets.methods.logit_lens import Norm

BUDGET = 1.0
TOP = 5
PRISMA = "ViT-Prisma 0.1.4: all logits 0.11 x, the likeliest class with its name 0.16 x"


def rows(subject: Subject = VIT_B) -> list[Row]:
    """Measure a lens of a large model, with either norm, and of the bundled one."""
    module, images = subject.build()
    large = HookedViT(module, name=subject.title)
    small = load_model()
    picture = torch.rand(1, 3, *small.config.image_size)
    return [
        *_measured(large, images, subject.rounds, ("own", "final"), f"; {PRISMA}"),
        *_measured(small, picture, subject.rounds, ("own",), ""),
    ]


def _measured(
    model: HookedViT,
    images: Tensor,
    rounds: int,
    norms: tuple[Norm, ...],
    other_tool: str,
) -> list[Row]:
    with torch.no_grad():
        logits, cache = model.run_with_cache(images)

        def full(norm: Norm) -> LensReadings:
            return LogitLens(model, cache, norm=norm).readings(top=TOP)

        for norm in norms:
            _require_same_answer(full(norm), logits)
        timings = take_turns(
            {
                "plain": lambda: model.module(images),
                **{norm: partial(full, norm) for norm in norms},
            },
            rounds=rounds,
        )
    layers, tokens = model.config.n_layers + 1, model.config.n_tokens
    size = f"{layers} layers x {tokens} tokens x {model.config.n_classes} classes"
    forward = f"timm forward {milliseconds(timings['plain'].seconds)}"
    return [
        Row(
            f"full lens of {model.name}, {norm} norm, top {TOP}, from a cache ({size})",
            f"{forward}{other_tool}",
            f"{timings[norm].ratio:.3f} x",
            f"{BUDGET} x",
            timings[norm].ratio <= BUDGET,
        )
        for norm in norms
    ]


def _require_same_answer(readings: LensReadings, logits: Tensor) -> None:
    """Compare what the class token says at the end with the model's own output."""
    torch.testing.assert_close(
        readings.top_logits[:, -1, 0], logits.topk(TOP).values, atol=1e-3, rtol=1e-3
    )
