"""What was measured of the heads of each side of a tour, measured once."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from vitwidgets.images import SampleScene
from vitwidgets.methods import HeadAblation, HeadStatistics
from vitwidgets.widgets.head_measurements import HeadMeasurements, measurements_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vitwidgets.images import ImageSource
    from vitwidgets.widgets.attention_source import AttentionSource


class SideMeasurements:
    """Measures when somebody asks, whichever thread that is.

    Parameters
    ----------
    sources
        The sides.
    images
        Their images, as they were given.
    statistics, ablation
        What is known of the first side's model.

    Raises
    ------
    TypeError
        When it is no `HeadStatistics` or `HeadAblation`, such as their table.
    ValueError
        When that is of another model.
    """

    def __init__(
        self,
        sources: Sequence[AttentionSource],
        images: Sequence[ImageSource],
        statistics: HeadStatistics | None,
        ablation: HeadAblation | None,
    ) -> None:
        _require("statistics", statistics, HeadStatistics)
        _require("ablation", ablation, HeadAblation)
        self._sources = sources
        self._images = images
        self._given = statistics, ablation
        self._found: dict[int, HeadMeasurements] = {}
        self._lock = Lock()
        if self.are_given:
            self.of(0)

    @property
    def are_given(self) -> bool:
        """Whether somebody gave what was measured before."""
        return any(each is not None for each in self._given)

    def of(self, side: int) -> HeadMeasurements:
        """Return what was measured of a side's heads."""
        with self._lock:
            if side not in self._found:
                self._found[side] = self._measured(side)
            return self._found[side]

    def _measured(self, side: int) -> HeadMeasurements:
        source, image = self._sources[side], self._images[side]
        # What was given is of the first side's model, whatever it looks at.
        is_first = source.model is self._sources[0].model
        statistics, ablation = self._given if is_first else (None, None)
        # A scene says where its objects are. Any other image may be gone by now, or
        # changed; what the model saw is not.
        seen = image if isinstance(image, SampleScene) else source.prepared
        return measurements_for(source.model, seen, statistics, ablation)


def _require(name: str, value: object, kind: type[object]) -> None:
    if value is not None and not isinstance(value, kind):
        raise TypeError(
            f"{name}: a {kind.__name__} of vitwidgets.methods is needed, not "
            f"{type(value).__name__}"
        )
