"""``train-clip`` and ``evaluate-clip`` of ``python -m vitwidgets.mice``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vitwidgets.mice.bundle import SHIPPED
from vitwidgets.mice.command_options import (
    add_measuring,
    add_model,
    add_training,
    device_of,
    enough_to_record,
    in_words,
    recipe_values,
    require_scenes,
    say,
    tell_figures,
)

from .bundle import read_clip_bundle, record_clip_evaluation, write_clip
from .drawings import load_drawings
from .evaluation import DEFINITIONS, THRESHOLDS, evaluate_clip
from .recipe import ClipRecipe
from .training import train_clip
from .training_state import load_clip_checkpoint, start_clip, start_clip_from

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    import torch

    from .training_state import ClipState


def add_train_clip(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``train-clip``."""
    parser.set_defaults(command=_train)
    parser.add_argument(
        "--minutes",
        type=float,
        default=math.inf,
        help="stop after so long, with a checkpoint to be continued",
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=1,
        help="processes that render scenes; several where there is a GPU to feed",
    )
    add_training(parser, ClipRecipe(), "emoji-clip")


def add_evaluate_clip(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``evaluate-clip``."""
    parser.set_defaults(command=_evaluate)
    add_model(parser, SHIPPED)
    add_measuring(parser)


def _train(options: argparse.Namespace) -> int:
    recipe = ClipRecipe(**recipe_values(options, ClipRecipe()))
    checkpoint: Path | None = options.checkpoint
    if not options.minutes > 0:
        raise ValueError(f"--minutes must be above 0, not {options.minutes}.")
    if math.isfinite(options.minutes) and checkpoint is None:
        raise ValueError(
            "--minutes needs --checkpoint FILE: what is broken off there is continued "
            "from there."
        )
    if options.workers < 0:
        raise ValueError(f"--workers must be 0 or more, not {options.workers}.")
    drawings = load_drawings(options.font)
    device = device_of(options.device)
    state = _state(options, recipe, device)
    options.output.mkdir(parents=True, exist_ok=True)  # not after an hour's training
    train_clip(
        state,
        drawings,
        minutes=options.minutes,
        checkpoint=checkpoint,
        workers=options.workers,
        log=say,
    )
    if state.step < recipe.steps:
        say(
            f"stopped at step {state.step} of {recipe.steps}; go on with the same "
            f"command: {checkpoint} is continued"
        )
        return 0
    write_clip(options.output, state, font=options.font, device=in_words(device))
    say(
        f"written to {options.output}; measure it with: "
        f"python -m vitwidgets.mice evaluate-clip --model {options.output}"
    )
    return 0


def _state(
    options: argparse.Namespace, recipe: ClipRecipe, device: torch.device
) -> ClipState:
    checkpoint: Path | None = options.checkpoint
    if checkpoint is not None and checkpoint.exists():
        return load_clip_checkpoint(checkpoint, device, recipe=recipe)
    if options.start_from is not None:
        return start_clip_from(load_clip_checkpoint(options.start_from, device), recipe)
    return start_clip(recipe, device)


def _evaluate(options: argparse.Namespace) -> int:
    require_scenes(options)
    model = read_clip_bundle(options.model)
    drawings = load_drawings(options.font)
    figures = evaluate_clip(model, drawings, options.scenes, options.seed)
    passed = tell_figures(figures, DEFINITIONS, THRESHOLDS)
    if enough_to_record(options):
        record_clip_evaluation(
            options.model, figures, count=options.scenes, seed=options.seed
        )
    return 0 if passed else 1
