"""A look at what an edit changes at its site, and what beside it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from vitwidgets.models.sites import axes_of

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.methods.intervening.intervention import Intervention
    from vitwidgets.models import HookedViT
    from vitwidgets.models.interception.hooks import HookFunction, HookPoint

_TOKENS = ("token", "query")
_NUMBERED = ("head", "d_mlp")


class Watched:
    """One edit that is looked at while it is made.

    Parameters
    ----------
    intervention
        The edit.
    model
        The model.

    Attributes
    ----------
    intervention
        As given.
    relative_change
        Norm of the change over that of the value before, where it may change.
    problems
        What it changed that is not its own, in a sentence.
    """

    def __init__(self, intervention: Intervention, model: HookedViT) -> None:
        self.intervention = intervention
        self.relative_change = 0.0
        self.problems: list[str] = []
        self._tokens = [model.grid.token_of(label) for label in intervention.tokens]

    def around(self, function: HookFunction) -> HookFunction:
        """Give a hook function that does what another does, looked at."""

        def hook(value: Tensor, point: HookPoint) -> Tensor | None:
            new = function(value, point)
            if new is not None:
                self._look(value, new)
            return new

        return hook

    def _look(self, before: Tensor, after: Tensor) -> None:
        own = self._own(before)
        changed = after != before
        outside = int((changed & ~own).sum())
        if outside:
            place = self.intervention
            tokens = f" at {', '.join(place.tokens)}" if place.tokens else ""
            self.problems.append(
                f"{place.kind} at {place.address} changed {outside} numbers beside "
                f"{place.address}{tokens}"
            )
        change = _norm(torch.where(own, after - before, 0))
        size = _norm(torch.where(own, before, 0))
        if change:
            self.relative_change = change / size if size else math.inf

    def _own(self, value: Tensor) -> Tensor:
        """Give the numbers that the edit may change, bool like the value.

        Found by the names of the site's axes, and not as the edit itself finds them, so
        that a mistake in the one is seen by the other.
        """
        own = torch.ones_like(value, dtype=torch.bool)
        place = self.intervention.place
        chosen: dict[int, list[int]] = {}
        for axis, name in enumerate(axes_of(place.site)):
            if name in _TOKENS and self._tokens:
                chosen[axis] = self._tokens
            elif name in _NUMBERED and place.index is not None:
                chosen[axis] = [place.index]
        for axis, indices in chosen.items():
            shape = [1] * value.ndim
            shape[axis] = -1
            marked = torch.zeros(value.shape[axis], dtype=torch.bool)
            marked[indices] = True
            own &= marked.to(value.device).view(shape)
        return own


def _norm(value: Tensor) -> float:
    return float(value.double().square().sum().sqrt())
