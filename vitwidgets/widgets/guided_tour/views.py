"""The view's state at the stops of a guided tour."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vitwidgets.models import PatchGrid


class StopViews:
    """Makes the states: each sets everything, so that none depends on the one before.

    Parameters
    ----------
    grid
        Where the tokens lie.
    """

    def __init__(self, grid: PatchGrid) -> None:
        self._grid = grid
        self._centre = grid.token(grid.rows // 2, grid.cols // 2)

    def overview(self, layer: int, head: int) -> dict[str, object]:
        """Show what the class token looks at (a patch in the middle without one)."""
        names = self._grid.prefix_names
        query = names.index("cls") if "cls" in names else self._centre
        return self._view(layer, head, query=query)

    def from_middle(self, layer: int, head: int) -> dict[str, object]:
        """Show what a patch in the middle looks at."""
        return self._view(layer, head, query=self._centre)

    def beside(self, layer: int, head: int, before: int) -> dict[str, object]:
        """Pin a head and one of the layer before, to be compared."""
        pins = [[layer - 1, before], [layer, head]]
        return self._view(layer, head, query=self._centre, pins=pins)

    def everywhere(self, layer: int, head: int) -> dict[str, object]:
        """Show it on the scale that all heads share, so that evenness is dark."""
        return self._view(layer, head, query=self._centre, maximum="shared")

    def readers_of_cls(self, layer: int, head: int) -> dict[str, object]:
        """Show who looks at the class token, on one scale for all heads."""
        cls = self._grid.prefix_names.index("cls")
        return self._view(layer, head, query=cls, direction="column", maximum="shared")

    def to_object(self, layer: int, head: int) -> dict[str, object]:
        """Show what the class token looks at, or all patches on average."""
        if "cls" in self._grid.prefix_names:
            return self.overview(layer, head)
        everything = [0, 0, self._grid.rows - 1, self._grid.cols - 1]
        return self._view(layer, head, query=self._centre, region=everything)

    def to_offset(
        self, layer: int, head: int, down: int, right: int
    ) -> dict[str, object]:
        """Show the patch nearest to the middle that has one at this offset."""
        row = _with_room(self._grid.rows, down)
        col = _with_room(self._grid.cols, right)
        return self._view(layer, head, query=self._grid.token(row, col))

    def _view(self, layer: int, head: int, **changes: object) -> dict[str, object]:
        return {
            "layer": layer,
            "head": head,
            "direction": "row",
            "shown": "pattern",
            "region": [],
            "scale": "linear",
            "maximum": "head",
            "large": "picture",
            "sort": "",
            "search": "",
            "selection": [],
            "pins": [],
            "side": 0,
            **changes,
        }


def _with_room(size: int, step: int) -> int:
    """Give the place nearest to the middle from which a step stays inside."""
    return min(max(size // 2, -min(step, 0)), size - 1 - max(step, 0))
