"""The gradients that a run leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from torch import Tensor

from vitwidgets.models.caching.memo import storages_of
from vitwidgets.models.caching.snapshot import Snapshot
from vitwidgets.models.errors import UnknownSiteError


class Gradients(Mapping[str, Tensor]):
    """Gradients of a number at the sites of one run, by site name.

    A mapping. Each gradient has the shape, dtype and device of its site's value. One
    that somebody changed in place is an error at reading.
    """

    def __init__(self, gradients: Mapping[str, Tensor]) -> None:
        self._kept = {name: Snapshot(value) for name, value in gradients.items()}

    def __getitem__(self, name: str) -> Tensor:
        """Gradient at a site.

        Raises
        ------
        UnknownSiteError
            If none was asked for at this site.
        StaleCacheError
            If it was changed in place since.
        """
        if name not in self._kept:
            raise UnknownSiteError(
                f"no gradient was kept at {name!r} ({len(self)} sites have one): add "
                f"it to names_filter"
            )
        return self._kept[name].read(f"the gradient at {name!r}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def __repr__(self) -> str:
        return f"Gradients at {len(self)} sites"

    @property
    def nbytes(self) -> int:
        """Bytes held; gradients that share their memory count once."""
        return sum(storages_of(kept.tensor for kept in self._kept.values()).values())

    def mapped(self, change: Callable[[Tensor], Tensor]) -> Gradients:
        """Give the gradients with each changed by a function, such as a move."""
        return Gradients({name: change(self[name]) for name in self})
