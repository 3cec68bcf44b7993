"""``python -m vitwidgets.mice``: train, evaluate, and draw the sample scenes."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from vitwidgets.models.loading.load_model import DamagedModelError

from .bundle import SHIPPED, BundleError, read_bundle, record_evaluation, write_bundle
from .checkpoints import CheckpointError, load_checkpoint
from .curation import CurationError, find_samples, write_samples
from .evaluation import DEFINITIONS, THRESHOLDS, evaluate
from .recipe import Recipe
from .sprites import DEFAULT_FONT, FontError, load_sprites
from .training import train
from .training_state import start, start_from

if TYPE_CHECKING:
    from collections.abc import Sequence

_ACCEPTANCE_SCENES = 5_000


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
    return parser


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_train)
    parser.add_argument("--output", type=Path, default=Path("emoji-vit"), metavar="DIR")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        help="written as training goes on, and continued where it exists",
    )
    parser.add_argument(
        "--start-from",
        type=Path,
        metavar="FILE",
        help="checkpoint of a finished training, whose weights to go on from",
    )
    recipe = parser.add_argument_group("recipe")
    for name, default in asdict(Recipe()).items():
        option = "--" + name.replace("_", "-")
        kind = int if isinstance(default, int) else float
        recipe.add_argument(option, type=kind, default=default)
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="auto: a GPU where there is one",
    )
    _add_font(parser)


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Measure a bundle on fresh scenes and, where there are enough of them, write "
        "the figures into its card. The exit code is 1 where a figure misses its "
        "threshold."
    )
    parser.set_defaults(command=_evaluate)
    _add_model(parser)
    parser.add_argument("--scenes", type=int, default=_ACCEPTANCE_SCENES)
    parser.add_argument("--seed", type=int, default=0)
    _add_font(parser)


def _add_samples(parser: argparse.ArgumentParser) -> None:
    parser.description = "Search for the sample scenes that a bundle gets right."
    parser.set_defaults(command=_samples)
    _add_model(parser)
    parser.add_argument("--output", type=Path, default=Path("samples"), metavar="DIR")
    _add_font(parser)


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        type=Path,
        default=SHIPPED,
        metavar="DIR",
        help="folder of the bundle; by default the one that ships",
    )


def _add_font(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--font", default=DEFAULT_FONT, metavar="PATH", help="of Noto Color Emoji"
    )


def _train(options: argparse.Namespace) -> int:
    sprites = load_sprites(options.font)
    recipe = Recipe(**{name: getattr(options, name) for name in asdict(Recipe())})
    device = _device(options.device)
    checkpoint: Path | None = options.checkpoint
    if checkpoint is not None and checkpoint.exists():
        state = load_checkpoint(checkpoint, device, recipe=recipe)
    elif options.start_from is not None:
        state = start_from(load_checkpoint(options.start_from, device), recipe)
    else:
        state = start(recipe, device)
    options.output.mkdir(parents=True, exist_ok=True)  # not after an hour's training
    train(state, sprites, checkpoint=checkpoint, log=_say)
    write_bundle(options.output, state, font=options.font, device=_in_words(device))
    _say(
        f"written to {options.output}; measure it with: "
        f"python -m vitwidgets.mice evaluate --model {options.output}"
    )
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    if options.scenes < 1:
        raise ValueError(f"--scenes must be at least 1, not {options.scenes}.")
    model = read_bundle(options.model)
    figures = evaluate(model, load_sprites(options.font), options.scenes, options.seed)
    passed = True
    for name, tally in figures.items():
        enough = tally.rate >= THRESHOLDS[name]
        passed = passed and enough
        _say(
            f"{name}: {tally.rate:.2%} of {tally.trials}, at least "
            f"{THRESHOLDS[name]:.0%}: {'met' if enough else 'MISSED'} "
            f"({DEFINITIONS[name]})"
        )
    if options.scenes >= _ACCEPTANCE_SCENES:
        record_evaluation(
            options.model, figures, count=options.scenes, seed=options.seed
        )
        _say("figures written into the card")
    else:
        _say(f"fewer than {_ACCEPTANCE_SCENES} scenes: the card keeps its figures")
    return 0 if passed else 1


def _samples(options: argparse.Namespace) -> int:
    model = read_bundle(options.model)
    samples = find_samples(model, load_sprites(options.font))
    write_samples(samples, options.output)
    _say(f"{len(samples)} scenes written to {options.output}")
    return 0


def _device(choice: str) -> torch.device:
    if choice == "auto":
        choice = "cuda" if torch.cuda.is_available() else "cpu"
    if choice == "cuda" and not torch.cuda.is_available():
        raise ValueError("--device cuda: PyTorch finds no GPU here; use --device cpu.")
    return torch.device(choice)


def _in_words(device: torch.device) -> str:
    if device.type == "cuda":
        return f"one {torch.cuda.get_device_name(device)}"
    return f"{os.cpu_count()} CPU cores ({torch.get_num_threads()} threads)"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
