"""Guided tours: stops made from what was measured of a model's heads."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from vitwidgets.methods.head_types import MIXED, OFFSET
from vitwidgets.widgets.guided_tour.causes import causal_stops
from vitwidgets.widgets.guided_tour.layers import layer_stop
from vitwidgets.widgets.guided_tour.stop import Stop
from vitwidgets.widgets.guided_tour.views import StopViews
from vitwidgets.widgets.guided_tour.words import (
    CLOSING,
    KINDS,
    OPENING,
    READERS,
    counted,
    offset_way,
    share,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vitwidgets.methods import HeadAblation, HeadStatistics, HeadType
    from vitwidgets.models import PatchGrid

MOST_STOPS_BUILT = 10
"""A longer tour is not walked to its end."""

_NEVER_LEFT_OUT = ("object", "sink")
_BLIND = 0.5
"""Share of pairs of patches in which blind guessing picks the object's."""


def build_stops(
    statistics: HeadStatistics,
    types: Sequence[HeadType],
    ablation: HeadAblation | None,
    grid: PatchGrid,
) -> list[Stop]:
    """Make a tour of a model's heads from what was measured of them.

    It opens with an overview, stops at the clearest head of each type that was found,
    where the layers' character changes most, at a head that matters and looks like
    nothing, and at one that looks telling and is hardly needed (both by `ablation`).
    Nothing that was not found is shown.

    Parameters
    ----------
    statistics
        What was measured.
    types
        What kind each head is of, as `head_types` says it.
    ablation
        What removing each head does, if known.
    grid
        Where the tokens of the view lie.

    Returns
    -------
    list
        At most `MOST_STOPS_BUILT`, in the order in which they explain each other.
    """
    told = _Told(statistics, grid)
    layers = layer_stop(statistics, told.views)
    causes = causal_stops(types, ablation, told.view) if ablation else []
    before = [told.opening(types)]
    after = [*([layers] if layers else []), *causes, told.closing(types)]
    clearest = _clearest(types, MOST_STOPS_BUILT - len(before) - len(after))
    return [*before, *(told.head(found) for found in clearest), *after]


def _kind(found: HeadType) -> str:
    """Give the type without an offset's direction."""
    return found.type.name.partition(" (")[0]


def _clearest(types: Sequence[HeadType], room: int) -> list[HeadType]:
    """Give the clearest head of each type, in the order of `KINDS`."""
    best: dict[str, HeadType] = {}
    for found in types:
        kind = _kind(found)
        if kind == MIXED:
            continue
        if kind not in best or found.type.strength > best[kind].type.strength:
            best[kind] = found
    ranked = sorted(
        best, key=lambda kind: (kind not in _NEVER_LEFT_OUT, -best[kind].type.strength)
    )
    return [best[kind] for kind in KINDS if kind in ranked[:room]]


class _Told:
    """Puts what was measured into words and views."""

    def __init__(self, statistics: HeadStatistics, grid: PatchGrid) -> None:
        self.views = StopViews(grid)
        self._statistics = statistics
        self._grid = grid
        self._images = counted(statistics.n_images, "image")

    def opening(self, types: Sequence[HeadType]) -> Stop:
        """Say what there is."""
        n_layers = types[-1].layer + 1
        counts = Counter(_kind(found) for found in types)
        mixed = counts.pop(MIXED, 0)
        kinds = [f"{count} {kind}" for kind, count in counts.most_common()]
        if mixed:
            kinds.append(f"{mixed} mixed (of no simple type)")
        title = OPENING.title.format(
            model=self._statistics.model_name,
            heads=counted(len(types), "head"),
            layers=counted(n_layers, "layer"),
        )
        text = OPENING.text.format(
            images=self._images, kinds=", ".join(kinds), tokens=self._grid.n_tokens
        )
        return Stop(title, text, self.views.overview(n_layers - 1, 0))

    def closing(self, types: Sequence[HeadType]) -> Stop:
        """Say what to beware of, and what to do next."""
        text = CLOSING.text.format(images=self._images)
        return Stop(CLOSING.title, text, self.views.overview(types[-1].layer, 0))

    def head(self, found: HeadType) -> Stop:
        """Say what a head of a type does."""
        numbers = self._numbers(found)
        statistic = found.type.statistic
        words = {
            "head": found.address,
            "value": share(numbers[statistic]),
            "even": share(numbers.get(f"{statistic}_uniform", _BLIND)),
            "images": self._images,
            "elsewhere": share(numbers["object_auroc_elsewhere"]),
            "reader": READERS["cls" in self._grid.prefix_names],
            "way": offset_way(int(numbers["offset_row"]), int(numbers["offset_col"])),
        }
        title, text = KINDS[_kind(found)]
        return Stop(title.format(**words), text.format(**words), self.view(found))

    def view(self, found: HeadType) -> dict[str, object]:
        """Give the view that shows best what a head does."""
        place = found.layer, found.head
        kind = _kind(found)
        if kind == OFFSET:
            numbers = self._numbers(found)
            down, right = int(numbers["offset_row"]), int(numbers["offset_col"])
            return self.views.to_offset(*place, down, right)
        views = {
            "object": self.views.to_object,
            "CLS reader": self.views.readers_of_cls,
            "uniform": self.views.everywhere,
        }
        return views.get(kind, self.views.from_middle)(*place)

    def _numbers(self, found: HeadType) -> dict[str, float]:
        return {
            name: float(values[found.layer, found.head])
            for name, values in self._statistics.numbers.items()
        }
