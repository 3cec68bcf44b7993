"""Derived values that are kept for the next reading, within a number of bytes."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from vitwidgets.models.caching.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor


def storages_of(tensors: Iterable[Tensor]) -> dict[int, int]:
    """Give the bytes of each storage by its place, those that are shared once."""
    storages = (tensor.untyped_storage() for tensor in tensors)
    return {storage.data_ptr(): storage.nbytes() for storage in storages}


class Memo:
    """Keeps values by name; drops those least recently read where bytes run out.

    Any thread may use it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, Snapshot] = {}  # last read, last
        self._users: Counter[int] = Counter()
        self.nbytes = 0

    def get(self, name: str) -> Tensor | None:
        """Give a value that is kept, or None. One that its reader changed is gone."""
        with self._lock:
            kept = self._values.get(name)
            if kept is None:
                return None
            if not kept.is_unchanged():
                self._drop(name)
                return None
            self._values[name] = self._values.pop(name)
            return kept.tensor

    def keep(self, name: str, value: Tensor, room: int) -> None:
        """Keep a value if there is room for it, with others dropped if need be.

        Parameters
        ----------
        name
            Its name.
        value
            The value.
        room
            Bytes that all values together may take.
        """
        # Nobody could tell whether a reader changed an inference tensor.
        if value.untyped_storage().nbytes() > room or value.is_inference():
            return
        with self._lock:
            kept = self._values.get(name)
            if kept is not None:
                if kept.tensor is value:
                    return
                self._drop(name)
            self._add(name, value)
            while self.nbytes > room:
                self._drop(next(iter(self._values)))

    def _add(self, name: str, value: Tensor) -> None:
        storage = value.untyped_storage()
        place = storage.data_ptr()
        if not self._users[place]:
            self.nbytes += storage.nbytes()
        self._users[place] += 1
        self._values[name] = Snapshot(value)

    def _drop(self, name: str) -> None:
        storage = self._values.pop(name).tensor.untyped_storage()
        place = storage.data_ptr()
        self._users[place] -= 1
        if not self._users[place]:
            del self._users[place]
            self.nbytes -= storage.nbytes()
