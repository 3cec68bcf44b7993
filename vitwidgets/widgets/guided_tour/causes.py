"""Stops at heads whose pattern misleads about what the answer needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitwidgets.methods.head_types import MIXED
from vitwidgets.widgets.guided_tour.stop import Stop
from vitwidgets.widgets.guided_tour.words import HIDDEN, IDLE, INSTEAD, Words, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vitwidgets.methods import HeadAblation, HeadType

_NOTABLE = 0.25
"""Share of the largest certain effect that a head surely reaches to matter, and surely
stays below not to."""


def causal_stops(
    types: Sequence[HeadType],
    ablation: HeadAblation,
    view: Callable[[HeadType], dict[str, object]],
) -> list[Stop]:
    """Make a stop at a clear head that is idle, and at an unclear one that isn't.

    Parameters
    ----------
    types
        Of all heads.
    ablation
        What removing each head does.
    view
        Gives the view's state for a head.

    Returns
    -------
    list
        No, one or two stops: none where no head's effect is surely there.
    """
    effects = _effects(types, ablation)
    surest = max(effects, key=lambda effect: effect.least)
    if not surest.least > 0:
        return []
    notable = _NOTABLE * surest.least
    idle = [e for e in effects if not e.is_mixed and e.most <= notable]
    hidden = [e for e in effects if e.is_mixed and e.least >= notable]
    told = _Told(surest, ablation)
    stops: list[Stop] = []
    if hidden:
        effect = max(hidden, key=lambda effect: effect.least)
        stops.append(told.stop(effect, HIDDEN, view(effect.type)))
    if idle:
        effect = max(idle, key=lambda effect: effect.type.type.strength)
        stops.append(told.stop(effect, IDLE, view(effect.type)))
    return stops


@dataclass(frozen=True)
class _Effect:
    """What removing a head does to the logit, with half of the 95 % interval."""

    type: HeadType
    change: float
    margin: float

    @property
    def is_mixed(self) -> bool:
        return self.type.type.name == MIXED

    @property
    def least(self) -> float:
        """The size that the effect surely has; not above 0 where it may be none."""
        return abs(self.change) - self.margin

    @property
    def most(self) -> float:
        """The size that it surely stays within."""
        return abs(self.change) + self.margin

    def __str__(self) -> str:
        return f"{self.change:+.2f} ± {self.margin:.2f}"


def _effects(types: Sequence[HeadType], ablation: HeadAblation) -> list[_Effect]:
    changes, margins = ablation.logit_change, ablation.logit_change_ci95
    return [
        _Effect(
            kind,
            float(changes[kind.layer, kind.head]),
            float(margins[kind.layer, kind.head]),
        )
        for kind in types
    ]


@dataclass(frozen=True)
class _Told:
    """Puts effects into words, beside the surest one."""

    surest: _Effect
    ablation: HeadAblation

    def stop(self, effect: _Effect, words: Words, view: dict[str, object]) -> Stop:
        title, text = words
        return Stop(
            title.format(head=effect.type.address),
            text.format(
                kind=effect.type.type,
                instead=INSTEAD[self.ablation.how],
                change=effect,
                images=counted(self.ablation.n_images, "image"),
                strongest=self.surest.type.address,
                most=self.surest,
            ),
            view,
        )
