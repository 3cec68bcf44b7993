"""The two ends of a path: what writes to the stream, and what reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitwidgets.methods.circuits.pair_of_runs import grid_of
from vitwidgets.models.addresses import Address
from vitwidgets.models.caching.index_checks import index_of
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from vitwidgets.models import ActivationCache, HookedViT

_SENDERS = (
    "a sender is a head ('L3.H1'), an MLP ('L3.MLP') or 'embedding', followed by "
    "'@cls' or '@(4,9)' for one token"
)
_RECEIVERS = (
    "a receiver is what a head takes ('L5.H2.q', or k, v), an MLP ('L5.MLP') or "
    "'final' for the stream after the last block, followed by '@cls' or '@(4,9)' for "
    "one token"
)


@dataclass(frozen=True)
class PathEnd:
    """A sender or a receiver.

    Attributes
    ----------
    address
        Its address: the embedding's is ``L0.resid_pre``, that of the final stream the
        last block's ``resid_post``.
    tokens
        The tokens that count, of the model's.
    place
        Block, and which half of it (0 attention, 1 MLP). A sender reaches receivers of
        later places.
    """

    address: Address
    tokens: slice
    place: tuple[int, int]


def sender_of(model: HookedViT, run: ActivationCache, given: Address | str) -> PathEnd:
    """Read a sender.

    Raises
    ------
    ValueError
        If it is none.
    IndexError
        If the model has no such block, head or token.
    """
    address = _address(model, given, _SENDERS)
    layer, part = address.layer, address.part
    if part == "resid_pre" and layer == 0:
        place = (-1, 0)
    elif part in ("z", "mlp"):
        place = (layer, int(part == "mlp"))
    else:
        raise ValueError(f"{address} is no sender: {_SENDERS}")
    _require_head(address, model.config.n_heads)
    return PathEnd(address, _tokens(model, run, address), place)


def receiver_of(
    model: HookedViT, run: ActivationCache, given: Address | str
) -> PathEnd:
    """Read a receiver.

    Raises
    ------
    ValueError, IndexError
        As of a sender.
    UnsupportedModelError
        If its heads do not each have a q, k and v of their own.
    """
    address = _address(model, given, _RECEIVERS)
    layer, part, n_layers = address.layer, address.part, model.config.n_layers
    if part == "resid_post" and layer == n_layers - 1:
        place = (n_layers, 0)
    elif part in ("q", "k", "v", "mlp"):
        place = (layer, int(part == "mlp"))
    else:
        raise ValueError(f"{address} is no receiver: {_RECEIVERS}")
    _require_head(address, model.config.n_heads)
    if part in ("q", "k", "v") and run[address.site].shape[2] != model.config.n_heads:
        raise UnsupportedModelError(
            f"the {model.config.n_heads} heads of {model.name} do not each have a "
            f"{part} of their own, so {address} is not one head's"
        )
    return PathEnd(address, _tokens(model, run, address), place)


def require_path(sender: PathEnd, receiver: PathEnd) -> None:
    """Raise ValueError unless the sender writes before the receiver reads."""
    if sender.place >= receiver.place:
        raise ValueError(
            f"nothing leads from {sender.address} to {receiver.address}: the sender "
            f"has to write to the stream before the receiver reads it"
        )


def _address(model: HookedViT, given: Address | str, help_: str) -> Address:
    if isinstance(given, Address):
        address = given
    else:
        name, at, token = str(given).strip().partition("@")
        last = model.config.n_layers - 1
        words = {"embedding": "L0.resid_pre", "final": f"L{last}.resid_post"}
        try:
            address = Address.parse(words.get(name, name) + at + token)
        except ValueError as error:
            raise ValueError(f"{given!r} is no end of a path: {help_}") from error
    index_of("block", address.layer, model.config.n_layers)
    return address


def _require_head(address: Address, n_heads: int) -> None:
    if address.index is not None:
        index_of("head", address.index, n_heads)


def _tokens(model: HookedViT, run: ActivationCache, address: Address) -> slice:
    if address.token is None:
        return slice(None)
    n_tokens = run[in_block(0, "hook_resid_pre")].shape[1]
    token = grid_of(model, run, n_tokens).token_of(address.token)
    return slice(token, token + 1)
