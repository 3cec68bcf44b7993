"""How many bytes a cache will hold, known before the run."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, cast

from vitwidgets.models.errors import CacheBudgetError
from vitwidgets.models.pieces.windows import WindowGrid
from vitwidgets.models.sites import axes_of, in_block, split_name

if TYPE_CHECKING:
    from typing import SupportsIndex

    from vitwidgets.models.config import ViTConfig

DEFAULT_BUDGET = 1_000_000_000
"""Bytes that a cache may hold unless said otherwise."""

_SMALL = 100_000
"""Fewer bytes are counted in bytes: as megabytes, a budget of 1 would read 0.0."""

_FLOAT32_SITES = (
    "hook_attn_scores",
    "hook_attn_scores2",
    "hook_pattern",
    "hook_pattern2",
    "hook_diff_pattern",
    "hook_scale",
)
_APART = ("", "align", "merge", "soft")
"""What `config.pool` is of models whose output is a vector for each of many tokens."""


@functools.lru_cache(maxsize=64)
def estimated_bytes(
    held: frozenset[str], config: ViTConfig, n_tokens: int, itemsize: int
) -> int:
    """Bytes of these sites' values for one image; sites that are one tensor count once.

    Where families differ in what they lay out together, it is the larger number.

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
    total = 0
    for name in held | _packed_with(held):
        if _same_tensor(name, held) in held:
            continue
        size = max(itemsize, 4) if name.endswith(_FLOAT32_SITES) else itemsize
        # The class token's features are a view that keeps all tokens' alive, and a norm
        # before the head is one of all tokens where they stay apart.
        of_tokens = name == "hook_pooled" or name.startswith("ln_head.")
        whole = "hook_resid_pre" if of_tokens else name
        layer, _ = split_name(name)
        window = 0 if layer is None else config.window_size(layer)
        sizes = _sizes(config, n_tokens, window)
        for axis in axes_of(whole, windowed=window > 0):
            size *= sizes[axis]
        if name == "hook_logits" and config.pool in _APART:
            size *= n_tokens
        total += size * (2 if _is_gated(name, held) else 1)
    return total


def _sizes(config: ViTConfig, n_tokens: int, window: int) -> dict[str, int]:
    """Give the lengths of axes in a block with windows of this size, 0 for none."""
    if config.pool == "class_attention":
        n_tokens += 1
    windows = WindowGrid(*config.grid, window or 1)
    return {
        "batch": 1,
        "token": n_tokens,
        "query": n_tokens,
        "key": n_tokens,
        "batch * window": windows.n_windows,
        "token of window": windows.n_tokens,
        "query of window": windows.n_tokens,
        "key of window": windows.n_tokens,
        "head": config.n_heads,
        "d_head": config.d_head,
        "d_model": config.d_model,
        "d_mlp": config.d_mlp,
        "class": config.n_classes or config.d_model,
        "d_embed": config.d_model,
        "1": 1,
    }


def _packed_with(held: frozenset[str]) -> frozenset[str]:
    """Sites whose memory is kept alive too: q, k and v are views of one tensor."""
    packed = ("hook_q", "hook_k", "hook_v")
    return frozenset(
        name[: -len("hook_q")] + other
        for name in held
        if name.endswith(packed)
        for other in packed
    )


def _is_gated(name: str, held: frozenset[str]) -> bool:
    """Whether neurons are half of a tensor, whose other half multiplies them."""
    # Elsewhere hook_post follows from hook_pre, and only one of the two is held.
    ending = "mlp.hook_pre"
    return name.endswith(ending) and f"{name.removesuffix('pre')}post" in held


def _same_tensor(name: str, held: frozenset[str]) -> str | None:
    """Site after `name` that is usually the very same tensor."""
    layer, suffix = split_name(name)
    if suffix == "hook_resid_post" and layer is not None:
        return in_block(layer + 1, "hook_resid_pre")
    # A norm before the first block comes between the embedding and the stream.
    if suffix == "hook_ln_pre" or (
        suffix == "hook_full_embed" and "hook_ln_pre" not in held
    ):
        return in_block(0, "hook_resid_pre")
    if suffix == "hook_pooled_dist":
        return "hook_pooled"
    return None


def checked_budget(budget: object) -> int:
    """Give a budget as a whole number of bytes; ``1e9`` is one.

    Raises
    ------
    TypeError
        If it is no whole number.
    ValueError
        If it is negative.
    """
    whole = int(budget) if isinstance(budget, float) and budget.is_integer() else budget
    try:
        n_bytes = operator.index(cast("SupportsIndex", whole))
    except TypeError:
        n_bytes = None
    if n_bytes is None or isinstance(budget, bool):
        raise TypeError(
            f"budget is {budget!r}; give a whole number of bytes, such as "
            f"{DEFAULT_BUDGET:_} for 1 GB"
        )
    if n_bytes < 0:
        raise ValueError(
            f"budget is {budget!r}, and a cache can't hold fewer than 0 bytes; leave "
            f"it out for 1 GB"
        )
    return n_bytes


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


def require_room(file: str, needed: int, budget: int) -> None:
    """Raise CacheBudgetError if the cache in a file holds more than the budget."""
    if needed > budget:
        raise CacheBudgetError(
            f"the cache in {file!r} takes {_megabytes(needed)}, more than the budget "
            f"of {_megabytes(budget)}: raise the limit with budget={needed}, or save "
            f"fewer sites or images"
        )


def _megabytes(n_bytes: int) -> str:
    if n_bytes < _SMALL:
        return f"{n_bytes} bytes"
    return f"{n_bytes / 1e6:.1f} MB"
