# ipywidgets carries no types.
# pyright: reportUnknownMemberType=false
"""What every widget shares: checked state, answered requests, calm traffic."""

from __future__ import annotations

import time
from contextvars import copy_context
from inspect import signature
from pathlib import Path
from threading import RLock, Thread, Timer
from typing import TYPE_CHECKING, Any, cast

from traitlets import TraitError

from vitwidgets.widgets.file_watch import stop_watching
from vitwidgets.widgets.history import Undoable
from vitwidgets.wire import (
    Answer,
    BadRequestError,
    Request,
    owner_of,
    read_request,
    replies,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


STATIC = Path(__file__).parent.parent / "static"

UPDATE_INTERVAL = 1 / 30
"""Seconds between trait updates to the page; a server drops floods silently."""


def built(name: str) -> Path:
    """Return the path of a built view's file.

    Raises
    ------
    ImportError
        When the views have not been built.
    """
    path = STATIC / name
    if not path.exists():
        raise ImportError(
            f"the view {name} has not been built. In a clone run `npm run build:views` "
            "(`make lab` does it too); an installed vitwidgets contains it.",
        )
    return path


class Explorer(Undoable):
    """Base of all widgets: state that is refused, never half taken.

    A subclass marks its traits with :func:`vitwidgets.wire.owned` and answers the
    page's requests through :meth:`answers`.
    """

    slow_requests: frozenset[str] = frozenset()
    """Requests that are answered from a thread, for the kernel to go on meanwhile."""
    _opened = False

    def __init__(
        self, facts: Mapping[str, object], state: Mapping[str, object]
    ) -> None:
        """Open the view.

        Parameters
        ----------
        facts
            Values of the traits that Python alone writes.
        state
            Initial values of the traits that the page may write too.
        """
        self._check_names(state)
        self._unsent: set[str] = set()
        self._last_sent = 0.0
        self._timer: Timer | None = None
        self._sending = RLock()
        # Set before the comm opens, so that the first message holds the whole view.
        super().__init__(**facts, **state)
        self.on_msg(self._on_message)
        self._opened = True

    def __setattr__(self, name: str, value: object) -> None:
        # A misspelt trait, or an image set anew, would be taken and do nothing.
        if self._opened and not name.startswith("_") and not hasattr(self, name):
            raise AttributeError(
                f"{type(self).__name__} has no {name!r} to set; it has "
                f"{', '.join(self.settable_names())}. For another model or image make "
                "a new one.",
            )
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        state = ", ".join(
            f"{name}={getattr(self, name)!r}" for name in self.settable_names()
        )
        return f"{type(self).__name__}({state})"

    def answers(self) -> dict[str, Callable[..., Answer]]:
        """Return what the page may ask for: kind of request → what answers it."""
        return {}

    def close(self) -> None:
        """Close the view and what ipywidgets made beside it."""
        # ipywidgets leaves the layout of a closed widget registered.
        if self.comm is not None:
            self.layout.close()
        super().close()
        stop_watching(self)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take state from the page; what is refused is said there and put right."""
        facts = [name for name in sync_data if owner_of(self, name) == "py"]
        if facts:
            self._refuse(f"{facts[0]} belongs to Python; the page can't set it", facts)
            return
        try:
            super().set_state(sync_data)
        except TraitError as error:
            self._refuse(str(error), sync_data)

    def _refuse(self, message: str, names: Iterable[str]) -> None:
        self.send({"type": "refused", "message": message})
        known = cast("list[str]", self.keys)
        super().send_state([name for name in names if name in known])

    def _should_send_property(self, key: str, value: object) -> bool:
        # What the page has just said, it knows. ipywidgets finds that out by writing
        # and reading all of it as JSON: with a long history longer than a forward pass.
        if key in self._property_lock and self._property_lock[key] == value:
            self._states_to_send.discard(key)
            return False
        return super()._should_send_property(key, value)

    def send_state(self, key: str | Iterable[str] | None = None) -> None:
        """Send state to the page, at most 30 times a second, the newest value last."""
        if key is None:
            key = cast("list[str]", self.keys)
        # A running cell and a person's act (which JupyterLab may bring in a thread of
        # its own) both come here.
        with self._sending:
            self._unsent.update([key] if isinstance(key, str) else key)
            wait = self._last_sent + UPDATE_INTERVAL - time.monotonic()
            if wait <= 0:
                self._flush()
            elif self._timer is None:
                # Not the event loop: a running cell blocks it, and would show half.
                self._timer = Timer(wait, copy_context().run, [self._flush])
                self._timer.daemon = True
                self._timer.start()

    def _flush(self) -> None:
        with self._sending:
            self._timer = None
            keys, self._unsent = self._unsent, set()
            if keys and self.comm is not None:
                self._last_sent = time.monotonic()
                super().send_state(keys)

    def _check_names(self, state: Mapping[str, object]) -> None:
        allowed = self.settable_names()
        for name in state:
            if name not in allowed and name not in ("layout", "tabbable", "tooltip"):
                raise TypeError(
                    f"{type(self).__name__} has no state {name!r}; it has "
                    f"{', '.join(allowed)}",
                )

    def _on_message(self, _widget: object, content: object, _buffers: object) -> None:
        try:
            request = read_request(content)
        except BadRequestError as error:
            self._refuse(str(error), ())
            return
        if request is None:
            return
        if not self._is_slow(request):
            self._reply(request)
            return
        Thread(
            target=copy_context().run, args=[self._reply, request], daemon=True
        ).start()

    def _is_slow(self, request: Request) -> bool:
        return request.kind in self.slow_requests

    def _reply(self, request: Request) -> None:
        answer = self._answer(request.kind, request.arguments)
        for reply in replies(request.id, answer):
            self.send(reply.content, reply.buffers)

    def _answer(self, kind: str, arguments: dict[str, Any]) -> Answer | Exception:
        known = self.answers()
        if kind not in known:
            return BadRequestError(
                f"{kind!r:.100} is no request of {type(self).__name__}; it answers "
                f"{', '.join(sorted(known)) or 'none'}",
            )
        try:
            signature(known[kind]).bind(**arguments)
        except TypeError as error:
            return BadRequestError(f"request {kind!r}: {error}")
        try:
            return known[kind](**arguments)
        except Exception as error:  # whatever it is, the page must see it
            self.log.exception("request %r failed", kind)
            return error
