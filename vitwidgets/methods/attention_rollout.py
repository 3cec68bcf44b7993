"""Attention through all blocks at once."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor

Fusion: TypeAlias = Literal["mean", "min", "max"]

RESIDUAL = 0.5
"""Share of a token that stays where it is, by the residual connection."""


def attention_rollout(
    patterns: Iterable[Tensor], *, fusion: Fusion = "mean", discard: float = 0.0
) -> Tensor:
    """Follow attention down to the input, as if blocks did nothing else.

    Abnar and Zuidema, "Quantifying Attention Flow in Transformers" (2020): the product
    of the blocks' patterns, the last one leftmost, each half identity for the residual
    connection. It knows nothing of values, MLPs and norms.

    Parameters
    ----------
    patterns
        ``(batch, head, query, key)`` of each block, the first block first; such as
        ``(cache.pattern(layer) for layer in range(model.config.n_layers))``, which
        keeps one at a time.
    fusion
        How heads become one: their mean, minimum or maximum.
    discard
        Share of each row's entries, the lowest ones, that are dropped. Rows are
        normalised after that, so that they sum to 1.

    Returns
    -------
    Tensor
        ``(batch, query, key)``: how much of each input token (key) is in each token
        after the last block (query); rows sum to 1.

    Raises
    ------
    ValueError
        If there is no pattern, patterns are of different shapes, or an argument is none
        of the accepted.
    """
    each = attention_rollouts(patterns, fusion=fusion, discard=discard)
    return deque(each, maxlen=1).pop()


def attention_rollouts(
    patterns: Iterable[Tensor], *, fusion: Fusion = "mean", discard: float = 0.0
) -> Iterator[Tensor]:
    """Follow attention from each block down to the input, the first block first.

    Parameters
    ----------
    patterns, fusion, discard
        As for `attention_rollout`, which is the last of these.

    Yields
    ------
    Tensor
        ``(batch, query, key)``: how much of each input token (key) is in each token
        after the block (query); rows sum to 1.

    Raises
    ------
    ValueError
        As `attention_rollout`; of the patterns, when they are reached.
    """
    if fusion not in get_args(Fusion):
        raise ValueError(f"fusion must be mean, min or max, got {fusion!r}")
    if not 0 <= discard < 1:
        raise ValueError(f"discard must be at least 0 and below 1, got {discard!r}")
    return _rolled(patterns, fusion, discard)


def _rolled(
    patterns: Iterable[Tensor], fusion: Fusion, discard: float
) -> Iterator[Tensor]:
    total: Tensor | None = None
    for layer, pattern in enumerate(patterns):
        if pattern.ndim != 4 or pattern.shape[-1] != pattern.shape[-2]:  # noqa: PLR2004
            raise ValueError(
                f"pattern {layer} has shape {tuple(pattern.shape)}, expected (batch, "
                f"head, token, token)"
            )
        step = _step(pattern, fusion, discard)
        if total is not None and step.shape != total.shape:
            raise ValueError(
                f"pattern {layer} is of {tuple(step.shape)} (batch, query, key), those "
                f"before it of {tuple(total.shape)}"
            )
        total = step if total is None else step @ total
        yield total
    if total is None:
        raise ValueError("there is no pattern to follow: give one for each block")


def _step(pattern: Tensor, fusion: Fusion, discard: float) -> Tensor:
    fused = _fused(pattern, fusion)
    n_tokens = fused.shape[-1]
    dropped = int(discard * n_tokens)
    if dropped:
        lowest = fused.topk(dropped, dim=-1, largest=False).indices
        fused = fused.scatter(-1, lowest, 0.0)
    identity = torch.eye(n_tokens, dtype=fused.dtype, device=fused.device)
    sums = fused.sum(-1, keepdim=True)
    # Where no key is common to all heads, their minimum leaves the token to itself.
    rows = torch.where(sums > 0, fused / sums, identity)
    return RESIDUAL * identity + (1 - RESIDUAL) * rows


def _fused(pattern: Tensor, fusion: Fusion) -> Tensor:
    if fusion == "mean":
        return pattern.mean(1)
    return pattern.amin(1) if fusion == "min" else pattern.amax(1)
