"""A sweep: units replaced one by one, strongest first, a few at a time."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.patching.exact_runs import ExactRuns
from vitwidgets.methods.patching.order import next_units
from vitwidgets.models.running.variant_batches import usual_batch_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    from vitwidgets.methods.attribution_patching import AttributionPatching
    from vitwidgets.methods.patching.metrics import Metric, Scale
    from vitwidgets.methods.patching.run_pair import RunPair
    from vitwidgets.methods.patching.units import Units


@dataclass(frozen=True, eq=False)
class PartialResult:
    """What one step of a sweep found.

    Attributes
    ----------
    units
        Which units: indices into the flattened grid.
    values
        ``(unit,)``: their exact values, float64.
    """

    units: tuple[int, ...]
    values: Tensor


class PatchingSweep:
    """Exact values of a grid of units, as far as they are known.

    Runs in the thread that iterates over it, or calls `run`, and in no other. A loop
    that ends early can be taken up again; one that was cancelled cannot.

    Parameters
    ----------
    pair
        The two runs, and what is replaced.
    preview
        What gives the order.
    top
        How many units are run, the strongest by preview; None for all.
    batch_size
        Units in one pass; None for as many as is fastest.

    Attributes
    ----------
    preview
        First approximation of all values; its metric may be another one (see
        `activation_patching`).
    total
        How many units are to be run.
    """

    def __init__(
        self,
        pair: RunPair,
        preview: AttributionPatching,
        *,
        top: int | None,
        batch_size: int | None,
    ) -> None:
        self.preview = preview
        self._pair = pair
        self._runs = ExactRuns(pair, whole=batch_size == 1)
        self._batch_size = batch_size
        self._values = torch.full((pair.units.count,), torch.nan, dtype=torch.float64)
        order = preview.order()
        self._left: list[int] = order if top is None else order[:top]
        self.total = len(self._left)
        self._first = -(-self.total // 4)
        self._cancelled = threading.Event()
        self._seconds = 0.0
        self._work = sum(self._cost(unit) for unit in self._left)

    @property
    def units(self) -> Units:
        """What is replaced, in what grid."""
        return self._pair.units

    @property
    def metric(self) -> Metric:
        """What is measured."""
        return self._pair.metric

    @property
    def scale(self) -> Scale:
        """Where it is 0 and 1."""
        return self._pair.scale

    @property
    def untouched(self) -> float:
        """Value with nothing replaced: 0 when denoising, 1 when noising."""
        return self._pair.untouched

    @property
    def values(self) -> Tensor:
        """Exact values so far, float64, in the grid of `units`; NaN where not run."""
        return self._values.view(self.units.shape).clone()

    @property
    def done(self) -> int:
        """How many units have been run."""
        return self.total - len(self._left)

    @property
    def remaining_seconds(self) -> float | None:
        """Time left, from the blocks still to be run; None before the first result."""
        left = sum(self._cost(unit) for unit in self._left)
        spent = self._work - left
        return self._seconds * left / spent if spent else None

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Stop after the pass that is running. May be called from any thread."""
        self._cancelled.set()

    def run(
        self, progress: Callable[[PatchingSweep], object] | None = None
    ) -> PatchingSweep:
        """Run all that is left, unless cancelled; give the sweep itself.

        Parameters
        ----------
        progress
            Called with the sweep after each pass.
        """
        for _ in self:
            if progress is not None:
                progress(self)
        return self

    def __iter__(self) -> Iterator[PartialResult]:
        """Run what is left, pass by pass, and give what each found."""
        while self._left and not self.cancelled:
            yield self._step()

    def __repr__(self) -> str:
        state = ", cancelled" if self.cancelled else ""
        return (
            f"PatchingSweep over {self.units.sites.over}: {self.done} of {self.total} "
            f"done{state}; {self.metric}, base 0, donor 1"
        )

    def _step(self) -> PartialResult:
        began = time.perf_counter()
        urgent = max(0, self._first - self.done)
        units = next_units(
            self._left[:urgent] or self._left, self.units.row, self._most()
        )
        with torch.no_grad():
            logits = self._runs.logits(units)
            found = self.metric(logits, self._pair.base_logits).double().cpu()
        values = self.scale.share(found)
        chosen = frozenset(units)
        self._values[list(units)] = values
        self._left = [unit for unit in self._left if unit not in chosen]
        self._seconds += time.perf_counter() - began
        return PartialResult(units, values)

    def _most(self) -> int:
        if self._batch_size is not None:
            return self._batch_size
        stream = self._pair.patched[self.units.sites.inputs[0]]
        return usual_batch_size(self._pair.model.config, stream)

    def _cost(self, unit: int) -> int:
        """Give how many blocks a unit takes."""
        return self._pair.model.config.n_layers - self.units.layer(unit)
