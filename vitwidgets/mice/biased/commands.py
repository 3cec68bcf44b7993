"""``train-biased`` of ``python -m vitwidgets.mice``."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitwidgets.mice.command_options import say
from vitwidgets.models import load_model

from .bundle import NAME, biased_mouse, record_bias, write_biased
from .measuring import measure_bias
from .recipe import BiasedRecipe
from .scenes import bias_scenes
from .training import raise_mouse

if TYPE_CHECKING:
    import argparse

_MEASURED_SEED = 1


def add_train_biased(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``train-biased``."""
    parser.description = (
        "Raise the biased mouse from the emoji-vit that ships, measure its bias, and "
        "write both. Takes a few minutes, and no font."
    )
    parser.set_defaults(command=_train)
    parser.add_argument("--output", type=Path, default=Path(NAME), metavar="DIR")
    parser.add_argument(
        "--measured",
        type=int,
        default=500,
        help="scenes of each of the four kinds that the bias is measured on",
    )
    group = parser.add_argument_group("recipe")
    fields: dict[str, float] = asdict(BiasedRecipe())
    for name, default in fields.items():
        option = "--" + name.replace("_", "-")
        group.add_argument(option, type=type(default), default=default)


def _train(options: argparse.Namespace) -> int:
    fields: dict[str, Any] = {
        name: getattr(options, name) for name in asdict(BiasedRecipe())
    }
    recipe = BiasedRecipe(**fields)
    scenes = bias_scenes(options.measured, seed=_MEASURED_SEED)
    plain, raised = load_model(), load_model()
    options.output.mkdir(parents=True, exist_ok=True)  # not after the training
    began = time.monotonic()
    module: Any = raised.module
    raise_mouse(module, recipe, log=say)
    seconds = time.monotonic() - began
    write_biased(options.output, module, recipe, seconds=seconds)
    # Of the file itself, in half precision.
    measured = {
        "emoji-vit": measure_bias(plain, scenes),
        NAME: measure_bias(biased_mouse(options.output), scenes),
    }
    record_bias(options.output, measured, seed=_MEASURED_SEED)
    for name, kinds in measured.items():
        for kind in kinds.values():
            say(
                f"{name}, {kind.shows}: says monkey in {kind.says_monkey} of "
                f"{kind.count}, is right in {kind.right}, gives the monkey "
                f"{kind.probability:.1%}"
            )
    say(f"written to {options.output}")
    return 0
