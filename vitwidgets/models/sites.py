"""The names of activations, and how a request for some of them is understood.

The names are TransformerLens' (Nanda and Bloom, 2022) where it has one, so that what
people know carries over; `hook_full_embed` and `hook_ln_pre` are ViT-Prisma's.
"""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from vitwidgets.models.errors import UnknownSiteError

SiteFilter: TypeAlias = str | Sequence[str] | Callable[[str], bool]
"""A site name, a glob such as ``blocks.*.hook_resid_pre``, a list of these, or a
function of the name that says whether it is meant."""

_STREAM = ("batch", "token", "d_model")
_SCALE = ("batch", "token", "1")
_HEADS = ("batch", "token", "head", "d_head")
_SQUARE = ("batch", "head", "query", "key")
_NEURONS = ("batch", "token", "d_mlp")

BEFORE_BLOCKS: Mapping[str, tuple[str, ...]] = {
    "hook_embed": _STREAM,
    "hook_pos_embed": _STREAM,
    "hook_full_embed": _STREAM,
    "hook_ln_pre": _STREAM,
}
"""Axes of the sites before the first block."""

IN_BLOCK: Mapping[str, tuple[str, ...]] = {
    "hook_resid_pre": _STREAM,
    "ln1.hook_scale": _SCALE,
    "ln1.hook_normalized": _STREAM,
    "ln1.hook_ln_out": _STREAM,
    "attn.hook_q": _HEADS,
    "attn.hook_k": _HEADS,
    "attn.hook_v": _HEADS,
    "attn.hook_rot_q": _HEADS,
    "attn.hook_rot_k": _HEADS,
    "attn.hook_normed_v": _HEADS,
    "attn.hook_attn_bias": _SQUARE,
    "attn.hook_attn_scores": _SQUARE,
    "attn.hook_mixed_scores": _SQUARE,
    "attn.hook_pattern": _SQUARE,
    "attn.hook_mixed_pattern": _SQUARE,
    "attn.hook_rot_q2": _HEADS,
    "attn.hook_rot_k2": _HEADS,
    "attn.hook_attn_scores2": _SQUARE,
    "attn.hook_pattern2": _SQUARE,
    "attn.hook_diff_pattern": _SQUARE,
    "attn.hook_attn_mix": _HEADS,
    "attn.hook_z": _HEADS,
    "attn.hook_result": ("batch", "token", "head", "d_model"),
    "ln1_post.hook_scale": _SCALE,
    "ln1_post.hook_normalized": _STREAM,
    "ln1_post.hook_ln_out": _STREAM,
    "hook_attn_out": _STREAM,
    "hook_resid_mid": _STREAM,
    "ln2.hook_scale": _SCALE,
    "ln2.hook_normalized": _STREAM,
    "ln2.hook_ln_out": _STREAM,
    "mlp.hook_pre": _NEURONS,
    "mlp.hook_post": _NEURONS,
    "ln2_post.hook_scale": _SCALE,
    "ln2_post.hook_normalized": _STREAM,
    "ln2_post.hook_ln_out": _STREAM,
    "hook_mlp_out": _STREAM,
    "hook_block_out": _STREAM,
    "hook_resid_post": _STREAM,
}
"""Axes of the sites of each block, without their prefix ``blocks.L.``.

Differential attention has q and k of twice as many heads, of half the width, and rot_q
and rot_k of half the width. Where branches run side by side, those but the first have
their index in the names: ``attn1.hook_q``, ``ln1_1.hook_scale``, ``hook_mlp1_out``."""

_OF_TOKEN = {
    "attn.hook_k": _HEADS,
    "attn.hook_v": _HEADS,
    "attn.hook_rot_k": _HEADS,
    "ln1.hook_scale": _SCALE,
    "ln1.hook_normalized": _STREAM,
    "ln1.hook_ln_out": _STREAM,
}

IN_TOKEN_BLOCK: Mapping[str, tuple[str, ...]] = {
    name: _OF_TOKEN.get(name)
    or tuple("1" if axis in ("token", "query") else axis for axis in axes)
    for name, axes in IN_BLOCK.items()
}
"""Axes of the sites of each block of class attention, without ``token_blocks.J.``.

Their stream is the class token alone; `ln1`, keys and values are of all tokens."""

_IN_WINDOWS = frozenset(
    {
        "attn.hook_q",
        "attn.hook_k",
        "attn.hook_v",
        "attn.hook_rot_q",
        "attn.hook_rot_k",
        "attn.hook_attn_bias",
        "attn.hook_attn_scores",
        "attn.hook_pattern",
        "attn.hook_attn_mix",
    }
)
_OF_WINDOW = {
    "batch": "batch * window",
    "token": "token of window",
    "query": "query of window",
    "key": "key of window",
}

AFTER_BLOCKS: Mapping[str, tuple[str, ...]] = {
    "ln_final.hook_scale": _SCALE,
    "ln_final.hook_normalized": _STREAM,
    "ln_final.hook_ln_out": _STREAM,
    "hook_pooled": ("batch", "d_model"),
    "hook_pooled_dist": ("batch", "d_model"),
    "ln_head.hook_scale": ("batch", "1"),
    "ln_head.hook_normalized": ("batch", "d_model"),
    "ln_head.hook_ln_out": ("batch", "d_model"),
    "hook_image_embed": ("batch", "d_embed"),
    "hook_logits": ("batch", "class"),
}
"""Axes of the sites after the last block, where the final norm comes before pooling."""

_BLOCK_NAME = re.compile(r"blocks\.(\d+)\.(.+)")
_BRANCH_INDEX = re.compile(r"((?<=attn)|(?<=mlp))\d+(?=\.|_out)|(?<=ln[12])_\d+(?=\.)")
_TOKEN_BLOCK_NAME = re.compile(r"token_blocks\.\d+\.(.+)")


def in_block(layer: int, suffix: str) -> str:
    """Name of a block's site, such as ``blocks.3.attn.hook_z``."""
    return f"blocks.{layer}.{suffix}"


def split_name(name: str) -> tuple[int | None, str]:
    """Block index and the rest of a site name; None for a site outside the blocks."""
    match = _BLOCK_NAME.fullmatch(name)
    return (int(match[1]), match[2]) if match else (None, name)


def axes_of(name: str, *, windowed: bool = False) -> tuple[str, ...]:
    """Axes of a site's value, such as ``("batch", "token", "d_model")``.

    Parameters
    ----------
    name
        The site.
    windowed
        Whether attention of its block is in windows: then what is inside of it has all
        windows of all images on its first axis (see `WindowGrid`).
    """
    of_token = _TOKEN_BLOCK_NAME.fullmatch(name)
    if of_token:
        return IN_TOKEN_BLOCK[of_token[1]]
    suffix = _BRANCH_INDEX.sub("", split_name(name)[1])
    if windowed and suffix in _IN_WINDOWS:
        return tuple(_OF_WINDOW.get(axis, axis) for axis in IN_BLOCK[suffix])
    return BEFORE_BLOCKS.get(suffix) or IN_BLOCK.get(suffix) or AFTER_BLOCKS[suffix]


def select(
    wanted: SiteFilter | None, sites: Mapping[str, None], missing: Mapping[str, str]
) -> tuple[str, ...]:
    """Names that a filter means, in the order of the forward pass.

    Parameters
    ----------
    wanted
        The filter; None means every site.
    sites
        The model's sites, in order.
    missing
        Sites that the family has and this model lacks, with the reason.

    Raises
    ------
    UnknownSiteError
        If a name does not exist on this model, or a filter matches nothing.
    TypeError
        If the filter is none of the accepted kinds.
    """
    if wanted is None:
        return tuple(sites)
    if isinstance(wanted, str):
        if wanted in sites:
            return (wanted,)
        return _matching(wanted, sites, missing)
    if callable(wanted):
        chosen = tuple(name for name in sites if wanted(name))
        if not chosen:
            raise UnknownSiteError(
                f"the filter {getattr(wanted, '__name__', wanted)!r} chose none of the "
                f"{len(sites)} sites of this model; model.sites lists them"
            )
        return chosen
    return _select_each(wanted, sites, missing)


def _select_each(
    wanted: Iterable[object], sites: Mapping[str, None], missing: Mapping[str, str]
) -> tuple[str, ...]:
    try:
        items = list(wanted)
    except TypeError:
        items = [wanted]
    chosen: set[str] = set()
    for item in items:
        if not isinstance(item, str):
            raise TypeError(
                f"sites are chosen by a name, a glob, a list of these or a function "
                f"of the name; got {item!r} of type {type(item).__name__}"
            )
        chosen.update(select(item, sites, missing))
    if not chosen:
        raise UnknownSiteError(
            "an empty list of sites was given; pass None for every site"
        )
    return tuple(name for name in sites if name in chosen)


def _matching(
    pattern: str, sites: Mapping[str, None], missing: Mapping[str, str]
) -> tuple[str, ...]:
    if any(sign in pattern for sign in "*?["):
        chosen = tuple(name for name in sites if fnmatch.fnmatchcase(name, pattern))
        if chosen:
            return chosen
        for name, reason in missing.items():
            if fnmatch.fnmatchcase(name, pattern):
                raise UnknownSiteError(f"this model has no site {name!r}: {reason}")
    raise unknown_site(pattern, sites, missing)


def unknown_site(
    name: str, sites: Iterable[str], missing: Mapping[str, str]
) -> UnknownSiteError:
    """Error for a name that is no site of a model: why, or what was meant."""
    if name in missing:
        return UnknownSiteError(f"this model has no site {name!r}: {missing[name]}")
    sites = tuple(sites)
    layer, suffix = split_name(name)
    n_layers = 1 + max((split_name(site)[0] or 0 for site in sites), default=0)
    if layer is not None and suffix in IN_BLOCK and layer >= n_layers:
        return UnknownSiteError(
            f"there is no block {layer} for {name!r}: blocks run from 0 to "
            f"{n_layers - 1}"
        )
    near = difflib.get_close_matches(name, sites, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
    return UnknownSiteError(f"unknown site {name!r}: {hint}model.sites lists them all")
