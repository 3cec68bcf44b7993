"""Train the bundled model on scenes rendered as it goes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

import torch
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from .batches import SceneBatch, area_targets, render_batch, to_pixels
from .checkpoints import save_checkpoint
from .evaluation import evaluate
from .vocabulary import VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from timm.layers.patch_dropout import PatchDropout
    from torch import Tensor

    from .recipe import Recipe
    from .sprites import Sprite
    from .training_state import TrainingState

_TRAINING_KEY = 0
"""First number of the keys of training scenes; evaluation uses another one."""


class _Chunks(Dataset[SceneBatch]):
    """Chunks of scenes by number, rendered where the loader asks (a worker)."""

    def __init__(self, recipe: Recipe, sprites: Sequence[Sprite]) -> None:
        self._recipe = recipe
        self._sprites = sprites

    def __getitem__(self, index: int) -> SceneBatch:
        recipe = self._recipe
        return render_batch(
            (_TRAINING_KEY, recipe.seed, index),
            recipe.chunk,
            self._sprites,
            contested=recipe.contested,
        )


def train(
    state: TrainingState,
    sprites: Sequence[Sprite],
    *,
    until: int | None = None,
    log: Callable[[str], None] = print,
    log_every: int = 250,
    checkpoint: Path | None = None,
    workers: int = 1,
) -> list[float]:
    """Train in place.

    Parameters
    ----------
    state
        From `start` or `load_checkpoint`.
    sprites
        One drawing a class.
    until
        Stop before this step; by default at the recipe's end.
    log
        Receives a line of progress every `log_every` steps.
    log_every
        Also how often held-out scenes are measured and the checkpoint is written.
    checkpoint
        File to write; None writes none.
    workers
        Processes that render scenes; 0 renders in this one.

    Returns
    -------
    list[float]
        The loss of each step.
    """
    recipe, model = state.recipe, state.model
    end = recipe.steps if until is None else min(until, recipe.steps)
    losses: list[float] = []
    began, before = time.monotonic(), state.seconds
    since, since_step = began, state.step
    for images, targets in _batches(state, sprites, end, workers):
        losses.append(_update(state, images, targets))
        state.seconds = before + time.monotonic() - began
        if state.step % log_every == 0 or state.step == end:
            rate = (state.step - since_step) * recipe.batch / (time.monotonic() - since)
            figures = evaluate(model, sprites, 500, seed=1)
            shown = " ".join(f"{name} {t.rate:.3f}" for name, t in figures.items())
            recent = losses[-log_every:]
            log(
                f"step {state.step}/{recipe.steps} {state.seconds:.0f}s "
                f"{rate:.0f} scenes/s loss {sum(recent) / len(recent):.3f} {shown}"
            )
            if checkpoint is not None:
                save_checkpoint(state, checkpoint)
            since, since_step = time.monotonic(), state.step
    return losses


def _batches(
    state: TrainingState, sprites: Sequence[Sprite], end: int, workers: int
) -> Iterator[tuple[Tensor, Tensor]]:
    recipe = state.recipe
    a_chunk = 2 * recipe.chunk // recipe.batch
    first, last = state.step // a_chunk, max(0, end - 1) // a_chunk
    loader = DataLoader(
        _Chunks(recipe, sprites),
        batch_size=None,
        sampler=range(first, last + 1),
        num_workers=workers,
        prefetch_factor=1 if workers else None,
    )
    for number, scenes in enumerate(loader, start=first):
        targets = area_targets(scenes.class_ids, scenes.areas, len(VOCABULARY))
        shuffler = torch.Generator().manual_seed(recipe.seed + number)
        order = torch.randperm(2 * recipe.chunk, generator=shuffler)
        for at in range(number * a_chunk, min(end, (number + 1) * a_chunk)):
            if at < state.step:
                continue
            chosen = order[(at % a_chunk) * recipe.batch :][: recipe.batch]
            rows, mirrored = chosen % recipe.chunk, chosen >= recipe.chunk
            images = scenes.images[rows]
            images[mirrored] = images[mirrored].flip(2)
            yield images, targets[rows]


def _update(state: TrainingState, images: Tensor, targets: Tensor) -> float:
    recipe, model, optimizer = state.recipe, state.model, state.optimizer
    device = next(model.parameters()).device
    # A step's randomness depends on its number only, so that resuming is exact.
    torch.manual_seed(  # pyright: ignore[reportUnknownMemberType]
        recipe.seed * 1_000_003 + state.step
    )
    hides = state.step < recipe.steps - recipe.whole
    patch_dropout = cast("PatchDropout", model.patch_drop)
    patch_dropout.prob = recipe.hidden_patches if hides else 0.0
    for group in optimizer.param_groups:
        group["lr"] = recipe.rate_at(state.step)
    model.train()
    with torch.autocast(device.type, torch.bfloat16):
        logits = model(to_pixels(images).to(device))
    loss = functional.cross_entropy(logits.float(), targets.to(device))
    optimizer.zero_grad()
    loss.backward()  # pyright: ignore[reportUnknownMemberType]
    torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.gradient_norm)
    optimizer.step()
    state.step += 1
    return loss.item()
