"""``python -m vitwidgets.mice``: train, evaluate, and draw the sample scenes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from vitwidgets.models.loading.load_model import DamagedModelError

from .biased.commands import add_train_biased
from .bundle import SHIPPED, BundleError, read_bundle, record_evaluation, write_bundle
from .checkpoints import CheckpointError, load_checkpoint
from .clip.commands import add_evaluate_clip, add_train_clip
from .command_options import (
    add_font,
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
from .curation import CurationError, find_samples, write_samples
from .evaluation import DEFINITIONS, THRESHOLDS, evaluate
from .recipe import Recipe
from .sprites import FontError, load_sprites
from .training import train
from .training_state import start, start_from

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the commands and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except (
        BundleError,
        CheckpointError,
        CurationError,
        DamagedModelError,
        FontError,
        OSError,
        ValueError,
    ) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m vitwidgets.mice", description=__doc__
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_train(commands.add_parser("train", help="train a model and write its bundle"))
    _add_evaluate(
        commands.add_parser("evaluate", help="measure a bundle on fresh scenes")
    )
    _add_samples(commands.add_parser("samples", help="draw the sample scenes"))
    add_train_clip(
        commands.add_parser("train-clip", help="train emoji-clip and write its bundle")
    )
    add_evaluate_clip(
        commands.add_parser("evaluate-clip", help="measure a bundle of emoji-clip")
    )
    add_train_biased(
        commands.add_parser(
            "train-biased", help="raise the biased mouse, and measure its bias"
        )
    )
    return parser


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_train)
    add_training(parser, Recipe(), "emoji-vit")


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_evaluate)
    add_model(parser, SHIPPED)
    add_measuring(parser)


def _add_samples(parser: argparse.ArgumentParser) -> None:
    parser.description = "Search for the sample scenes that a bundle gets right."
    parser.set_defaults(command=_samples)
    add_model(parser, SHIPPED)
    parser.add_argument("--output", type=Path, default=Path("samples"), metavar="DIR")
    add_font(parser)


def _train(options: argparse.Namespace) -> int:
    sprites = load_sprites(options.font)
    recipe = Recipe(**recipe_values(options, Recipe()))
    device = device_of(options.device)
    checkpoint: Path | None = options.checkpoint
    if checkpoint is not None and checkpoint.exists():
        state = load_checkpoint(checkpoint, device, recipe=recipe)
    elif options.start_from is not None:
        state = start_from(load_checkpoint(options.start_from, device), recipe)
    else:
        state = start(recipe, device)
    options.output.mkdir(parents=True, exist_ok=True)  # not after an hour's training
    train(state, sprites, checkpoint=checkpoint, log=say)
    write_bundle(options.output, state, font=options.font, device=in_words(device))
    say(
        f"written to {options.output}; measure it with: "
        f"python -m vitwidgets.mice evaluate --model {options.output}"
    )
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    require_scenes(options)
    model = read_bundle(options.model)
    figures = evaluate(model, load_sprites(options.font), options.scenes, options.seed)
    passed = tell_figures(figures, DEFINITIONS, THRESHOLDS)
    if enough_to_record(options):
        record_evaluation(
            options.model, figures, count=options.scenes, seed=options.seed
        )
    return 0 if passed else 1


def _samples(options: argparse.Namespace) -> int:
    model = read_bundle(options.model)
    samples = find_samples(model, load_sprites(options.font))
    write_samples(samples, options.output)
    say(f"{len(samples)} scenes written to {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
