"""What a sweep is asked for, and how well its preview did."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vitwidgets.methods.attribution_patching import rank_correlation
from vitwidgets.methods.patching.metrics import Metric

if TYPE_CHECKING:
    from vitwidgets.methods.activation_patching import PatchingSweep
    from vitwidgets.widgets.patcher.source import PatcherSource
    from vitwidgets.widgets.patcher.state import PatcherState


@dataclass(frozen=True)
class SweepQuestion:
    """What a sweep goes over and measures, as the page asks for it.

    Attributes
    ----------
    over, metric, direction
        As `activation_patching` takes them, which checks them.
    layer
        The block of a part of heads, or -1.
    source
        The donor's name.
    target
        The class, or -1 for what the donor shows.
    """

    over: Any
    layer: int
    source: str
    target: int
    metric: Any
    direction: Any

    def measured(self, source: PatcherSource) -> Any:
        """Give the metric, as `activation_patching` takes it.

        Raises
        ------
        ValueError
            If the class that is meant is what the clean image shows.
        """
        shown = int(source.logits.argmax())
        if self.metric == "kl":
            return self.metric
        if self.target < 0:
            theirs = int(source.donors[self.source].logits.argmax())
            if theirs == shown:
                raise ValueError(
                    f"the clean image and {self.source!r} both show "
                    f"{source.labels.names[shown]!r}: choose another donor, or the "
                    f"class that is wanted"
                )
            return self.metric
        if self.metric != "difference":
            return Metric(self.metric, self.target)
        if self.target == shown:
            raise ValueError(
                f"the clean image shows {source.labels.names[shown]!r} already, so "
                f"that there is no difference to it: choose another class"
            )
        return Metric(self.metric, self.target, shown)


def question_of(state: PatcherState) -> SweepQuestion:
    """Give what a sweep of the grid that is shown is asked for."""
    over = {"heads": "heads", "tokens": state.site, "head_tokens": state.part}
    return SweepQuestion(
        over[state.grid_shown],
        state.layer if state.grid_shown == "head_tokens" else -1,
        state.source,
        state.target,
        state.metric,
        state.direction,
    )


def correlation_of(sweep: PatchingSweep) -> float:
    """Compare a sweep with its preview by ranks; -2 where that can't be done."""
    # The order of some sweeps is from the preview of another metric.
    if sweep.preview.metric is not sweep.metric:
        return -2.0
    found = rank_correlation(sweep.preview.values, sweep.values)
    return -2.0 if math.isnan(found) else found


def sweep_record(question: SweepQuestion, sweep: PatchingSweep) -> dict[str, Any]:
    """Give a sweep as the page is told of it while it goes on."""
    values = sweep.values.flatten().float().cpu().numpy()
    return {
        **vars(question),
        "values": np.ascontiguousarray(values),
        "correlation": correlation_of(sweep),
    }


def no_sweep() -> dict[str, Any]:
    """Give what the page is told before the first sweep."""
    question = SweepQuestion("", -1, "", -1, "", "")
    return {**vars(question), "values": np.zeros(0, np.float32), "correlation": -2}
