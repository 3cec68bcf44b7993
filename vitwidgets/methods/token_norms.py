"""Tokens whose norm stands out from those of their image."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

OUTLIER_FACTOR = 3.0
"""A patch's token is an outlier if its norm is above this many times the median of its
image's patches.

Darcet et al., "Vision Transformers Need Registers" (2024), cut one model's norms at a
fixed number, between two modes; a multiple means the same for every model."""

LAST_BLOCKS = 0.25
"""Share of the blocks, counted from the last one (two at least), after which norms are
looked at."""


def last_layers(n_layers: int) -> range:
    """Give the blocks after which an outlier shows."""
    return range(max(0, n_layers - max(2, round(LAST_BLOCKS * n_layers))), n_layers)


def norms_over_median(stream: Tensor, n_prefix: int) -> tuple[Tensor, Tensor]:
    """Give the patches' norms as multiples of their image's median, and that median.

    Parameters
    ----------
    stream
        ``(image, token, d_model)``.
    n_prefix
        Number of tokens before the first patch.

    Returns
    -------
    multiples
        ``(image, patch)``.
    medians
        ``(image,)``.
    """
    norms = stream[:, n_prefix:].float().square().sum(-1).sqrt()
    medians = norms.quantile(0.5, dim=-1)
    return norms / medians[:, None].clamp(min=1e-30), medians
