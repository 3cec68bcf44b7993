"""Train emoji-clip on scenes rendered and captioned as it goes."""

from __future__ import annotations

import contextlib
import math
import time
from typing import TYPE_CHECKING, Any, cast

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.data import DataLoader, Dataset

from vitwidgets.mice.batches import to_pixels
from vitwidgets.mice.checkpoints import save_checkpoint
from vitwidgets.models.loading.open_clip_names import open_clip

from .batches import CAPTIONS, CaptionedBatch, render_captioned
from .evaluation import evaluate_clip
from .recipe import SIBLINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from torch import Tensor

    from .drawings import Drawings
    from .recipe import ClipRecipe
    from .training_state import ClipState

_TRAINING_KEY = 3_000_017
"""First number of the keys of training scenes; evaluation uses other ones."""

_LARGEST_SCALE = math.log(100)  # as Radford et al. 2021 and open_clip have it
_MEASURED = 250


class _Chunks(Dataset[CaptionedBatch]):
    """Chunks of scenes by number, rendered where the loader asks (a worker)."""

    def __init__(self, recipe: ClipRecipe, drawings: Drawings) -> None:
        self._recipe = recipe
        self._drawings = drawings

    def __getitem__(self, index: int) -> CaptionedBatch:
        recipe = self._recipe
        return render_captioned(
            (_TRAINING_KEY, recipe.seed, index),
            recipe.chunk,
            self._drawings,
            siblings=recipe.siblings,
            lettered=recipe.lettered,
        )


def train_clip(
    state: ClipState,
    drawings: Drawings,
    *,
    until: int | None = None,
    minutes: float = math.inf,
    log: Callable[[str], None] = print,
    log_every: int = 250,
    checkpoint: Path | None = None,
    workers: int = 1,
) -> list[float]:
    """Train in place.

    Parameters
    ----------
    state
        From `start_clip` or `load_clip_checkpoint`.
    drawings
        From `load_drawings`.
    until
        Stop before this step; by default at the recipe's end.
    minutes
        Stop after this time, too.
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
    recipe = state.recipe
    end = recipe.steps if until is None else min(until, recipe.steps)
    losses: list[float] = []
    began, before = time.monotonic(), state.seconds
    since, since_step = began, state.step
    for images, tokens in _batches(state, drawings, end, workers):
        losses.append(_update(state, images, tokens))
        state.seconds = before + time.monotonic() - began
        enough = time.monotonic() - began >= 60 * minutes
        if state.step % log_every == 0 or state.step == end or enough:
            taken = state.step - since_step
            rate = taken * recipe.batch / (time.monotonic() - since)
            figures = evaluate_clip(state.model, drawings, _MEASURED, seed=1)
            shown = " ".join(f"{name} {t.rate:.3f}" for name, t in figures.items())
            log(
                f"step {state.step}/{recipe.steps} {state.seconds:.0f}s "
                f"{rate:.0f} scenes/s loss {sum(losses[-taken:]) / taken:.3f} {shown}"
            )
            if checkpoint is not None:
                save_checkpoint(state, checkpoint)
            since, since_step = time.monotonic(), state.step
        if enough:
            break
    return losses


def _batches(
    state: ClipState, drawings: Drawings, end: int, workers: int
) -> Iterator[tuple[Tensor, Tensor]]:
    recipe = state.recipe
    a_chunk = CAPTIONS * recipe.chunk // recipe.batch
    first, last = state.step // a_chunk, max(0, end - 1) // a_chunk
    loader = DataLoader(
        _Chunks(recipe, drawings),
        batch_size=None,
        sampler=range(first, last + 1),
        num_workers=workers,
        prefetch_factor=1 if workers else None,
    )
    for number, scenes in enumerate(loader, start=first):
        order = _order(recipe, number)
        for at in range(number * a_chunk, min(end, (number + 1) * a_chunk)):
            if at < state.step:
                continue
            chosen = order[(at % a_chunk) * recipe.batch :][: recipe.batch]
            rows, which = chosen % recipe.chunk, chosen // recipe.chunk
            yield scenes.images[rows], scenes.tokens[which, rows]


def _order(recipe: ClipRecipe, number: int) -> Tensor:
    """Shuffle a chunk's scenes, with the one caption and with the other, by fours."""
    shuffler = torch.Generator().manual_seed(recipe.seed + number)
    fours = torch.arange(recipe.chunk).reshape(-1, SIBLINGS)
    # One caption after the other, so that no batch has a scene twice.
    mixed = [
        fours[torch.randperm(len(fours), generator=shuffler)] + which * recipe.chunk
        for which in range(CAPTIONS)
    ]
    return torch.cat(mixed).flatten()


def _update(state: ClipState, images: Tensor, tokens: Tensor) -> float:
    recipe, optimizer = state.recipe, state.optimizer
    model = cast("Any", state.model)
    device = next(state.model.parameters()).device
    # A step's randomness depends on its number only, so that resuming is exact.
    torch.manual_seed(  # pyright: ignore[reportUnknownMemberType]
        recipe.seed * 1_000_003 + state.step
    )
    hides = state.step < recipe.steps - recipe.whole
    model.visual.patch_dropout.prob = recipe.hidden_patches if hides else 0.0
    for group in optimizer.param_groups:
        group["lr"] = recipe.rate_at(state.step)
    model.train()
    with _plain_attention(device), torch.autocast(device.type, torch.bfloat16):
        seen, read, scale = model(to_pixels(images).to(device), tokens.to(device))
        with torch.autocast(device.type, enabled=False):
            loss = open_clip().ClipLoss()(seen.float(), read.float(), scale)
        optimizer.zero_grad()
        loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.gradient_norm)
    optimizer.step()
    with torch.no_grad():
        model.logit_scale.clamp_(0, _LARGEST_SCALE)
    state.step += 1
    return loss.item()


def _plain_attention(device: torch.device) -> contextlib.AbstractContextManager[Any]:
    """Use plain attention on the CPU, where PyTorch's fused backward is slower."""
    if device.type == "cpu":
        return cast("Any", sdpa_kernel)(SDPBackend.MATH)
    return contextlib.nullcontext()
