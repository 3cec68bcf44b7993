"""The two runs that a sweep is about, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import torch

from vitwidgets.methods.one_image_run import require_one_image_run
from vitwidgets.methods.patching.metrics import Metric, Scale, metric_of
from vitwidgets.methods.patching.units import SweptSites, Units
from vitwidgets.models.errors import UnknownSiteError

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.methods.patching.metrics import MetricChoice
    from vitwidgets.methods.patching.units import Over
    from vitwidgets.models import ActivationCache, HookedViT

Direction: TypeAlias = Literal["denoising", "noising"]


@dataclass(frozen=True, eq=False)
class RunPair:
    """A run, the run whose values replace parts of it, and how that is measured.

    Attributes
    ----------
    model
        Of both.
    base, donor
        Where the scale is 0 and 1.
    base_logits, donor_logits
        ``(class,)``.
    direction
        As `activation_patching` says.
    units
        What is replaced.
    metric, scale
        What is measured.
    """

    model: HookedViT
    base: ActivationCache
    donor: ActivationCache
    base_logits: Tensor
    donor_logits: Tensor
    direction: Direction
    units: Units
    metric: Metric
    scale: Scale

    @classmethod
    def checked(
        cls,
        model: HookedViT,
        base: ActivationCache,
        donor: ActivationCache,
        *,
        over: Over,
        layer: int | None,
        metric: MetricChoice,
        direction: Direction,
    ) -> RunPair:
        """Give two runs of one image each that a sweep can be made of.

        Raises
        ------
        TypeError, ValueError, IndexError, UnsupportedModelError, UnknownSiteError,
        StaleCacheError
            As `activation_patching` says.
        """
        if direction not in get_args(Direction):
            raise ValueError(
                f"direction must be 'denoising' or 'noising', got {direction!r:.100}"
            )
        sites = SweptSites.checked(model, over, layer)
        require_one_image_run("base", base)
        require_one_image_run("donor", donor)
        _require_alike(base, donor)
        sites.require(model, base.source)
        for what, cache in (("base", base), ("donor", donor)):
            _require_kept(what, cache, sites)
        with torch.no_grad():
            ours, theirs = (_logits_of(model, run, sites) for run in (base, donor))
        chosen = metric_of(metric, ours, theirs)
        return cls(
            model,
            base,
            donor,
            ours,
            theirs,
            direction,
            Units.of(sites, [base[name] for name in sites.names]),
            chosen,
            Scale.between(chosen, ours, theirs),
        )

    @property
    def patched(self) -> ActivationCache:
        """The run that parts are replaced in."""
        return self.base if self.direction == "denoising" else self.donor

    @property
    def giving(self) -> ActivationCache:
        """The run that the replacements are of."""
        return self.donor if self.direction == "denoising" else self.base

    @property
    def untouched(self) -> float:
        """Where on the scale the run is with nothing replaced."""
        return 0.0 if self.direction == "denoising" else 1.0


def _require_alike(base: ActivationCache, donor: ActivationCache) -> None:
    if donor.source.sites is not base.source.sites:
        raise ValueError(
            f"base is a run of {base.source.name}, donor one of {donor.source.name} "
            f"or of another copy of it: make both with run_with_cache of one HookedViT"
        )
    ours, theirs = base.source.images, donor.source.images
    if ours.shape != theirs.shape:
        raise ValueError(
            f"base is a run of {tuple(ours.shape[1:])} pixels, donor of "
            f"{tuple(theirs.shape[1:])}: their tokens do not match. Bring both images "
            f"to one size"
        )


def _require_kept(what: str, cache: ActivationCache, sites: SweptSites) -> None:
    for name in (*sites.inputs, *sites.names):
        if name not in cache:
            raise UnknownSiteError(
                f"{what} did not keep {name!r}: run_with_cache(images, "
                f"patching_sites(model, {sites.over!r})) keeps all that is needed"
            )


def _logits_of(model: HookedViT, cache: ActivationCache, sites: SweptSites) -> Tensor:
    """Give the logits of a run, ``(class,)``, from the last stream it has for sure."""
    return model.resume(cache, sites.layers[-1])[0]
