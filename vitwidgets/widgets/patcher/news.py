"""News from threads, while a page or a person may change the same widget."""

from __future__ import annotations

import contextlib
from threading import RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


class News:
    """Sets traits that threads tell of, the newest value of each, never two at a time.

    Whoever tells does not wait: who changes the widget meanwhile may wait for its end.

    Parameters
    ----------
    take
        Sets a trait, by its name and value.
    """

    def __init__(self, take: Callable[[str, object], None]) -> None:
        self._take = take
        self._newest: dict[str, object] = {}
        self._changing = RLock()

    def tell(self, name: str, value: object) -> None:
        """Set a trait now, or when who changes the widget has done so."""
        self._newest[name] = value
        self._deliver()

    @contextlib.contextmanager
    def held(self) -> Generator[None]:
        """Change the widget inside; what is told meanwhile follows."""
        try:
            with self._changing:
                yield
        finally:
            self._deliver()

    def _deliver(self) -> None:
        # What is told after a look here is delivered by who tells it, or by who made
        # that impossible.
        while self._newest and self._changing.acquire(blocking=False):
            try:
                for name in list(self._newest):
                    if name in self._newest:  # what a trait sets off may deliver, too
                        self._take(name, self._newest.pop(name))
            finally:
                self._changing.release()
