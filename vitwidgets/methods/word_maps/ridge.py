"""Ridge regression in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor

_STEPS = [10 ** (half / 2) for half in range(-8, 5)]
"""Penalties that are tried, as shares of the mean sum of squares of an input."""


@dataclass(frozen=True, eq=False)
class Ridge:
    """A fitted affine map.

    Attributes
    ----------
    weight
        ``(output, input)``, float64.
    bias
        ``(output,)``, float64.
    penalty
        What the sum of the squared weights counted for.
    """

    weight: Tensor
    bias: Tensor
    penalty: float


def fit_ridge(inputs: Tensor, outputs: Tensor, penalty: float | None) -> Ridge:
    """Make ``sum |y - W x - b|^2 + penalty * |W|^2`` as small as it gets.

    Hoerl and Kennard, "Ridge Regression" (1970). b is not penalised.

    Parameters
    ----------
    inputs, outputs
        ``(case, input)`` and ``(case, output)``, float64.
    penalty
        0 or more; None for the one of 13, from 1e-4 to 100 times the mean sum of
        squares of an input, with the smallest error where each case is predicted from
        all others. That error follows without another fit (Allen, "The Relationship
        between Variable Selection and Data Augmentation", 1974).
    """
    centre, middle = inputs.mean(0), outputs.mean(0)
    svd = cast("Any", torch.linalg).svd
    parts: tuple[Tensor, Tensor, Tensor] = svd(inputs - centre, full_matrices=False)
    left, sizes, right = parts
    along = left.T @ (outputs - middle)
    squares = sizes.square()
    if penalty is None:
        unit = float(squares.sum()) / inputs.shape[1]
        tried = [step * unit for step in _STEPS]
        errors = [
            _left_out(left, along, outputs - middle, _kept(squares, each))
            for each in tried
        ]
        penalty = tried[errors.index(min(errors))]
    # Directions that no input has are left alone, also without a penalty.
    factor = torch.where(sizes > 0, _kept(squares, penalty) / sizes, 0)
    weight = ((right.T * factor) @ along).T
    return Ridge(weight, middle - weight @ centre, penalty)


def explained(outputs: Tensor, predicted: Tensor) -> Tensor:
    """Give how much of each output's variance a prediction explains, R squared.

    Parameters
    ----------
    outputs, predicted
        ``(case, output)``.

    Returns
    -------
    Tensor
        ``(output,)``: ``1 - sum (y - predicted)^2 / sum (y - mean of y)^2``, NaN where
        an output does not vary.
    """
    errors = (outputs - predicted).square().sum(0)
    spread = (outputs - outputs.mean(0)).square().sum(0)
    return torch.where(spread > 0, 1 - errors / spread, torch.nan)


def explained_in_all(outputs: Tensor, predicted: Tensor) -> float:
    """Give the same of all outputs together: errors and variances are summed first."""
    errors = (outputs - predicted).square().sum()
    spread = (outputs - outputs.mean(0)).square().sum()
    return float(1 - errors / spread)


def _kept(squares: Tensor, penalty: float) -> Tensor:
    """Give what share of each direction of the inputs is kept."""
    least = torch.finfo(squares.dtype).eps * squares.max()
    return torch.where(squares > least, squares / (squares + penalty), 0)


def _left_out(left: Tensor, along: Tensor, outputs: Tensor, kept: Tensor) -> float:
    """Give the sum of squared errors where each case is left out in turn."""
    errors = outputs - (left * kept) @ along
    leverage = 1 / len(outputs) + left.square() @ kept
    return float((errors / (1 - leverage)[:, None]).square().sum())
