"""Training of a few steps, of towers smaller still, without measuring."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING
from unittest.mock import patch

import torch

from vitwidgets.mice.clip.architecture import ARCHITECTURE
from vitwidgets.mice.clip.recipe import ClipRecipe
from vitwidgets.mice.clip.training import train_clip

if TYPE_CHECKING:
    from pathlib import Path

    from vitwidgets.mice.clip.drawings import Drawings
    from vitwidgets.mice.clip.training_state import ClipState

CPU = torch.device("cpu")
# Two steps a chunk, so that six cross chunks and the beginning of the cooldown.
SHORT = ClipRecipe(
    seed=3,
    steps=6,
    batch=8,
    warmup=1,
    cooldown=3,
    whole=2,
    chunk=8,
    image_tower="random",
)

TINY = copy.deepcopy(ARCHITECTURE)
TINY["embed_dim"] = 16
TINY["vision_cfg"] |= {"width": 32, "layers": 1, "head_width": 16}
TINY["text_cfg"] |= {"width": 16, "heads": 2, "layers": 1}


def run(
    state: ClipState,
    drawings: Drawings,
    *,
    until: int | None = None,
    workers: int = 0,
    checkpoint: Path | None = None,
    minutes: float = 100,
) -> list[float]:
    """Return the loss of each step."""
    with patch("vitwidgets.mice.clip.training.evaluate_clip", lambda *_, **__: {}):
        return train_clip(
            state,
            drawings,
            until=until,
            log=lambda _: None,
            workers=workers,
            checkpoint=checkpoint,
            minutes=minutes,
        )
