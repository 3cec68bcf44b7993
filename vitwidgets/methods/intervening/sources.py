"""What interventions take values from: donor runs, means, vectors and erasers."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import torch
from torch import Tensor

from vitwidgets.methods.concepts.eraser import ConceptEraser
from vitwidgets.methods.intervening.errors import InterventionError
from vitwidgets.methods.intervening.site_means import SiteMeans
from vitwidgets.models import ActivationCache
from vitwidgets.models.errors import StaleCacheError
from vitwidgets.models.module_parts import parts_of

if TYPE_CHECKING:
    from torch import nn

    from vitwidgets.methods.intervening.component import Component
    from vitwidgets.models import HookedViT

Source: TypeAlias = ActivationCache | SiteMeans | Tensor | ConceptEraser
"""A run of one image for "patch", of one or several for "resample"; means for "mean";
a vector of the component's width for "steer"; an eraser for "erase"."""

Sources: TypeAlias = Mapping[str, Source]
"""Sources by name."""

_Wanted = TypeVar("_Wanted")
_WHAT: Mapping[type, str] = {
    ActivationCache: "a run of the donor, from run_with_cache",
    SiteMeans: "means, from site_means",
    Tensor: "a vector (a tensor)",
    ConceptEraser: "an eraser, from erase_concept",
}


def donor_value(
    model: HookedViT, component: Component, name: str, sources: Sources
) -> Tensor:
    """Give a component of the one image of a donor run: ``(1, token, ...)``.

    Raises
    ------
    InterventionError, UnknownSiteError, StaleCacheError
        As `Intervention.hooks` says.
    """
    donor = _own_run(model, component, name, sources)
    if donor.n_images != 1:
        raise InterventionError(
            f"the donor {name!r} is a run of {donor.n_images} images, and a patch is "
            f"of one: give cache.images(0), or use resample"
        )
    return _value(component, name, donor)


def drawn_value(
    model: HookedViT, component: Component, name: str, sources: Sources, seed: int
) -> Tensor:
    """Give a component of one image of a run, drawn by a seed: ``(1, token, ...)``.

    Raises
    ------
    InterventionError, UnknownSiteError, StaleCacheError
        As `Intervention.hooks` says.
    """
    runs = _own_run(model, component, name, sources)
    index = random.Random(seed).randrange(runs.n_images)  # noqa: S311 (no secret)
    return _value(component, name, runs)[index : index + 1]


def mean_value(component: Component, name: str, sources: Sources) -> Tensor:
    """Give a component's mean over a data set: ``(1, token, ...)``.

    Raises
    ------
    InterventionError
        As `Intervention.hooks` says.
    """
    means = _source(component, name, sources, SiteMeans)
    value = means.values.get(component.site)
    if value is None:
        raise InterventionError(
            f"the means {name!r} are without {component.site!r}: name it when "
            f"site_means makes them"
        )
    return _of(component, name, value)


def vector(component: Component, name: str, sources: Sources) -> Tensor:
    """Give a vector of the component's width: ``(width,)``.

    Raises
    ------
    InterventionError
        As `Intervention.hooks` says.
    """
    found = _source(component, name, sources, Tensor).detach()
    if found.shape != (component.width,) or not found.is_floating_point():
        raise InterventionError(
            f"{component.address} is steered by a floating-point vector of shape "
            f"({component.width},), got {name!r} of shape {tuple(found.shape)}, "
            f"{found.dtype}"
        )
    if not bool(torch.isfinite(found).all()):
        raise InterventionError(f"the vector {name!r} holds a NaN or an infinity")
    return found


def fitted_eraser(
    component: Component, tokens: tuple[str, ...], name: str, sources: Sources
) -> ConceptEraser:
    """Give the eraser of a component, at tokens that it was fitted to.

    Raises
    ------
    InterventionError
        As `Intervention.hooks` does.
    """
    found = _source(component, name, sources, ConceptEraser)
    address = str(component.address)
    if found.address != address or len(found.mean) != component.width:
        raise InterventionError(
            f"the eraser {name!r} was fitted to {found.address}, {len(found.mean)} "
            f"numbers wide, and says nothing of {address}: fit one there"
        )
    beside = [each for each in tokens if each not in found.tokens]
    if found.tokens and (beside or not tokens):
        raise InterventionError(
            f"the eraser {name!r} was fitted to {len(found.tokens)} tokens of "
            f"{address}, {beside[0] if beside else 'some'} not among them: give the "
            f"edit the eraser's own tokens, or fit one to these"
        )
    return found


def require_run_of(model: HookedViT, cache: ActivationCache, name: str) -> None:
    """Raise unless a cache is a run of this very model, its weights as they are now.

    Raises
    ------
    InterventionError
        If it is another model's.
    StaleCacheError
        If the weights were changed since.
    """
    if _is_foreign(cache, model.module) or cache.source.config != model.config:
        raise InterventionError(
            f"the run {name!r} is of another model ({cache.source.name}): make one "
            f"with run_with_cache of this very model, {model.name}"
        )
    if not cache.source.weights.is_current():
        raise StaleCacheError(
            f"the weights of {model.name} were changed or moved after the run {name!r}"
            f": run it again"
        )


def _is_foreign(cache: ActivationCache, module: nn.Module) -> bool:
    """Whether what a run derives its values with is no part of a module at all."""
    own = {id(part) for part in parts_of(module)}
    # Not all need be parts of it: some were made for a recipe.
    uses_any = False
    for recipe in cache.source.recipes.values():
        for part in recipe.modules:
            if id(part) in own:
                return False
            uses_any = True
    return uses_any


def _own_run(
    model: HookedViT, component: Component, name: str, sources: Sources
) -> ActivationCache:
    found = _source(component, name, sources, ActivationCache)
    require_run_of(model, found, name)
    return found


def _source(
    component: Component, name: str, sources: Sources, wanted: type[_Wanted]
) -> _Wanted:
    given: Any = sources
    if not isinstance(given, Mapping):
        raise InterventionError(
            f"sources are a dict of names, such as {{{name!r}: cache}}, got a "
            f"{type(given).__name__}"
        )
    found: Any = sources.get(name)
    if found is None:
        names = ", ".join(map(repr, sources)) or "none at all"
        raise InterventionError(
            f"{component.address} takes its value from {name!r}, which is not among "
            f"the sources that were given: {names}"
        )
    if not isinstance(found, wanted):
        raise InterventionError(
            f"the source {name!r} of {component.address} must be {_WHAT[wanted]}, got "
            f"a {type(found).__name__}"
        )
    return found


def _value(component: Component, name: str, run: ActivationCache) -> Tensor:
    return _of(component, name, run[component.site].detach())


def _of(component: Component, name: str, value: Tensor) -> Tensor:
    try:
        return component.of(value)
    except InterventionError as error:
        raise InterventionError(f"the source {name!r} does not fit: {error}") from error
