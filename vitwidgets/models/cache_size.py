"""How many bytes a cache will hold, known before the run."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from vitwidgets.models.errors import CacheBudgetError
from vitwidgets.models.sites import axes_of, in_block, split_name

if TYPE_CHECKING:
    from vitwidgets.models.config import ViTConfig

DEFAULT_BUDGET = 1_000_000_000
"""Bytes that a cache may hold unless said otherwise."""

_FLOAT32_SITES = ("hook_attn_scores", "hook_pattern", "hook_scale")


@functools.lru_cache(maxsize=64)
def estimated_bytes(
    held: frozenset[str], config: ViTConfig, n_tokens: int, itemsize: int
) -> int:
    """Bytes of these sites' values for one image; sites that are one tensor count once.

    Parameters
    ----------
    held
        Names of the sites.
    config
        Sizes of the model.
    n_tokens
        Number of tokens.
    itemsize
        Bytes of one number of the model.
    """
    sizes = {
        "batch": 1,
        "token": n_tokens,
        "query": n_tokens,
        "key": n_tokens,
        "head": config.n_heads,
        "d_head": config.d_head,
        "d_model": config.d_model,
        "d_mlp": config.d_mlp,
        "class": config.n_classes or config.d_model,
        "1": 1,
    }
    total = 0
    for name in held | _packed_with(held):
        if _same_tensor(name) in held:
            continue
        size = max(itemsize, 4) if name.endswith(_FLOAT32_SITES) else itemsize
        # The class token's features are a view that keeps all tokens' alive.
        axes = axes_of("hook_resid_pre" if name == "hook_pooled" else name)
        for axis in axes:
            size *= sizes[axis]
        total += size
    return total


def _packed_with(held: frozenset[str]) -> frozenset[str]:
    """Sites whose memory is kept alive too: q, k and v are views of one tensor."""
    packed = ("hook_q", "hook_k", "hook_v")
    return frozenset(
        name[: -len("hook_q")] + other
        for name in held
        if name.endswith(packed)
        for other in packed
    )


def _same_tensor(name: str) -> str | None:
    """Site after `name` that is usually the very same tensor."""
    layer, suffix = split_name(name)
    if suffix == "hook_resid_post" and layer is not None:
        return in_block(layer + 1, "hook_resid_pre")
    if suffix in ("hook_full_embed", "hook_ln_pre"):
        return in_block(0, "hook_resid_pre")
    return None


def require_budget(
    needed: int, budget: int, batch: int, streams: int, n_sites: int
) -> None:
    """Raise CacheBudgetError if a cache would not fit, naming cheaper calls.

    Parameters
    ----------
    needed, budget
        Bytes that the cache would take, and may take.
    batch
        Number of images.
    streams
        Bytes of the residual stream before every block, as an example of less.
    n_sites
        Number of sites asked for.
    """
    if needed <= budget:
        return
    fitting = budget * batch // needed
    fewer = f"at most {fitting} images at a time, " if fitting else ""
    raise CacheBudgetError(
        f"keeping {n_sites} sites of {batch} images takes about {_megabytes(needed)}, "
        f"more than the budget of {_megabytes(budget)}. Cheaper: {fewer}fewer sites "
        f"(names_filter='blocks.*.hook_resid_pre' takes {_megabytes(streams)}); or "
        f"raise the limit with budget={needed}"
    )


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.1f} MB"
