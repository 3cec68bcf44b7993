"""How many variants of one residual stream run at a time."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.models.config import ViTConfig

_MOST_ON_CPU = 16
_BYTES_ON_CPU = 128_000_000
"""On a processor each variant takes as long alone as with others, and longer where the
working set leaves the caches: sweeps of ViT-S and B were fastest with 6 to 16."""

_BYTES_ELSEWHERE = 2_000_000_000
"""Elsewhere a pass of few variants leaves the device idle, and memory is the limit."""

_STREAMS, _HIDDEN = 8, 2
"""Copies of the stream (itself, q, k, v, norms, addends) and of the neurons that a
block has in memory at once."""


def usual_batch_size(config: ViTConfig, stream: Tensor) -> int:
    """Give how many variants to run at a time where nobody says.

    Parameters
    ----------
    config
        Sizes of the model.
    stream
        ``(variant, token, d_model)``.
    """
    per_token = _STREAMS * config.d_model + _HIDDEN * config.d_mlp
    n_tokens = max(1, stream[0].numel() // config.d_model)
    one = n_tokens * per_token * stream.element_size()
    if stream.device.type == "cpu":
        return max(1, min(_MOST_ON_CPU, _BYTES_ON_CPU // one))
    return max(1, _BYTES_ELSEWHERE // one)


def parts_of(count: int, most: int) -> list[slice]:
    """Give the fewest parts of a range, each of at most so many, nearly equal."""
    n_parts = -(-count // most)
    bounds = [count * part // n_parts for part in range(n_parts + 1)]
    return [slice(low, high) for low, high in itertools.pairwise(bounds)]
