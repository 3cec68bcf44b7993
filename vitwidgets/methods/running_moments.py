"""Mean, variance and confidence interval of numbers that come a batch at a time."""

from __future__ import annotations

import torch
from torch import Tensor

_T_OF_FEW = (12.7062, 4.3027, 3.1824, 2.7764, 2.5706)
"""Student's t at 97.5 % for 1 to 5 degrees of freedom."""
_Z = 1.959964


class RunningMoments:
    """Moments of tensors, without keeping them.

    Batches are merged as in Chan, Golub and LeVeque, "Updating Formulae and a Pairwise
    Algorithm for Computing Sample Variances" (1979), after Welford (1962).

    Attributes
    ----------
    count
        How many numbers each mean is of.
    """

    def __init__(self) -> None:
        self.count = torch.zeros((), dtype=torch.float64)
        self._mean = torch.zeros((), dtype=torch.float64)
        self._squares = torch.zeros((), dtype=torch.float64)

    def add(self, values: Tensor) -> None:
        """Take in ``(sample, ...)``; a NaN is a number that could not be measured."""
        values = values.detach().cpu().double()
        known = ~values.isnan()
        count = known.sum(0).double()
        mean = torch.where(known, values, 0.0).sum(0) / count.clamp(min=1)
        squares = torch.where(known, (values - mean).square(), 0.0).sum(0)
        total = self.count + count
        share = count / total.clamp(min=1)
        step = mean - self._mean
        self._squares = self._squares + squares + step.square() * self.count * share
        self._mean = self._mean + step * share
        self.count = total

    @property
    def mean(self) -> Tensor:
        """Means, float64; NaN where nothing was measured."""
        return torch.where(self.count > 0, self._mean, torch.nan)

    @property
    def variance(self) -> Tensor:
        """Sample variances (divided by count - 1); NaN for fewer than two numbers."""
        return torch.where(
            self.count > 1, self._squares / (self.count - 1).clamp(min=1), torch.nan
        )

    @property
    def ci95(self) -> Tensor:
        """Half widths of the means' 95 % intervals by Student's t; NaN as above."""
        freedom = (self.count - 1).clamp(min=1)
        return student_t(freedom) * (self.variance / self.count.clamp(min=1)).sqrt()


def student_t(freedom: Tensor) -> Tensor:
    """Give Student's t at 97.5 %, to 0.1 %.

    A table for few degrees of freedom, else the expansion in their inverse (Abramowitz
    and Stegun, 1964, 26.7.5).

    Parameters
    ----------
    freedom
        Degrees of freedom, float64, at least 1.
    """
    z, v = _Z, freedom
    t = (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )
    few = torch.tensor(_T_OF_FEW, dtype=torch.float64)
    index = freedom.long().clamp(1, len(_T_OF_FEW)) - 1
    return torch.where(freedom <= len(_T_OF_FEW), few[index], t)
