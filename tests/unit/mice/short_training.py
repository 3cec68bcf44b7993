"""Training of a few steps, without measuring, for tests of what goes on around it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

import torch

from vitwidgets.mice.recipe import Recipe
from vitwidgets.mice.training import train

if TYPE_CHECKING:
    from vitwidgets.mice.sprites import Sprite
    from vitwidgets.mice.training_state import TrainingState

CPU = torch.device("cpu")
# Two steps a chunk, so that six cross chunks and the beginning of the cooldown.
SHORT = Recipe(seed=3, steps=6, batch=8, warmup=1, cooldown=3, whole=2, chunk=8)


def run(
    state: TrainingState,
    sprites: tuple[Sprite, ...],
    until: int | None = None,
    workers: int = 0,
) -> list[float]:
    """Return the loss of each step."""
    with patch("vitwidgets.mice.training.evaluate", lambda *_, **__: {}):
        return train(state, sprites, until=until, log=lambda _: None, workers=workers)
