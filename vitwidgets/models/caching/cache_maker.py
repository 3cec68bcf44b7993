"""Makes the caches of one model: of what a run held, or from a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vitwidgets.models.caching import from_file as cache_loading
from vitwidgets.models.caching import size as cache_size
from vitwidgets.models.caching.cache import ActivationCache
from vitwidgets.models.caching.plan import CachePlanner
from vitwidgets.models.caching.run_mode import RunMode
from vitwidgets.models.caching.score_rows import dot_product_rows
from vitwidgets.models.caching.source import CacheSource
from vitwidgets.models.caching.weight_state import WeightState
from vitwidgets.models.families.module_checks import Places
from vitwidgets.models.inputs.image_check import token_count

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from torch import Tensor

    from vitwidgets.images import Preprocessing
    from vitwidgets.models.caching.gradients import Gradients
    from vitwidgets.models.pieces.parts import Layout
    from vitwidgets.models.pieces.recipes import Recipe


@dataclass(frozen=True)
class RunPlan:
    """What a run has to hold, decided before it.

    Attributes
    ----------
    held
        The sites to hold.
    recipes
        How others follow from them in this run.
    edited
        Sites that hooks may replace in this run.
    differentiated
        Sites whose gradients are held, too.
    """

    held: frozenset[str]
    recipes: Mapping[str, Recipe]
    edited: frozenset[str]
    differentiated: tuple[str, ...] = ()


class CacheMaker:
    """Makes the caches of one model.

    Parameters
    ----------
    layout
        The model taken apart.
    name, preprocessing
        What it is called, and how pictures become its input.
    """

    def __init__(
        self, layout: Layout, name: str, preprocessing: Preprocessing | None
    ) -> None:
        self._layout = layout
        self._name = name
        self._preprocessing = preprocessing
        self._planner = CachePlanner(layout.sites, layout.recipes)
        self._places = Places(layout.module, self._planner.modules)
        self._weights = WeightState(layout.module, self._planner.modules)
        self._scores = tuple(
            dot_product_rows(layer, block.heads.scale, block.heads.biased)
            if block.scores_from_operands
            else None
            for layer, block in enumerate(layout.blocks)
        )

    def plan(
        self, wanted: tuple[str, ...], edited: frozenset[str], *, gradients: bool
    ) -> RunPlan:
        """Decide what to hold so that the sites wanted can be read afterwards.

        Raises
        ------
        ModelStateError
            If a part that others are derived with has been replaced.
        """
        self._places.require_unchanged()
        recipes = self._planner.valid_recipes(edited)
        held = self._planner.to_hold(wanted, recipes)
        return RunPlan(held, recipes, edited, wanted if gradients else ())

    def require_budget(
        self, plan: RunPlan, images: Tensor, itemsize: int, budget: int, n_wanted: int
    ) -> None:
        """Raise CacheBudgetError if what is planned would not fit.

        Parameters
        ----------
        plan
            What is to be held.
        images
            What is to be run.
        itemsize
            Bytes of one number of the model.
        budget
            Bytes that may be held.
        n_wanted
            Number of sites asked for.
        """
        config = self._layout.config
        n_tokens, batch = token_count(images, config), images.shape[0]
        needed = batch * sum(
            cache_size.estimated_bytes(held, config, n_tokens, itemsize)
            for held in (plan.held, frozenset(plan.differentiated))
        )
        streams = config.n_layers * batch * n_tokens * config.d_model * itemsize
        cache_size.require_budget(needed, budget, batch, streams, n_wanted)

    def filled(
        self,
        plan: RunPlan,
        images: Tensor,
        values: Mapping[str, Tensor],
        budget: int,
        gradients: Gradients | None = None,
    ) -> ActivationCache:
        """Give the cache of a run that has held what was planned."""
        mode = RunMode.present(images.device)
        if gradients is not None:  # the values have left their graph
            mode = replace(mode, grad=False)
        return ActivationCache(
            self._source(plan, images), values, budget, mode, gradients
        )

    def loaded(
        self, path: str | os.PathLike[str], images: Tensor, budget: int
    ) -> ActivationCache:
        """Give the cache in a file; raises what `cache_loading.load` does."""
        self._places.require_unchanged()
        anything = RunPlan(frozenset(), self._layout.recipes, frozenset())
        return cache_loading.load(path, self._source(anything, images), budget)

    def _source(self, plan: RunPlan, images: Tensor) -> CacheSource:
        self._weights = self._weights.renewed()
        return CacheSource(
            name=self._name,
            config=self._layout.config,
            preprocessing=self._preprocessing,
            sites=self._layout.sites,
            missing=self._layout.missing,
            recipes=plan.recipes,
            scores=self._scores,
            weights=self._weights,
            images=images,
            edited=plan.edited,
        )
