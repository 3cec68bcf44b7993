"""What a run has to hold so that the sites asked for can be read afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.models.interception.session_hooks import has_foreign_hooks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import nn

    from vitwidgets.models.pieces.recipes import Recipe


class CachePlanner:
    """Finds what to hold. The usual plan, for every site, is made once.

    Parameters
    ----------
    sites
        All sites of the model, in order.
    recipes
        How some of them follow from others.

    Attributes
    ----------
    modules
        Modules that the recipes use.
    """

    def __init__(self, sites: Iterable[str], recipes: Mapping[str, Recipe]) -> None:
        self._recipes = recipes
        self._everything = tuple(sites)
        self._plan_for_everything = _plan(self._everything, recipes)
        self.modules: tuple[nn.Module, ...] = tuple(
            {id(part): part for r in recipes.values() for part in r.modules}.values()
        )

    def valid_recipes(self, edited: frozenset[str]) -> Mapping[str, Recipe]:
        """Recipes that hold in a run in which these sites may be replaced.

        A site that is replaced itself, and one computed by a module that somebody else
        has put hooks on, does not follow from others.
        """
        hooked = {id(part) for part in self.modules if has_foreign_hooks(part)}
        if not edited and not hooked:
            return self._recipes
        return {
            name: recipe
            for name, recipe in self._recipes.items()
            if name not in edited
            and edited.isdisjoint(recipe.unless_edited)
            and hooked.isdisjoint(map(id, recipe.modules))
        }

    def to_hold(
        self, wanted: tuple[str, ...], valid: Mapping[str, Recipe]
    ) -> frozenset[str]:
        """Sites to hold so that those wanted can be read."""
        if valid is self._recipes and len(wanted) == len(self._everything):
            return self._plan_for_everything
        return _plan(wanted, valid)


def _plan(wanted: Iterable[str], valid: Mapping[str, Recipe]) -> frozenset[str]:
    held: set[str] = set()
    sums: set[str] = set()
    waiting = list(wanted)
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        recipe = valid.get(name)
        if recipe is None:
            held.add(name)
        elif recipe.is_sum:
            sums.add(name)
        else:
            waiting.extend(recipe.sources)
    # The sum of two sites is no larger than either: held, unless both are held anyway.
    held |= {name for name in sums if not held.issuperset(valid[name].sources)}
    return frozenset(held)
