"""What a search may copy from a donor: heads, patches, or heads at single tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import torch

from vitwidgets.methods.circuits.pair_of_runs import grid_of
from vitwidgets.methods.circuits.whole_heads import require_whole_heads
from vitwidgets.models.addresses import Address
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.models import ActivationCache, HookedViT

Over: TypeAlias = Literal["heads", "patches", "head x token"]


@dataclass(frozen=True, eq=False)
class Units:
    """The units at one site.

    Attributes
    ----------
    layer
        Block that the site is in.
    site
        Its name.
    addresses
        The units.
    masks
        Bool, ``(unit, token)`` or ``(unit, token, head)``: what each stands for.
    donor
        ``(1, token, ..., width)``: the donor's value.
    """

    layer: int
    site: str
    addresses: tuple[Address, ...]
    masks: Tensor
    donor: Tensor


def units_over(model: HookedViT, donor: ActivationCache, over: Over) -> list[Units]:
    """Give all units of a kind, layer by layer.

    Raises
    ------
    ValueError
        If there is no such kind.
    UnsupportedModelError
        If heads have no z for each token, or tokens no address.
    UnknownSiteError
        If the donor did not keep the site.
    """
    if over not in get_args(Over):
        raise ValueError(
            f"over must be 'heads', 'patches' or 'head x token', got {over!r:.100}"
        )
    if over == "patches":
        return [_patches(model, donor)]
    require_whole_heads(model)
    at_tokens = over == "head x token"
    layers = range(model.config.n_layers)
    return [_heads(model, donor, layer, at_tokens=at_tokens) for layer in layers]


def _patches(model: HookedViT, donor: ActivationCache) -> Units:
    site = in_block(0, "hook_resid_pre")
    value = donor[site]
    grid = grid_of(model, donor, value.shape[1])
    tokens = range(grid.n_prefix_tokens, grid.n_tokens)
    return Units(
        0,
        site,
        tuple(Address(0, "resid_pre", None, grid.label(token)) for token in tokens),
        torch.eye(grid.n_tokens, dtype=torch.bool, device=value.device)[tokens.start :],
        value,
    )


def _heads(
    model: HookedViT, donor: ActivationCache, layer: int, *, at_tokens: bool
) -> Units:
    site = in_block(layer, "attn.hook_z")
    value = donor[site]
    _, n_tokens, n_heads, _ = value.shape
    own = torch.eye(n_heads, dtype=torch.bool, device=value.device)
    if not at_tokens:
        addresses = tuple(Address(layer, "z", head) for head in range(n_heads))
        return Units(
            layer, site, addresses, own[:, None].expand(-1, n_tokens, -1), value
        )
    grid = grid_of(model, donor, n_tokens)
    tokens = torch.eye(n_tokens, dtype=torch.bool, device=value.device)
    masks = own[:, None, None, :] & tokens[None, :, :, None]
    addresses = tuple(
        Address(layer, "z", head, grid.label(token))
        for head in range(n_heads)
        for token in range(n_tokens)
    )
    return Units(layer, site, addresses, masks.flatten(0, 1), value)
