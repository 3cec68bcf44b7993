"""Sets of heads and MLPs, and runs in which a set is replaced by its mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import torch

from vitwidgets.methods.circuits.replacing import replacing
from vitwidgets.methods.circuits.whole_heads import require_whole_heads
from vitwidgets.models.addresses import Address
from vitwidgets.models.caching.index_checks import index_of
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import Tensor

    from vitwidgets.models import HookedViT
    from vitwidgets.models.interception.hooks import ForwardHooks

Among: TypeAlias = Literal["heads", "heads and MLPs"]

_SUFFIXES = {"z": "attn.hook_z", "mlp": "hook_mlp_out"}


@dataclass(frozen=True, eq=False)
class ComponentSet:
    """Some components of a model, each at all tokens or at single ones.

    Attributes
    ----------
    masks
        By site, what is in the set: bool, ``(1, token, head)`` for z, ``(1, token)``
        for what MLPs add. The sites are those of all components there are.
    """

    masks: Mapping[str, Tensor]

    @classmethod
    def of(
        cls, model: HookedViT, components: Iterable[Address | str], among: Among
    ) -> ComponentSet:
        """Give the set of some addresses.

        Parameters
        ----------
        model
            The model.
        components
            Heads (``L7.H3``) and MLPs (``L7.MLP``), with ``@cls`` or ``@(4,9)`` for one
            token.
        among
            What components there are.

        Raises
        ------
        ValueError
            If one is no such component.
        IndexError
            If the model has no such block, head or token.
        UnsupportedModelError
            If a head has no z for each token.
        """
        if among not in get_args(Among):
            raise ValueError(
                f"among must be 'heads' or 'heads and MLPs', got {among!r:.100}"
            )
        require_whole_heads(model)
        device = next(model.module.parameters()).device
        parts = ("z",) if among == "heads" else ("z", "mlp")
        size = (1, model.grid.n_tokens)
        shapes = {"z": (*size, model.config.n_heads), "mlp": size}
        masks = {
            in_block(layer, _SUFFIXES[part]): torch.zeros(
                shapes[part], dtype=torch.bool, device=device
            )
            for layer in range(model.config.n_layers)
            for part in parts
        }
        for given in _each(components):
            _add(masks, model, given, parts)
        return cls(masks)

    @property
    def complement(self) -> ComponentSet:
        """All that is not in the set."""
        return ComponentSet({site: ~mask for site, mask in self.masks.items()})

    def hooks(self, means: Mapping[str, Tensor]) -> ForwardHooks:
        """Give the hooks that replace what is in the set by its mean.

        Parameters
        ----------
        means
            By site, ``(1, token, ..., width)``.
        """
        return [
            (site, replacing(mask, means[site]))
            for site, mask in self.masks.items()
            if bool(mask.any())
        ]


def _each(components: Iterable[Address | str]) -> list[Address]:
    given = [components] if isinstance(components, (str, Address)) else components
    return [
        each if isinstance(each, Address) else Address.parse(each) for each in given
    ]


def _add(
    masks: Mapping[str, Tensor],
    model: HookedViT,
    address: Address,
    parts: tuple[str, ...],
) -> None:
    if address.part not in parts:
        known = " or ".join(["a head ('L7.H3')", "an MLP ('L7.MLP')"][: len(parts)])
        hint = "; give among='heads and MLPs'" if address.part == "mlp" else ""
        raise ValueError(f"{address} is not {known}{hint}")
    index_of("block", address.layer, model.config.n_layers)
    where: list[slice | int] = [0, slice(None)]
    if address.token is not None:
        where[1] = model.grid.token_of(address.token)
    if address.index is not None:
        where.append(index_of("head", address.index, model.config.n_heads))
    masks[address.site][tuple(where)] = True
