"""Exact runs of one image with parts of another's run copied in."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import torch

from vitwidgets.methods.circuits.replacing import replacing
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from vitwidgets.methods.circuits.flip_units import Units
    from vitwidgets.models import ActivationCache, HookedViT
    from vitwidgets.models.interception.hooks import ForwardHooks

Unit: TypeAlias = tuple[int, int]
"""Which of the sites, and which unit there."""

_AT_ONCE = 64
"""Runs after which the caller hears of them."""


class FlipRuns:
    """Runs the base with sets of units taken from the donor.

    Parameters
    ----------
    model
        The model.
    images
        ``(1, channel, height, width)``: the base.
    units
        All units, by site.
    target
        Class whose margin is measured: its logit less the largest other one.

    Attributes
    ----------
    count
        How many runs there were.
    """

    def __init__(
        self, model: HookedViT, images: Tensor, units: Sequence[Units], target: int
    ) -> None:
        self._model = model
        self._images = images
        self._units = units
        self._target = target
        self.count = 0

    def logits(self, chosen: Sequence[Unit]) -> Tensor:
        """Give the logits of a full run with a set of units, ``(class,)``."""
        hooks = self._hooks(self._masks([chosen]))
        self.count += 1
        if not hooks:
            return self._model(self._images)[0]
        return self._model.run_with_hooks(self._images, hooks)[0]

    def margin(self, logits: Tensor) -> float:
        """Give the margin of one run, of its logits ``(class,)``."""
        return float(self._margins(logits[None])[0])

    def with_one_more(
        self, chosen: Sequence[Unit]
    ) -> Iterator[tuple[list[Unit], Tensor]]:
        """Run a set of units with every other unit added to it alone.

        Yields
        ------
        units
            Some of those added.
        margins
            ``(unit,)``, float64.
        """
        run = self._kept_run(chosen)
        masks = self._masks([chosen])
        for place, units in enumerate(self._units):
            others = [
                (place, index)
                for index in range(len(units.addresses))
                if (place, index) not in chosen
            ]
            for first in range(0, len(others), _AT_ONCE):
                added = others[first : first + _AT_ONCE]
                own = units.masks[[index for _, index in added]]
                edits = {which: mask for which, mask in masks.items() if which > place}
                edits[place] = masks[place] | own if place in masks else own
                yield added, self._resumed(run, units.layer, len(added), edits)

    def with_one_less(self, chosen: Sequence[Unit]) -> Tensor:
        """Run a set of units without each of them: margins ``(unit,)``, float64."""
        sets = [[unit for unit in chosen if unit != left_out] for left_out in chosen]
        start = min(self._units[place].layer for place, _ in chosen)
        return self._resumed(self._kept_run(()), start, len(sets), self._masks(sets))

    def _kept_run(self, chosen: Sequence[Unit]) -> ActivationCache:
        """Run a set of units, and keep the streams that others can start from."""
        layers = sorted({units.layer for units in self._units})
        sites = [in_block(layer, "hook_resid_pre") for layer in layers]
        hooks = self._hooks(self._masks([chosen]))
        self.count += 1
        if not hooks:
            return self._model.run_with_cache(self._images, sites)[1]
        with self._model.hooks(hooks):
            return self._model.run_with_cache(self._images, sites)[1]

    def _resumed(
        self, run: ActivationCache, layer: int, count: int, masks: dict[int, Tensor]
    ) -> Tensor:
        stream = run[in_block(layer, "hook_resid_pre")].expand(count, -1, -1)
        logits = self._model.resume(
            run, layer, residual=stream, fwd_hooks=self._hooks(masks)
        )
        self.count += count
        return self._margins(logits)

    def _margins(self, logits: Tensor) -> Tensor:
        logits = logits.double()
        others = logits.clone()
        others[:, self._target] = -torch.inf
        return logits[:, self._target] - others.amax(-1)

    def _masks(self, sets: Sequence[Sequence[Unit]]) -> dict[int, Tensor]:
        """Give what sets of units mark at each site where they mark anything.

        ``(set, token)`` or ``(set, token, head)``, bool.
        """
        touched = {place for chosen in sets for place, _ in chosen}
        return {
            place: torch.stack(
                [
                    self._units[place]
                    .masks[[index for at, index in chosen if at == place]]
                    .any(0)
                    for chosen in sets
                ]
            )
            for place in sorted(touched)
        }

    def _hooks(self, masks: dict[int, Tensor]) -> ForwardHooks:
        return [
            (self._units[place].site, replacing(mask, self._units[place].donor))
            for place, mask in masks.items()
        ]
