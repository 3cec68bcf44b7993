"""Who runs the model just now, so that a look at it can wait for a quiet moment.

Threads run one model at the same time without disturbing each other, but their hooks
are on it meanwhile: a proof that nothing was left on it has to look between runs.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from vitwidgets.methods.intervening.module_mark import ModuleMark

if TYPE_CHECKING:
    from collections.abc import Generator

    from torch import nn


class Traffic:
    """Lets threads run a model side by side, and one look at it alone."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running: dict[int, int] = {}
        self._looking = False

    @contextlib.contextmanager
    def run(self) -> Generator[None]:
        """Run the model inside; waits while somebody looks at it. May be nested."""
        thread = threading.get_ident()
        self._enter(thread)
        try:
            yield
        finally:
            self._leave(thread)

    @contextlib.contextmanager
    def aside(self) -> Generator[None]:
        """Let others look, between two runs of a thread that is inside `run`.

        Whoever waits for something else inside is not waited for meanwhile.
        """
        thread = threading.get_ident()
        with self._changed:
            is_inside = self._running.get(thread) == 1
        if not is_inside:
            yield
            return
        self._leave(thread)
        try:
            yield
        finally:
            self._enter(thread)

    @contextlib.contextmanager
    def alone(self) -> Generator[None]:
        """Look at the model inside, while no thread is between `run` and its end."""
        with self._changed:
            self._changed.wait_for(lambda: not self._looking)
            self._looking = True
        try:
            with self._changed:
                self._changed.wait_for(lambda: not self._running)
            yield
        finally:
            with self._changed:
                self._looking = False
                self._changed.notify_all()

    def _enter(self, thread: int) -> None:
        with self._changed:
            depth = self._running.get(thread, 0)
            if not depth:
                self._changed.wait_for(lambda: not self._looking)
            self._running[thread] = depth + 1

    def _leave(self, thread: int) -> None:
        with self._changed:
            depth = self._running.pop(thread, 1) - 1
            if depth:
                self._running[thread] = depth
            self._changed.notify_all()


class QuietMark(ModuleMark):
    """What a module was like, looked at again only while nobody runs it.

    Parameters
    ----------
    module
        The module as it is now.
    traffic
        Knows who runs it.
    """

    def __init__(self, module: nn.Module, traffic: Traffic) -> None:
        super().__init__(module)
        self._traffic = traffic

    def differences(self) -> list[str]:
        """Say in what the module is not as it was; nothing where it is."""
        with self._traffic.alone():
            return super().differences()
