"""Interventions made ready for one model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vitwidgets.methods.intervening.module_mark import ModuleMark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vitwidgets.methods.intervening.intervention import Intervention
    from vitwidgets.methods.intervening.sources import Sources
    from vitwidgets.models import HookedViT
    from vitwidgets.models.interception.hooks import ForwardHooks


@dataclass(frozen=True, eq=False)
class BoundInterventions:
    """Interventions with the hooks that make them.

    Attributes
    ----------
    interventions
        In the order in which they act.
    sources
        What they take values from.
    fwd_hooks
        One hook for each, for `HookedViT.hooks`, ``run_with_hooks`` and ``resume``.
    mark
        What the module was like before.
    """

    interventions: tuple[Intervention, ...]
    sources: Sources
    fwd_hooks: ForwardHooks
    mark: ModuleMark = field(repr=False)

    @property
    def first_block(self) -> int | None:
        """The first that is touched, where ``resume`` may start; None if none is."""
        return min((each.layer for each in self.interventions), default=None)


def bind(
    model: HookedViT,
    interventions: Iterable[Intervention],
    sources: Sources | None = None,
) -> BoundInterventions:
    """Check interventions against a model and sources, and make their hooks.

    Parameters
    ----------
    model
        The model.
    interventions
        In the order in which they are to act.
    sources
        Donor runs, means and vectors by name.

    Raises
    ------
    InterventionError, UnknownSiteError, StaleCacheError
        As `Intervention.hooks` does.
    """
    given = tuple(interventions)
    found: Sources = {} if sources is None else sources
    hooks = [hook for each in given for hook in each.hooks(model, found)]
    # The dict may get other sources by the same names later.
    return BoundInterventions(given, dict(found), hooks, ModuleMark(model.module))
