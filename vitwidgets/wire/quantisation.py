"""Attention as bytes: a code a weight, a scale a query row, the error known.

A head that gives almost everything to one token (a sink) would flatten the rest of
its row under plain linear codes; square-root codes keep the small weights apart:

    code = round(255 * sqrt(weight / row maximum))
    weight ~ row maximum * (code / 255) ** 2

With ``s = sqrt(weight / maximum)``, rounding moves ``s`` by at most ``1 / 510``, so the
weight by at most ``maximum * (2 s / 510 + 1 / 510 ** 2)``: under 0.4 % of the largest
weight of the row (plus float32's own rounding).

Scores before the softmax have either sign and no sinks of that kind; their codes are
linear between the lowest and the highest of the row, and off by half a step at most:

    code = round(255 * (score - row minimum) / (row maximum - row minimum))
    score ~ row minimum + (row maximum - row minimum) * code / 255
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVELS = 255
WORST_ERROR = 1 / LEVELS + 1 / (2 * LEVELS) ** 2
"""Largest error of a decoded weight, as a share of its row's maximum."""

WORST_SIGNED_ERROR = 1 / (2 * LEVELS)
"""Largest error of a decoded score, as a share of its row's maximum less minimum."""


@dataclass(frozen=True)
class QuantisedAttention:
    """Attention patterns, or scores, as the page gets them.

    Attributes
    ----------
    codes
        uint8, shape ``(..., query, key)``.
    scales
        float32, shape ``(..., query)``: the largest weight of each query row; for
        scores how far it is from the lowest to the highest.
    lows
        float32, shape ``(..., query)``: the lowest score of each query row. None for
        weights, whose codes are square roots and begin at 0.
    """

    codes: NDArray[np.uint8]
    scales: NDArray[np.float32]
    lows: NDArray[np.float32] | None = None

    def decode(self) -> NDArray[np.float32]:
        """Return the values as the page reads them, shape ``(..., query, key)``."""
        shares = self.codes.astype(np.float32) / LEVELS
        if self.lows is not None:
            steps = np.multiply(self.scales[..., None], shares, dtype=np.float32)
            return np.add(self.lows[..., None], steps, dtype=np.float32)
        return np.multiply(self.scales[..., None], shares * shares, dtype=np.float32)


def quantise_attention(pattern: NDArray[np.float32]) -> QuantisedAttention:
    """Encode attention weights with a scale for each query row.

    Parameters
    ----------
    pattern
        Non-negative weights, shape ``(..., query, key)``.
    """
    scales = pattern.max(axis=-1)
    # A row of zeros (a pattern that somebody zeroed) has no maximum to divide by.
    safe = np.where(scales > 0, scales, np.float32(1))
    roots = np.sqrt(pattern / safe[..., None])
    codes = np.rint(LEVELS * roots).astype(np.uint8)
    return QuantisedAttention(codes=codes, scales=scales.astype(np.float32))


def quantise_signed(values: NDArray[np.float32]) -> QuantisedAttention:
    """Encode scores with the lowest one and a scale for each query row.

    Parameters
    ----------
    values
        Numbers of either sign, shape ``(..., query, key)``.

    Raises
    ------
    ValueError
        If one of them is not finite.
    """
    if not np.isfinite(values).all():
        raise ValueError(
            "some scores are infinite or not a number, so their rows have no lowest "
            "and highest to put colours between"
        )
    lows = values.min(axis=-1)
    scales = values.max(axis=-1) - lows
    # A constant row is its minimum all along.
    safe = np.where(scales > 0, scales, np.float32(1))
    shares = (values - lows[..., None]) / safe[..., None]
    codes = np.rint(LEVELS * shares).astype(np.uint8)
    return QuantisedAttention(codes, scales.astype(np.float32), lows.astype(np.float32))
