"""Long work on a model: one at a time, with its progress, and cancelled at will."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager

    from vitwidgets.widgets.patcher.traffic import Traffic

IDLE: dict[str, Any] = {"kind": "", "done": 0, "total": 0, "seconds_left": -1}
"""What is told of when nothing goes on."""

NAMES = {
    "sweep": "a sweep",
    "controls": "the table of controls",
    "replay": "a replay",
    "flip": "a search for the smallest flip",
    "reference": "a pass over the reference images",
}


class BusyError(RuntimeError):
    """Something else goes on."""


class CancelledError(RuntimeError):
    """Somebody cancelled it."""


class Job:
    """Some long work, as the thread sees it that does it.

    Parameters
    ----------
    kind
        Which.
    tell
        Is told how far it is.
    traffic
        Knows who runs the model.
    """

    def __init__(
        self, kind: str, tell: Callable[[Job, dict[str, Any]], None], traffic: Traffic
    ) -> None:
        self.kind = kind
        self.cancelled = False
        self.ended = threading.Event()
        self.thread = threading.current_thread()
        self._tell = tell
        self._traffic = traffic
        self._began = time.monotonic()

    def go_on(self, done: int, total: int, seconds_left: float | None = None) -> None:
        """Say how far it is, between two runs.

        Parameters
        ----------
        done, total
            Runs.
        seconds_left
            Where that is known better than from how long the runs took so far.

        Raises
        ------
        CancelledError
            If it was cancelled.
        """
        if self.cancelled:
            raise CancelledError(f"{NAMES[self.kind]} was cancelled")
        if seconds_left is None:
            spent = time.monotonic() - self._began
            seconds_left = spent / done * (total - done) if done else -1
        progress = {"done": done, "total": total, "seconds_left": seconds_left}
        with self.aside():
            self._tell(self, {"kind": self.kind, **progress})

    def aside(self) -> AbstractContextManager[None]:
        """Tell others something inside, between two runs."""
        return self._traffic.aside()


class Jobs:
    """Sees to it that one job runs at a time, with what it and predictions need.

    Parameters
    ----------
    tell
        Is told of a job's progress, and of its end by ``IDLE``.
    traffic
        Knows who runs the model.
    """

    def __init__(
        self, tell: Callable[[dict[str, Any]], None], traffic: Traffic
    ) -> None:
        self._tell = tell
        self._traffic = traffic
        self._lock = threading.RLock()
        self._running: list[Job] = []
        self._open = True

    @contextlib.contextmanager
    def job(self, kind: str) -> Generator[Job]:
        """Do something long inside.

        Raises
        ------
        BusyError
            If something else goes on.
        RuntimeError
            If the view was closed; here and below.
        """
        with self._begun(kind, is_alone=True) as found, self._traffic.run():
            yield found

    @contextlib.contextmanager
    def step(self, kind: str) -> Generator[Job]:
        """Do inside what other work may need too.

        It is part of what this thread does, or else work of its own beside what others
        do, which is told of when nothing else is.
        """
        with self._lock:
            own = self._own()
        if own is not None:
            yield own
            return
        with self._begun(kind, is_alone=False) as found:
            yield found

    def cancel(self) -> None:
        """Stop what runs after its present pass; nothing if nothing does."""
        with self._lock:
            for job in self._running:
                job.cancelled = True

    def close(self) -> None:
        """Cancel what runs, wait for its end, and let nothing else begin."""
        with self._lock:
            self._open = False
            running, own = list(self._running), self._own()
        self.cancel()
        if own is not None:  # the others may wait for this very thread
            return
        for job in running:
            job.ended.wait()
            if job.thread.daemon:  # the thread of a request ends with its answer
                job.thread.join()

    @contextlib.contextmanager
    def _begun(self, kind: str, *, is_alone: bool) -> Generator[Job]:
        found = Job(kind, self._tell_of, self._traffic)
        try:
            with self._lock:
                if not self._open:
                    raise RuntimeError("this view was closed; make a new ClickToPatch")
                if is_alone and self._running:
                    raise BusyError(
                        f"{NAMES[self._running[0].kind]} is running: wait or cancel it"
                    )
                self._running.append(found)
            found.go_on(0, 0)
            yield found
        finally:
            with self._lock:
                was_running = found in self._running
                if was_running:
                    self._running.remove(found)
                is_idle = was_running and not self._running
            if is_idle:
                self._tell(IDLE)
            found.ended.set()

    def _own(self) -> Job | None:
        thread = threading.current_thread()
        return next((job for job in self._running if job.thread is thread), None)

    def _tell_of(self, job: Job, progress: dict[str, Any]) -> None:
        with self._lock:
            is_first = self._running[:1] == [job]
        if is_first:
            self._tell(progress)
