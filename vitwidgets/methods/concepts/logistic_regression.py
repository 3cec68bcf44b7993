"""Logistic regression of two kinds of vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable

PENALTY = 0.01
"""Weight of half the squared length of the standardised weights, beside the mean
loss of a case."""

_STEPS = 500


@dataclass(frozen=True, eq=False)
class LogisticRegression:
    """A line between two kinds of vectors.

    Attributes
    ----------
    weight, bias
        float64, ``(width,)`` and ``()``: of vectors as they are, not standardised.
    """

    weight: Tensor
    bias: Tensor

    def __call__(self, values: Tensor) -> Tensor:
        """Give logits of ``(case, width)``: above 0 where it says yes."""
        return values @ self.weight + self.bias


def logistic_regression(values: Tensor, labels: Tensor) -> LogisticRegression:
    """Fit a line between two kinds of vectors.

    The mean of the log loss, both kinds counted as one half however many there are, and
    `PENALTY` on standardised weights, are brought to their one minimum by L-BFGS.

    Parameters
    ----------
    values
        float64, ``(case, width)``.
    labels
        Bool, ``(case,)``; both kinds are there.
    """
    mean, size = values.mean(0), values.std(0, correction=0)
    # A number that never changes tells nothing, and has no scale.
    size = torch.where(size > 0, size, 1.0)
    standard = (values - mean) / size
    target = labels.to(values.dtype)
    share = target.mean()
    importance = torch.where(labels, 0.5 / share, 0.5 / (1 - share))
    weight = torch.zeros(values.shape[1] + 1, dtype=values.dtype, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weight],
        max_iter=_STEPS,
        tolerance_grad=1e-9,
        tolerance_change=1e-12,
        line_search_fn="strong_wolfe",
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        logits = standard @ weight[:-1] + weight[-1]
        fit = functional.binary_cross_entropy_with_logits(logits, target, importance)
        total = fit + PENALTY / 2 * weight[:-1].square().sum()
        total.backward()  # pyright: ignore[reportUnknownMemberType]
        return total

    with torch.inference_mode(mode=False), torch.enable_grad():
        step = cast(
            "Callable[[Callable[[], Tensor]], object]", cast("Any", optimizer).step
        )
        step(loss)
    found = weight.detach()
    raw = found[:-1] / size
    return LogisticRegression(raw, found[-1] - mean @ raw)
