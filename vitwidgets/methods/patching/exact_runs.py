"""The logits of a run with one unit replaced, exactly."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.patching.shortcuts import Shortcuts
from vitwidgets.models.errors import StaleCacheError
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from torch import Tensor

    from vitwidgets.methods.patching.run_pair import RunPair
    from vitwidgets.models import HookPoint


class ExactRuns:
    """Runs the blocks from a unit's own on, for several units of one block at a time.

    Parameters
    ----------
    pair
        The two runs.
    whole
        Whether all of each block is run, as a full run would. Else what nobody reads
        may be left out, which can move the last bits of what is read.
    """

    def __init__(self, pair: RunPair, *, whole: bool) -> None:
        self._pair = pair
        self._device = next(pair.model.module.parameters()).device
        self._shortcuts = None if whole else Shortcuts(pair.model)

    def logits(self, units: Sequence[int]) -> Tensor:
        """Give ``(unit, class)``: each row with one unit replaced.

        Parameters
        ----------
        units
            Some units of one block, which run together.

        Raises
        ------
        StaleCacheError
            If the model's weights were changed after the runs.
        """
        pair = self._pair
        if not pair.patched.source.weights.is_current():
            raise StaleCacheError(
                "the model's weights were changed or moved after the runs that are "
                "compared: make both, and the sweep, again"
            )
        row = pair.units.row(units[0])
        site = pair.units.sites.names[row]
        layer = pair.units.sites.layers[row]
        start = in_block(layer, "hook_resid_pre")
        values = self._values(site, units)
        stream = pair.patched[start].to(self._device)
        stream = stream.expand(len(units), *stream.shape[1:])

        def hook(value: Tensor, point: HookPoint) -> Tensor:
            del value
            return values[point.variants]

        at_start = site == start
        with self._less_than_all(layer):
            return pair.model.resume(
                pair.patched,
                layer,
                residual=values if at_start else stream,
                fwd_hooks=[] if at_start else [(site, hook)],
                batch_size=len(units),
            )

    def _less_than_all(self, layer: int) -> AbstractContextManager[None]:
        if self._shortcuts is None:
            return contextlib.nullcontext()
        over = self._pair.units.sites.over
        return self._shortcuts.around(over, layer, self._device)

    def _values(self, site: str, units: Sequence[int]) -> Tensor:
        """Give the site's value with each unit replaced, ``(unit, token, ...)``."""
        pair = self._pair
        own = pair.patched[site][0].to(self._device)
        other = pair.giving[site][0].to(self._device)
        values = torch.stack([own] * len(units))
        for value, unit in zip(values, units, strict=True):
            pair.units.replace(value, other, unit)
        return values
