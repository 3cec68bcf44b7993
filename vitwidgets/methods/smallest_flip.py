"""The fewest parts of another image's run that turn the prediction into a class."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.circuits.flip_runs import FlipRuns
from vitwidgets.methods.circuits.flip_units import units_over
from vitwidgets.methods.circuits.pair_of_runs import require_pair
from vitwidgets.methods.intervening.requirements import require_classes
from vitwidgets.models.caching.index_checks import index_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from vitwidgets.methods.circuits.flip_runs import Unit
    from vitwidgets.methods.circuits.flip_units import Over, Units
    from vitwidgets.models import ActivationCache, HookedViT
    from vitwidgets.models.addresses import Address


@dataclass(frozen=True)
class FlipStep:
    """One unit more.

    Attributes
    ----------
    unit
        What is copied from the donor, beside all units before it.
    margin
        Then the target's logit less the largest other one. Above 0 it is predicted.
    """

    unit: Address
    margin: float


@dataclass(frozen=True, eq=False)
class SmallestFlip:
    """What a search for the fewest units found.

    Attributes
    ----------
    over
        ``"heads"``, ``"patches"`` or ``"head x token"``.
    target
        Index of the class that was to be predicted.
    limit
        How many units were allowed.
    base_margin
        Margin of the target in the base, nothing copied.
    found
        Whether the units make the model predict the target.
    steps
        The units with the margin after each, all from full runs of one image. If none
        was found, those that the search took.
    dropped
        Units that the search took and that turned out not to be needed.
    logits
        ``(class,)``: with all units of `steps`.
    n_runs
        Forward passes, whole or resumed, that it took.
    """

    over: Over
    target: int
    limit: int
    base_margin: float
    found: bool
    steps: tuple[FlipStep, ...]
    dropped: tuple[Address, ...]
    logits: Tensor
    n_runs: int

    @property
    def units(self) -> tuple[Address, ...]:
        """The units, in the order in which they were taken."""
        return tuple(step.unit for step in self.steps)

    def __str__(self) -> str:
        names = ", ".join(map(str, self.units))
        margin = self.steps[-1].margin
        if self.found:
            return (
                f"class {self.target} is predicted, {margin:.3f} ahead, with "
                f"{len(self.steps)} copied: {names}"
            )
        why = f"limit={self.limit}" if len(self.steps) == self.limit else "no more left"
        return (
            f"class {self.target} is not predicted, {-margin:.3f} behind, with "
            f"{len(self.steps)} copied ({why}): {names}"
        )


@torch.no_grad()
def smallest_flip(
    model: HookedViT,
    base: ActivationCache,
    donor: ActivationCache,
    target_class: int,
    *,
    over: Over = "heads",
    limit: int = 10,
    progress: Callable[[tuple[Address, ...], int, int], None] | None = None,
) -> SmallestFlip:
    """Search for the fewest parts of a donor's run that flip the prediction to a class.

    Each step runs the base with every unit that is left, added to those already taken,
    and takes the one after which the target is furthest ahead (or least behind). Once
    it is predicted, units that are no longer needed are dropped, always the one that
    is missed least, until each that is left is needed.

    Parameters
    ----------
    model
        A model with a classifier.
    base, donor
        Runs of one image each, without hooks. The donor's has kept what is copied:
        ``blocks.*.attn.hook_z`` for heads, ``blocks.0.hook_resid_pre`` for patches.
    target_class
        Index of the class to be predicted.
    over
        What one unit is. ``"heads"``: a head's z at all tokens. ``"patches"``: a patch
        as it enters the first block. ``"head x token"``: a head's z at one token; there
        are many of these, and each step runs them all.
    limit
        Most units that the search takes before it gives up.
    progress
        Called now and then with the units taken so far, and how many runs of the
        present step are done, of how many. What it raises ends the search.

    Returns
    -------
    SmallestFlip
        With as many units as the search could do with. That no single unit flips the
        prediction is then certain if there are several, as all were tried, and so is
        that none of them can be left out; that no other set is smaller is not.

    Raises
    ------
    ValueError
        If the two runs do not fit the model or each other, the base predicts the target
        already, there is no such unit, or `limit` is less than 1.
    IndexError
        If there is no such class.
    UnsupportedModelError
        If the model has no classifier, or no such units.
    UnknownSiteError
        If the donor did not keep what is copied.
    StaleCacheError
        If the model's weights were changed after a run.
    """
    require_classes(model)
    require_pair(model, base, donor)
    target = index_of("class", target_class, model.config.n_classes)
    most = _positive(limit)
    units = units_over(model, donor, over)
    device = next(model.module.parameters()).device
    runs = FlipRuns(model, base.source.images.to(device), units, target)
    base_margin = runs.margin(runs.logits(()))
    if base_margin > 0:
        raise ValueError(
            f"the base predicts class {target} already: choose another class"
        )
    taken = _taken(runs, units, most, progress)
    kept = _needed(runs, taken)
    steps: list[FlipStep] = []
    logits = runs.logits(())
    for count, unit in enumerate(kept, start=1):
        logits = runs.logits(kept[:count])
        steps.append(FlipStep(_address(units, unit), runs.margin(logits)))
    return SmallestFlip(
        over=over,
        target=target,
        limit=most,
        base_margin=base_margin,
        found=steps[-1].margin > 0,
        steps=tuple(steps),
        dropped=tuple(_address(units, unit) for unit in taken if unit not in kept),
        logits=logits,
        n_runs=runs.count,
    )


def _taken(
    runs: FlipRuns,
    units: Sequence[Units],
    limit: int,
    progress: Callable[[tuple[Address, ...], int, int], None] | None,
) -> list[Unit]:
    """Take the best unit until the target is predicted, or no more are allowed."""
    n_units = sum(len(each.addresses) for each in units)
    taken: list[Unit] = []
    while len(taken) < min(limit, n_units):
        best, highest, done = None, -torch.inf, 0
        for some, margins in runs.with_one_more(taken):
            index = int(margins.argmax())
            if best is None or float(margins[index]) > highest:
                best, highest = some[index], float(margins[index])
            done += len(some)
            if progress is not None:
                names = tuple(_address(units, unit) for unit in taken)
                progress(names, done, n_units - len(taken))
        assert best is not None  # noqa: S101 (there are units left)
        taken.append(best)
        # Several runs at a time are rounded otherwise than one.
        if highest > 0 and runs.margin(runs.logits(taken)) > 0:
            break
    return taken


def _needed(runs: FlipRuns, taken: Sequence[Unit]) -> list[Unit]:
    """Leave units out as long as the target is predicted without them."""
    kept = list(taken)
    if runs.margin(runs.logits(kept)) <= 0:
        return kept
    while len(kept) > 1:
        margins = runs.with_one_less(kept)
        fewer = list(kept)
        del fewer[int(margins.argmax())]
        if runs.margin(runs.logits(fewer)) <= 0:
            break
        kept = fewer
    return kept


def _address(units: Sequence[Units], unit: Unit) -> Address:
    place, index = unit
    return units[place].addresses[index]


def _positive(limit: int) -> int:
    number = operator.index(limit)
    if number < 1:
        raise ValueError(f"limit is how many units may be taken, at least 1: {limit}")
    return number
