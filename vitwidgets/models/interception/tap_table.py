"""All taps of a model, and which of them a request needs."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vitwidgets.models.interception.tap import CallTap, Tap


class TapTable:
    """The taps of a model in the order of its forward pass, found by site."""

    def __init__(self, taps: Sequence[Tap | CallTap]) -> None:
        self._taps = tuple(taps)
        by_site: defaultdict[str, list[int]] = defaultdict(list)
        for index, tap in enumerate(self._taps):
            for site in dict.fromkeys((*tap.sites, *tap.helps)):
                by_site[site].append(index)
        self._by_site = dict(by_site)

    def needed(self, sites: Iterable[str]) -> list[Tap | CallTap]:
        """Taps without which these sites cannot be read and replaced."""
        names = tuple(sites)
        if len(names) == 1:  # nothing to bring into order
            return [self._taps[index] for index in self._by_site[names[0]]]
        chosen = {index for site in names for index in self._by_site[site]}
        return [self._taps[index] for index in sorted(chosen)]
