"""Attention as bytes: a code a weight, a scale a query row, the error known.

A head that gives almost everything to one token (a sink) would flatten the rest of
its row under plain linear codes; square-root codes keep the small weights apart:

    code = round(255 * sqrt(weight / row maximum))
    weight ~ row maximum * (code / 255) ** 2

With ``s = sqrt(weight / maximum)``, rounding moves ``s`` by at most ``1 / 510``, so the
weight by at most ``maximum * (2 s / 510 + 1 / 510 ** 2)``: under 0.4 % of the largest
weight of the row (plus float32's own rounding).
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


@dataclass(frozen=True)
class QuantisedAttention:
    """Attention patterns as the page gets them.

    Attributes
    ----------
    codes
        uint8, shape ``(..., query, key)``.
    scales
        float32, shape ``(..., query)``: the largest weight of each query row.
    """

    codes: NDArray[np.uint8]
    scales: NDArray[np.float32]

    def decode(self) -> NDArray[np.float32]:
        """Return the weights as the page reads them, shape ``(..., query, key)``."""
        roots = self.codes.astype(np.float32) / LEVELS
        return np.multiply(self.scales[..., None], roots * roots, dtype=np.float32)


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
