"""A model under training, of whatever kind, with its optimizer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from torch import nn

from .schedule import Schedule

if TYPE_CHECKING:
    from torch.optim import Optimizer

Model = TypeVar("Model", bound=nn.Module)
Rules = TypeVar("Rules", bound=Schedule)


@dataclass
class Training(Generic[Model, Rules]):
    """A model under training.

    Attributes
    ----------
    model, optimizer
        Both are changed by training.
    step
        Of the present recipe, from 0.
    seconds
        Spent on training so far, with earlier recipes too.
    recipe
        What is being followed.
    earlier
        Recipes that the model went through before, from its first weights.
    """

    model: Model
    optimizer: Optimizer
    step: int
    seconds: float
    recipe: Rules
    earlier: tuple[Rules, ...] = ()
