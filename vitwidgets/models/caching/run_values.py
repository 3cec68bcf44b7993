"""The values of a run's sites: held, or derived from what is held."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from vitwidgets.models.caching.memo import Memo, storages_of
from vitwidgets.models.caching.run_mode import RunMode
from vitwidgets.models.caching.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from torch import Tensor

    from vitwidgets.models.caching.source import CacheSource
    from vitwidgets.models.pieces.recipes import Recipe


class RunValues:
    """Reads sites; checks at each reading that nothing it depends on was changed.

    Parameters
    ----------
    source
        The run.
    values
        What is held, by site.
    budget
        Bytes that may be held, derived values that are kept for the next reading
        included. The latter are dropped first, those last read longest ago before.
    mode
        How the run computed; None for the modes of now.
    """

    def __init__(
        self,
        source: CacheSource,
        values: Mapping[str, Tensor],
        budget: int,
        mode: RunMode | None,
    ) -> None:
        self.budget = budget
        self._device = next(iter(values.values())).device
        self.mode = mode or RunMode.present(self._device)
        self._recipes = source.recipes
        self._weights = source.weights
        self._held = {name: Snapshot(value) for name, value in values.items()}
        self._readable: dict[str, bool] = {}
        self._memo = Memo()

    @property
    def nbytes(self) -> int:
        """Bytes held and kept; tensors that share their memory count once."""
        return self._held_bytes + self._memo.nbytes

    def as_in_run(self) -> AbstractContextManager[None]:
        """Compute as the run did."""
        return self.mode.again(self._device)

    def holds(self, name: str) -> bool:
        """Whether a site is held."""
        return name in self._held

    def held(self) -> dict[str, Tensor]:
        """Give all that is held, or raise StaleCacheError if it was changed."""
        for name, held in self._held.items():
            held.check(repr(name))
        return {name: held.tensor for name, held in self._held.items()}

    def can_read(self, name: str) -> bool:
        """Whether a site is held or follows from what is held."""
        known = self._readable.get(name)
        if known is None:
            known = name in self._held
            if not known and (recipe := self._recipes.get(name)) is not None:
                known = all(self.can_read(source) for source in recipe.sources)
            self._readable[name] = known
        return known

    def read(self, name: str) -> Tensor:
        """Give a site's value, kept for the next reading if there is room."""
        value = self.value(name)
        # With gradients, a value depends on whether they are wanted by its reader.
        if name not in self._held and not self.mode.grad:
            self._remember(name, value)
        return value

    def value(self, name: str) -> Tensor:
        """Give a site's value.

        Raises
        ------
        StaleCacheError
            If what it is, or is computed from, was changed.
        """
        held = self._held.get(name)
        if held is not None:
            return held.read(repr(name))
        kept = self._memo.get(name)
        if kept is None:
            return self.computed(name, self._recipes[name])
        self._require_unchanged(name)
        return kept

    def computed(self, name: str, recipe: Recipe) -> Tensor:
        """Compute a site from its sources, where the weights of its recipe are."""
        self._weights.require_unchanged(recipe.modules, name)
        sources = [self.value(source) for source in recipe.sources]
        home = self._weights.device_of(recipe.modules)
        if home is None or home == self._device:
            return recipe.compute(*sources)
        with self.mode.again(home):
            value = recipe.compute(*(source.to(home) for source in sources))
        return value.to(self._device)

    def _require_unchanged(self, name: str) -> None:
        """Raise StaleCacheError if what a site is computed from was changed."""
        held = self._held.get(name)
        if held is not None:
            held.check(repr(name))
            return
        recipe = self._recipes[name]
        self._weights.require_unchanged(recipe.modules, name)
        for source in recipe.sources:
            self._require_unchanged(source)

    def _remember(self, name: str, value: Tensor) -> None:
        # A view of what is held costs nothing to make again.
        if value.untyped_storage().data_ptr() not in self._storages:
            self._memo.keep(name, value, self.budget - self._held_bytes)

    @functools.cached_property
    def _storages(self) -> Mapping[int, int]:
        return storages_of(held.tensor for held in self._held.values())

    @functools.cached_property
    def _held_bytes(self) -> int:
        return sum(self._storages.values())
