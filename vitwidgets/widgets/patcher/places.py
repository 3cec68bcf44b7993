"""Which sites and parts of heads a model has, where edits can be made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from traitlets import TraitError

from vitwidgets.methods.interventions import Intervention
from vitwidgets.models.errors import UnknownSiteError
from vitwidgets.models.sites import split_name

if TYPE_CHECKING:
    from collections.abc import Collection

    from vitwidgets.models import HookedViT

SITES = ("resid_pre", "resid_mid", "resid_post", "attn_out", "mlp_out")
PARTS = ("z", "q", "k", "v")

_IN_WINDOWS = ("attn.hook_q", "attn.hook_k", "attn.hook_v", "attn.hook_pattern")
_SECOND = "attn1.hook_z"
_RARE = ("mlp.hook_post", "attn.hook_pattern")
"""What only Python can edit: neurons, and patterns."""


def available_places(model: HookedViT) -> list[str]:
    """Name the sites, then the parts of heads, that can be edited somewhere."""
    found = {_suffix(name) for name in model.sites if is_plain(model, name)}
    # Of several attentions side by side, an address means the first one's heads only.
    places = SITES if _SECOND in found else (*SITES, *PARTS)
    return [place for place in places if _suffix_of(place) in found]


def kept_sites(model: HookedViT, places: Collection[str] | None = None) -> list[str]:
    """Name what a run has to keep for these places; for None, for all that can be."""
    suffixes = {_suffix_of(place) for place in places or (*SITES, *PARTS)}
    if places is None:
        suffixes |= set(_RARE)
    return [name for name in model.sites if _suffix(name) in suffixes]


def alike(model: HookedViT, site: str) -> list[str]:
    """Name the sites of all blocks that are like this one, and of one image each."""
    suffix = _suffix(site)
    return [
        name
        for name in model.sites
        if _suffix(name) == suffix and is_plain(model, name)
    ]


def is_plain(model: HookedViT, name: str) -> bool:
    """Whether a site has one value for each image, rather than one for each window."""
    layer = split_name(name)[0]
    return (
        layer is None
        or not model.config.window_size(layer)
        or _suffix(name) not in _IN_WINDOWS
    )


def checked_component(model: HookedViT, text: str) -> str:
    """Return the address of a component of a model, as it is always written.

    Raises
    ------
    TraitError
        If it is none, or of one token.
    """
    try:
        found = Intervention(text, "zero")
        _ = found.component(model)
    except (ValueError, UnknownSiteError) as error:
        raise TraitError(str(error)) from error
    if found.tokens:
        raise TraitError(f"{text!r:.100}: give the component without its token")
    return found.address


def _suffix(name: str) -> str:
    return split_name(name)[1]


def _suffix_of(place: str) -> str:
    return f"attn.hook_{place}" if place in PARTS else f"hook_{place}"
