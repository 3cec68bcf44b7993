"""What each kind of intervention makes of a component's value."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import torch
from torch import Tensor

from vitwidgets.methods.intervening.errors import InterventionError
from vitwidgets.methods.intervening.sources import (
    donor_value,
    drawn_value,
    fitted_eraser,
    mean_value,
    vector,
)

if TYPE_CHECKING:
    from vitwidgets.methods.intervening.component import Component
    from vitwidgets.methods.intervening.intervention import Intervention
    from vitwidgets.methods.intervening.sources import Sources
    from vitwidgets.models import HookedViT
    from vitwidgets.models.interception.hooks import HookFunction, HookPoint

Change: TypeAlias = Callable[[Tensor], Tensor]
"""Takes the component at all tokens, ``(image, token, ...)``; gives what it becomes at
the chosen ones."""


def hook_of(component: Component, change: Change) -> HookFunction:
    """Give the hook function that makes a change."""

    def hook(value: Tensor, point: HookPoint) -> Tensor:
        del point
        return component.replaced(value, change(component.of(value)))

    return hook


def change_of(
    intervention: Intervention, component: Component, model: HookedViT, sources: Sources
) -> Change:
    """Give what an intervention makes of a component.

    Raises
    ------
    InterventionError, UnknownSiteError, StaleCacheError
        As `Intervention.hooks` says.
    """
    name, strength = intervention.source or "", intervention.strength
    kind, seed = intervention.kind, intervention.seed
    if kind == "zero":
        return lambda own: _mixed(component, own, torch.zeros_like(own), strength)
    if kind == "noise":
        return _noise(component, strength, seed)
    if kind == "steer":
        added = strength * vector(component, name, sources)
        return lambda own: component.chosen(own) + added.to(own)
    if kind == "erase":
        eraser = fitted_eraser(component, intervention.tokens, name, sources)
        return lambda own: _mixed(component, own, eraser(own), strength)
    if kind == "mean":
        target = mean_value(component, name, sources)
    elif kind == "patch":
        target = donor_value(model, component, name, sources)
    else:
        target = drawn_value(model, component, name, sources, seed)
    return lambda own: _mixed(component, own, target.to(own), strength)


def _mixed(
    component: Component, own: Tensor, target: Tensor, strength: float
) -> Tensor:
    """Give own values and others mixed, bit for bit one of them at strength 0 and 1."""
    if target.shape[1:] != own.shape[1:]:
        raise InterventionError(
            f"{component.address} has shape {tuple(own.shape[1:])} here and "
            f"{tuple(target.shape[1:])} in its source, which is of another image size"
        )
    own, target = component.chosen(own), component.chosen(target)
    if strength == 1:
        return target.expand_as(own)
    return own.lerp(target.expand_as(own), strength)


def _noise(component: Component, strength: float, seed: int) -> Change:
    if component.is_one_number:
        raise InterventionError(
            f"{component.address} at one token is one number, without a standard "
            f"deviation that noise could have: choose more tokens, or steer it"
        )

    def change(own: Tensor) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        # Drawn for all tokens of one image, where every device draws alike.
        drawn = torch.randn(own.shape[1:], generator=generator).to(own)[None]
        chosen, noise = component.chosen(own), component.chosen(drawn)
        size = chosen.flatten(1).std(1, correction=0)
        return chosen + strength * size.view(-1, *[1] * (own.ndim - 1)) * noise

    return change
