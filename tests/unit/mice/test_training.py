from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from tests.unit.mice.short_training import CPU, SHORT, run
from vitwidgets.mice.batches import render_batch
from vitwidgets.mice.recipe import Recipe
from vitwidgets.mice.training_state import start

if TYPE_CHECKING:
    from vitwidgets.mice.sprites import Sprite


def test_the_loss_falls(sprites: tuple[Sprite, ...]) -> None:
    recipe = Recipe(
        seed=1, steps=30, batch=16, warmup=5, cooldown=10, whole=5, chunk=32
    )
    losses = run(start(recipe, CPU), sprites[:4])
    assert len(losses) == 30
    assert losses[0] > 0.9 * math.log(64)
    # Knowing no more than that these four occur at all costs about log 4.
    assert sum(losses[-5:]) / 5 < 1.2 * math.log(4)


def test_the_first_loss_is_the_cross_entropy_with_area_shares(
    sprites: tuple[Sprite, ...],
) -> None:
    recipe = replace(SHORT, hidden_patches=0.0, batch=16)  # one chunk is one batch
    (loss,) = run(start(recipe, CPU), sprites, until=1)
    batch = render_batch((0, recipe.seed, 0), recipe.chunk, sprites)
    images = torch.cat([batch.images, batch.images.flip(2)]).float()
    model = start(recipe, CPU).model.eval()
    with torch.no_grad():
        logs = model((images / 127.5 - 1).permute(0, 3, 1, 2)).log_softmax(-1)
    total = 0.0
    for row in range(16):
        ids, areas = batch.class_ids[row % 8], batch.areas[row % 8]
        for class_id, area in zip(ids.tolist(), areas.tolist(), strict=True):
            if area:
                total -= area / int(areas.sum()) * float(logs[row, class_id])
    assert loss == pytest.approx(total / 16, abs=0.02)  # bfloat16


def test_a_worker_renders_what_the_main_process_would(
    sprites: tuple[Sprite, ...],
) -> None:
    here = run(start(SHORT, CPU), sprites)
    there = run(start(SHORT, CPU), sprites, workers=1)
    assert here == there


def test_seeds_decide(sprites: tuple[Sprite, ...]) -> None:
    one = run(start(SHORT, CPU), sprites)
    other = run(start(replace(SHORT, seed=4), CPU), sprites)
    assert one[0] != other[0]
