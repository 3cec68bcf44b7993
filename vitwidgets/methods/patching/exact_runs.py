"""The logits of a run with one unit replaced, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.patching.value_runs import ValueRuns
from vitwidgets.models.errors import StaleCacheError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from vitwidgets.methods.patching.run_pair import RunPair


class ExactRuns:
    """Runs the blocks from a unit's own on, for several units of one block at a time.

    Parameters
    ----------
    pair
        The two runs.
    whole
        As for `ValueRuns`.
    """

    def __init__(self, pair: RunPair, *, whole: bool) -> None:
        self._pair = pair
        self._runs = ValueRuns(pair.model, pair.patched, whole=whole)

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
        sites = pair.units.sites
        site = sites.names[row]
        values = self._values(site, units)
        return self._runs.logits(sites.over, sites.layers[row], site, values)

    def _values(self, site: str, units: Sequence[int]) -> Tensor:
        """Give the site's value with each unit replaced, ``(unit, token, ...)``."""
        pair = self._pair
        own, other = (
            run[site][0].to(self._runs.device) for run in (pair.patched, pair.giving)
        )
        values = torch.stack([own] * len(units))
        for value, unit in zip(values, units, strict=True):
            pair.units.replace(value, other, unit)
        return values
