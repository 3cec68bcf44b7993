"""How much of a head's patterns stays the same from image to image."""

from __future__ import annotations

import math

import torch
from torch import Tensor

_FLAT = 1e-9
"""A pattern whose entries (1/N apart, relatively) vary less than this is uniform."""


class PositionSums:
    """Sums over images from which two numbers of each head follow.

    With p a pattern less its mean 1/N, and z the same divided by its length, the mean
    over all pairs of different images of p·p' and of z·z' follows from the lengths of
    the two sums: no image has to be kept.
    """

    def __init__(self) -> None:
        nothing = torch.zeros((), dtype=torch.float64)
        self._count = 0
        self._flat = nothing
        self._squares = nothing
        self._sums: Tensor | None = None

    def add(self, pattern: Tensor) -> None:
        """Take in the patterns of some images, ``(head, image, query, key)``."""
        centred = (pattern - 1 / pattern.shape[-1]).flatten(2)
        squares = centred.square().sum(-1)
        flat = squares < _FLAT
        weights = torch.where(flat, 0.0, squares.clamp(min=_FLAT).rsqrt())
        both = torch.stack((torch.ones_like(weights), weights), 1) @ centred
        self._sums = both if self._sums is None else self._sums.add_(both)
        self._squares = self._squares + squares.cpu().double().sum(1)
        self._count += pattern.shape[1]
        self._flat = self._flat + flat.cpu().double().sum(1)

    @property
    def position_r2(self) -> Tensor:
        """Share of the patterns' variation about uniform that position alone explains.

        ``(head,)``, float64. Variation is over images, queries and keys. The squared
        length of the true mean pattern is estimated from pairs of different images, so
        that chance explains nothing, however few images there are. NaN for one image,
        or uniform patterns.
        """
        n = self._count
        usable = (self._squares >= n * _FLAT) & (n > 1)
        shared = (self._lengths(0) - self._squares) / max(1, n * (n - 1))
        return torch.where(usable, shared / (self._squares / max(1, n)), math.nan)

    @property
    def generality(self) -> Tensor:
        """Mean correlation of the patterns of two images.

        ``(head,)``, float64. Uniform patterns, which correlate with nothing, are left
        out. NaN for fewer than two others.
        """
        n = self._count - self._flat
        pairs = (n * (n - 1)).clamp(min=1)
        return torch.where(n > 1, (self._lengths(1) - n) / pairs, math.nan)

    def _lengths(self, which: int) -> Tensor:
        assert self._sums is not None  # noqa: S101 (there are images)
        return self._sums[:, which].cpu().double().square().sum(-1)
