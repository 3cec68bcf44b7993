"""What the commands of ``python -m vitwidgets.mice`` have in common."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from .sprites import DEFAULT_FONT

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from .evaluation import Tally
    from .schedule import Schedule

ACCEPTANCE_SCENES = 5_000
"""Fewer do not change the figures of a card."""


def add_training(
    parser: argparse.ArgumentParser, recipe: Schedule, output: str
) -> None:
    """Add what every training takes: where it writes, its recipe, the device."""
    parser.add_argument("--output", type=Path, default=Path(output), metavar="DIR")
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
    group = parser.add_argument_group("recipe")
    fields: dict[str, float | str] = asdict(recipe)
    for name, default in fields.items():
        option = "--" + name.replace("_", "-")
        group.add_argument(option, type=type(default), default=default)
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="auto: a GPU where there is one",
    )
    add_font(parser)


def add_measuring(parser: argparse.ArgumentParser) -> None:
    """Add what every evaluation takes besides the model."""
    parser.description = (
        "Measure a bundle on fresh scenes and, where there are enough of them, write "
        "the figures into its card. The exit code is 1 where a figure misses its "
        "threshold."
    )
    parser.add_argument("--scenes", type=int, default=ACCEPTANCE_SCENES)
    parser.add_argument("--seed", type=int, default=0)
    add_font(parser)


def add_model(parser: argparse.ArgumentParser, shipped: Path) -> None:
    """Add the folder of a bundle."""
    parser.add_argument(
        "--model",
        type=Path,
        default=shipped,
        metavar="DIR",
        help="folder of the bundle; by default the one that ships",
    )


def add_font(parser: argparse.ArgumentParser) -> None:
    """Add the font that scenes are drawn with."""
    parser.add_argument(
        "--font", default=DEFAULT_FONT, metavar="PATH", help="of Noto Color Emoji"
    )


def recipe_values(options: argparse.Namespace, recipe: Schedule) -> dict[str, Any]:
    """Give the fields of a recipe as the options have them."""
    return {name: getattr(options, name) for name in asdict(recipe)}


def device_of(choice: str) -> torch.device:
    """Give the device of an option."""
    if choice == "auto":
        choice = "cuda" if torch.cuda.is_available() else "cpu"
    if choice == "cuda" and not torch.cuda.is_available():
        raise ValueError("--device cuda: PyTorch finds no GPU here; use --device cpu.")
    return torch.device(choice)


def in_words(device: torch.device) -> str:
    """Describe a device for a card."""
    if device.type == "cuda":
        return f"one {torch.cuda.get_device_name(device)}"
    return f"{os.cpu_count()} CPU cores ({torch.get_num_threads()} threads)"


def tell_figures(
    figures: Mapping[str, Tally],
    definitions: Mapping[str, str],
    thresholds: Mapping[str, float],
) -> bool:
    """Print figures, and tell whether those that have to reach something do."""
    passed = True
    for name, tally in figures.items():
        verdict = ""
        if name in thresholds:
            enough = tally.rate >= thresholds[name]
            passed = passed and enough
            met = "met" if enough else "MISSED"
            verdict = f", at least {thresholds[name]:.0%}: {met}"
        say(
            f"{name}: {tally.rate:.2%} of {tally.trials}{verdict} ({definitions[name]})"
        )
    return passed


def require_scenes(options: argparse.Namespace) -> None:
    """Check that there is something to measure on."""
    if options.scenes < 1:
        raise ValueError(f"--scenes must be at least 1, not {options.scenes}.")


def enough_to_record(options: argparse.Namespace) -> bool:
    """Tell, and say, whether figures go into the card."""
    enough: bool = options.scenes >= ACCEPTANCE_SCENES
    say(
        "figures written into the card"
        if enough
        else f"fewer than {ACCEPTANCE_SCENES} scenes: the card keeps its figures"
    )
    return enough


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
