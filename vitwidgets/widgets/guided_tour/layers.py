"""The stop where the character of the layers changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vitwidgets.widgets.guided_tour.stop import Stop
from vitwidgets.widgets.guided_tour.words import STEPS, counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitwidgets.methods import HeadStatistics
    from vitwidgets.widgets.guided_tour.views import StopViews

_LEAST_STEP = 0.05
"""Smallest step worth a stop, as a share of what uniform attention gives."""


def layer_stop(statistics: HeadStatistics, views: StopViews) -> Stop | None:
    """Make the stop after the largest step from one layer to the next.

    Parameters
    ----------
    statistics
        What was measured.
    views
        Gives the view's state.

    Returns
    -------
    Stop
        With the head of each of the two layers that is most like its layer's mean;
        None where all layers are alike, or there is but one.
    """
    steps = [_largest_step(name, statistics) for name in STEPS]
    found = [step for step in steps if step is not None]
    if not found:
        return None
    step = max(found, key=lambda step: step.size)
    if step.size < _LEAST_STEP:
        return None
    title, text = STEPS[step.name]
    up = step.second > step.first
    words = {
        "before": step.after - 1,
        "after": step.after,
        "first": step.first,
        "second": step.second,
        "even": step.uniform,
        "images": counted(statistics.n_images, "image"),
        "farther": "farther" if up else "less far",
        "more": "more at once" if up else "less at once",
    }
    return Stop(
        title.format(**words),
        text.format(**words),
        views.beside(step.after, step.head, step.head_before),
    )


@dataclass(frozen=True)
class _Step:
    name: str
    after: int
    first: float
    second: float
    uniform: float
    head_before: int
    head: int

    @property
    def size(self) -> float:
        return abs(self.second - self.first) / self.uniform


def _largest_step(name: str, statistics: HeadStatistics) -> _Step | None:
    values: NDArray[np.float64] = statistics.numbers[name].numpy()
    uniform = float(statistics.numbers[f"{name}_uniform"].flatten()[0])
    # A head that looks at no patch at all has no distance.
    known = np.isfinite(values)
    counts = known.sum(axis=1)
    means = np.where(known, values, 0).sum(axis=1) / np.maximum(counts, 1)
    sizes = np.where(counts[1:] * counts[:-1] > 0, np.abs(np.diff(means)), 0)
    if not sizes.any() or not uniform > 0:
        return None
    after = int(sizes.argmax()) + 1
    apart = np.abs(values - means[:, None])
    return _Step(
        name=name,
        after=after,
        first=float(means[after - 1]),
        second=float(means[after]),
        uniform=uniform,
        head_before=int(np.nanargmin(apart[after - 1])),
        head=int(np.nanargmin(apart[after])),
    )
