"""Training that can be broken off and continued exactly."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import torch

from .progress import Rules, Training
from .recipe import Recipe
from .training_state import start

if TYPE_CHECKING:
    from pathlib import Path

    from .training_state import TrainingState

State = TypeVar("State", bound=Training[Any, Any])


class CheckpointError(RuntimeError):
    """A checkpoint cannot be continued with this recipe."""


def save_checkpoint(state: Training[Any, Any], path: Path) -> None:
    """Write a checkpoint, replacing an older one only when it is complete."""
    content: dict[str, Any] = {
        "recipe": asdict(state.recipe),
        "earlier": [asdict(recipe) for recipe in state.earlier],
        "step": state.step,
        "seconds": state.seconds,
        "model": state.model.state_dict(),
        "optimizer": state.optimizer.state_dict(),
    }
    partial = path.with_suffix(path.suffix + ".partial")
    torch.save(content, partial)
    partial.replace(path)


def load_checkpoint(
    path: Path, device: torch.device, *, recipe: Recipe | None = None
) -> TrainingState:
    """Read a checkpoint of emoji-vit, to be continued exactly.

    Parameters
    ----------
    path
        File that `save_checkpoint` wrote.
    device
        Where to train on.
    recipe
        Continue with this one. It may differ from the checkpoint's in `steps` and
        `cooldown`, and only while the cooldown has begun in neither.

    Raises
    ------
    CheckpointError
        If the file is no checkpoint or the recipes are not compatible.
    """
    kept = read_checkpoint(path, device, Recipe, recipe)
    return kept.put_into(start(kept.recipe, device))


@dataclass(frozen=True)
class Kept(Generic[Rules]):
    """What a checkpoint holds.

    Attributes
    ----------
    recipe, earlier
        To go on with, and gone through before.
    content
        Everything else, as `save_checkpoint` wrote it.
    """

    recipe: Rules
    earlier: tuple[Rules, ...]
    content: dict[str, Any]

    def put_into(self, state: State) -> State:
        """Bring a state that has just begun to where the checkpoint was written."""
        state.model.load_state_dict(self.content["model"])
        state.optimizer.load_state_dict(self.content["optimizer"])
        state.step, state.seconds = self.content["step"], self.content["seconds"]
        state.earlier = self.earlier
        return state


def read_checkpoint(
    path: Path, device: torch.device, kind: type[Rules], recipe: Rules | None
) -> Kept[Rules]:
    """Read a checkpoint of a model whose recipes are of a kind; see `load_checkpoint`.

    Raises
    ------
    CheckpointError
        If the file is no checkpoint or the recipes are not compatible.
    """
    try:
        content = torch.load(path, map_location=device, weights_only=True)
        made_with = kind(**content["recipe"])
        earlier = tuple(kind(**each) for each in content["earlier"])
    except (EOFError, KeyError, RuntimeError, TypeError, UnpicklingError) as error:
        raise CheckpointError(
            f"{path} is no checkpoint of this trainer ({error}): name another file "
            "or delete it to start afresh."
        ) from error
    recipe = recipe or made_with
    step: int = content["step"]
    if recipe != made_with:
        length = {"steps": made_with.steps, "cooldown": made_with.cooldown}
        same = replace(recipe, **length) == made_with
        if not same or step > min(recipe.stable_until, made_with.stable_until):
            raise CheckpointError(
                f"{path} was trained with {made_with} up to step {step}; it can't be "
                f"continued with {recipe}. Only steps and cooldown may change, "
                "and only before either cooldown begins."
            )
    return Kept(recipe, earlier, content)
