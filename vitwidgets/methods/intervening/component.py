"""The part of a site's value that an address and tokens mean in one model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.methods.intervening.errors import InterventionError
from vitwidgets.models.families import layout
from vitwidgets.models.sites import axes_of, unknown_site

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from vitwidgets.models import HookedViT, PatchGrid
    from vitwidgets.models.addresses import Address

_OF_HEADS = ("z", "q", "k", "v", "pattern")
_IN_WINDOWS = ("q", "k", "v", "pattern")
_AXES = {"z": 2, "q": 2, "k": 2, "v": 2, "pattern": 1, "neuron": 2}
"""Axis on which the head or neuron is chosen. Without it, the axes are image, token
(for a pattern: the one that attends), and what the component has for each."""


class Component:
    """Some tokens of a head, neuron, MLP or stream.

    Parameters
    ----------
    model
        The model.
    address
        The component; its token is not looked at.
    tokens
        Labels of the tokens; none for all of them.

    Attributes
    ----------
    address
        As given.
    site
        Name of its site.
    width
        Numbers that it has for each token.

    Raises
    ------
    UnknownSiteError
        If the model has no such block or site.
    InterventionError
        If it has no such head, neuron or token, or attends within windows there.
    """

    def __init__(
        self, model: HookedViT, address: Address, tokens: Sequence[str]
    ) -> None:
        self.address = address
        self.site = address.site
        if self.site not in model.sites:
            missing = layout.resolve(model.module).missing
            raise unknown_site(self.site, model.sites, missing)
        _require_index(model, address)
        if model.config.window_size(address.layer) and address.part in _IN_WINDOWS:
            raise InterventionError(
                f"block {address.layer} of {model.name} attends within windows, so "
                f"that {address} is not one value for each token: use its z, "
                f"L{address.layer}.H{address.index}"
            )
        self.width = _width(model, address)
        self._n_tokens = model.config.n_tokens
        self._n_heads = model.config.n_heads
        self._tokens = [_token(model.grid, label, model.name) for label in tokens]

    @property
    def is_one_number(self) -> bool:
        """Whether it is a single number of each image."""
        return self.width == 1 and len(self._tokens) == 1

    def of(self, value: Tensor) -> Tensor:
        """Give the component at all tokens: a view ``(image, token, ...)``.

        Parameters
        ----------
        value
            The whole site.

        Raises
        ------
        InterventionError
            If tokens are chosen, and it has not as many as the model's own images; or
            it has not as many heads as the model.
        """
        axis = _AXES.get(self.address.part)
        index = self.address.index
        if self.address.part in _OF_HEADS and axis is not None:
            self._require_heads(value.shape[axis])
        part = value if axis is None or index is None else value.select(axis, index)
        if self._tokens and part.shape[1] != self._n_tokens:
            raise InterventionError(
                f"{self.site!r} has {part.shape[1]} tokens here, and {self._n_tokens} "
                f"at the model's own image size, for which tokens are named"
            )
        return part

    def _require_heads(self, count: int) -> None:
        if count != self._n_heads:  # as q of differential attention
            raise InterventionError(
                f"{self.site!r} has {count} parts for {self._n_heads} heads, so that "
                f"{self.address} is not one of them: use the head's z, "
                f"L{self.address.layer}.H{self.address.index}"
            )

    def chosen(self, part: Tensor) -> Tensor:
        """Give the chosen tokens of the component: ``(image, chosen token, ...)``."""
        return part[:, self._tokens] if self._tokens else part

    def replaced(self, value: Tensor, new: Tensor) -> Tensor:
        """Give a copy of the site's value with other numbers at the chosen tokens."""
        changed = value.clone()
        part = self.of(changed)
        if self._tokens:
            part[:, self._tokens] = new
        else:
            part[:] = new
        return changed


def _require_index(model: HookedViT, address: Address) -> None:
    config, index = model.config, address.index
    if index is None:
        return
    is_head = address.part in _OF_HEADS
    count = config.n_heads if is_head else config.d_mlp
    if index >= count:
        what = "head" if is_head else "neuron"
        raise InterventionError(
            f"{model.name} has no {what} {index} for {address}: {what}s run from 0 to "
            f"{count - 1}"
        )


def _width(model: HookedViT, address: Address) -> int:
    if address.part == "neuron":
        return 1
    sizes = {
        "d_model": model.config.d_model,
        "d_head": model.config.d_head,
        "key": model.config.n_tokens,
    }
    return sizes[axes_of(address.site)[-1]]


def _token(grid: PatchGrid, label: str, name: str) -> int:
    try:
        return grid.token_of(label)
    except (ValueError, IndexError) as error:
        raise InterventionError(f"{name} has no token {label!r}: {error}") from error
