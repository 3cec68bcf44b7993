"""The text side that goes with an image tower, loaded when it is first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeAlias

from vitwidgets.models.words.text_encoder import TextEncoder

LoadableText: TypeAlias = TextEncoder | Callable[[], TextEncoder] | None
"""A text side, what loads it, or None for a model that came without one."""


class TextSide:
    """Loads a text side once, whichever thread asks first.

    Parameters
    ----------
    source
        The text side, or what loads it.
    """

    def __init__(self, source: LoadableText) -> None:
        self.source = source
        self._found = source if isinstance(source, TextEncoder) else None
        self._lock = threading.Lock()

    def get(self) -> TextEncoder | None:
        """Give the text side; None where there is none."""
        with self._lock:
            if self._found is None and callable(self.source):
                self._found = self.source()
            return self._found


TextSource: TypeAlias = LoadableText | TextSide
"""The same, or what another model over the same tower has."""
