"""What a sweep goes over: which parts of which activations are replaced, one by one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import torch

from vitwidgets.models.addresses import Address
from vitwidgets.models.caching.index_checks import index_of
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.sites import in_block, unknown_site

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from vitwidgets.models import HookedViT, PatchGrid
    from vitwidgets.models.caching.source import CacheSource

Over: TypeAlias = Literal[
    "heads",
    "resid_pre",
    "resid_mid",
    "resid_post",
    "attn_out",
    "mlp_out",
    "q",
    "k",
    "v",
    "z",
    "neurons",
]

_SUFFIXES = {
    "heads": "attn.hook_z",
    "q": "attn.hook_q",
    "k": "attn.hook_k",
    "v": "attn.hook_v",
    "z": "attn.hook_z",
    "neurons": "mlp.hook_post",
}
_OF_ONE_LAYER = ("q", "k", "v", "z", "neurons")
_TOKEN, _COMPONENT = 0, 1
_KEPT = {
    "heads": (_COMPONENT,),
    "neurons": (_COMPONENT,),
    "q": (_COMPONENT, _TOKEN),
    "k": (_COMPONENT, _TOKEN),
    "v": (_COMPONENT, _TOKEN),
    "z": (_COMPONENT, _TOKEN),
}
"""Axes of one image's value that tell units apart; of a stream it is the token."""

_PARTS = {"heads": "z", "neurons": "neuron", "mlp_out": "mlp"}


@dataclass(frozen=True)
class SweptSites:
    """The sites of a sweep.

    Attributes
    ----------
    over
        What is swept.
    layers
        Blocks that it goes through, all of them or one.
    """

    over: Over
    layers: tuple[int, ...]

    @classmethod
    def checked(cls, model: HookedViT, over: Over, layer: int | None) -> SweptSites:
        """Give what is meant, or raise.

        Raises
        ------
        ValueError
            If there is no such sweep, or `layer` does not go with it.
        IndexError
            If there is no such block.
        UnsupportedModelError
            If heads are meant, and a block has several attentions.
        """
        if over not in get_args(Over):
            raise ValueError(
                f"over must be one of {', '.join(map(repr, get_args(Over)))}; got "
                f"{over!r:.100}"
            )
        n_layers = model.config.n_layers
        if over not in _OF_ONE_LAYER:
            if layer is not None:
                raise ValueError(
                    f"over={over!r} goes through all blocks: leave out layer={layer!r}"
                )
            return cls(over, tuple(range(n_layers)))
        if layer is None:
            raise ValueError(f"over={over!r} is of one block: say which, as in layer=3")
        found = cls(over, (index_of("block", layer, n_layers),))
        if over != "neurons" and in_block(0, "attn1.hook_z") in model.sites:
            raise _several_attentions(model)
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """Name of the site of each layer."""
        suffix = _SUFFIXES.get(self.over, f"hook_{self.over}")
        return tuple(in_block(layer, suffix) for layer in self.layers)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the streams that runs start from."""
        return tuple(in_block(layer, "hook_resid_pre") for layer in self.layers)

    @property
    def kept(self) -> tuple[int, ...]:
        """Axes of one image's value that tell units apart."""
        return _KEPT.get(self.over, (_TOKEN,))

    def require(self, model: HookedViT, source: CacheSource) -> None:
        """Raise UnknownSiteError unless the model has all of them."""
        for name in (*self.inputs, *self.names):
            if name not in model.sites:
                raise unknown_site(name, model.sites, source.missing)


@dataclass(frozen=True)
class Units:
    """The units of a sweep, in a grid.

    Attributes
    ----------
    sites
        Where they are.
    shape
        Of the grid: ``(layer, head)`` for ``"heads"``, ``(layer, token)`` for streams,
        ``(head, token)`` for parts of one block's heads, ``(neuron,)``.
    """

    sites: SweptSites
    shape: tuple[int, ...]

    @classmethod
    def of(cls, sites: SweptSites, values: Sequence[Tensor]) -> Units:
        """Give the units of values, one for each site, each of a batch of one.

        Raises
        ------
        UnsupportedModelError
            If a value is not of one image's tokens, or they differ in size.
        """
        sizes = {
            tuple(value.shape[1 + axis] for axis in sites.kept) for value in values
        }
        if len(sizes) > 1:
            raise UnsupportedModelError(
                f"blocks differ in {sites.over}: {sorted(sizes)} do not fit one grid. "
                f"Sweep something of one block, such as over='z'"
            )
        for name, value in zip(sites.names, values, strict=True):
            if len(value) > 1:
                raise UnsupportedModelError(
                    f"{name!r} holds {len(value)} windows of one image, so a place in "
                    f"it is no token: sweep z, or the stream"
                )
        size = sizes.pop()
        return cls(sites, (len(values), *size) if len(sites.layers) > 1 else size)

    @property
    def count(self) -> int:
        """How many there are."""
        return math.prod(self.shape)

    def row(self, unit: int) -> int:
        """Give which of the sites a unit is in."""
        return unit // self._per_site

    def layer(self, unit: int) -> int:
        """Give the block of a unit."""
        return self.sites.layers[self.row(unit)]

    def coordinates(self, unit: int) -> tuple[int, ...]:
        """Give a unit's place in the grid."""
        return tuple(
            int(i) for i in torch.unravel_index(torch.tensor(unit), self.shape)
        )

    def replace(self, target: Tensor, source: Tensor, unit: int) -> None:
        """Copy a unit of one image's value to another's, both ``(token, ...)``."""
        index: list[int | slice] = [slice(None)] * target.ndim
        inner = unit % self._per_site
        for axis in reversed(self.sites.kept):
            inner, index[axis] = divmod(inner, target.shape[axis])
        target[tuple(index)] = source[tuple(index)]

    def sums(self, values: Sequence[Tensor]) -> Tensor:
        """Add up, for each unit, the entries of values ``(token, ...)``, one a site."""
        kept = self.sites.kept
        each: list[Tensor] = []
        for value in values:
            others = [axis for axis in range(value.ndim) if axis not in kept]
            total = value.sum(others, keepdim=True).permute(*kept, *others)
            each.append(total.flatten())
        return torch.cat(each).view(self.shape)

    def address(self, unit: int, grid: PatchGrid) -> Address:
        """Give a unit's address; `grid` names its token."""
        over = self.sites.over
        part = _PARTS.get(over, over)
        inner = unit % self._per_site
        if over in ("heads", "neurons"):
            return Address(self.layer(unit), part, inner)
        if len(self.sites.kept) == 1:
            return Address(self.layer(unit), part, None, grid.label(inner))
        head, token = divmod(inner, self.shape[-1])
        return Address(self.layer(unit), part, head, grid.label(token))

    @property
    def _per_site(self) -> int:
        return self.count // len(self.sites.layers)


def _several_attentions(model: HookedViT) -> UnsupportedModelError:
    return UnsupportedModelError(
        f"{model.name} has several attentions side by side in a block, whose heads do "
        f"not fit one grid: sweep the stream or attn_out"
    )
