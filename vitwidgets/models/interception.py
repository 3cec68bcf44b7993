"""Sessions: the only time during which a module is instrumented.

A session installs forward hooks on the submodules that its sites need and takes them
away on every way out. The hooks act for the thread and context that opened the session
alone: other threads run through them untouched.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from vitwidgets.models.errors import HookError
from vitwidgets.models.hooks import Edit, Receipt, Tally
from vitwidgets.models.replacement import InPlaceGuard, accepted, laid_out_like

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from torch import Tensor, nn
    from torch.utils.hooks import RemovableHandle
    from typing_extensions import Self

    from vitwidgets.models.tap import Handler, Tap
    from vitwidgets.models.tap_table import TapTable

_NO_SESSIONS: Mapping[int, Session] = MappingProxyType({})
_LIVE: ContextVar[Mapping[int, Session]] = ContextVar(
    "vitwidgets_live_sessions", default=_NO_SESSIONS
)
"""The session in charge of each module (by id), for this thread and context."""

_REGISTERING = threading.Lock()
"""torch numbers its hook handles without a lock: two threads may draw one number."""


def live_session(module: nn.Module) -> Session | None:
    """Give the open session of this thread on a module, unless one of its hooks runs.

    Inside a hook function the model is the plain one.
    """
    session = _in_charge(module)
    if session is None or session.in_hook or not session.is_here():
        return None
    return session


def _in_charge(module: nn.Module) -> Session | None:
    session = _LIVE.get().get(id(module))
    # A generator may have been closed from a context other than the one it opened in.
    while session is not None and session.closed:
        session = session.outer
    return session


class Session:
    """Reads and replaces sites while it is entered.

    Parameters
    ----------
    module
        The whole model.
    taps
        Its taps.
    edits
        Hook functions with their sites. Those of a session that is already open on
        this module come first.
    stored
        Sites whose values are kept in `values`.
    """

    def __init__(
        self,
        module: nn.Module,
        taps: TapTable,
        edits: Sequence[Edit],
        stored: Iterable[str] = (),
    ) -> None:
        self.values: dict[str, Tensor] = {}
        self.scratch: dict[Hashable, Tensor | None] = {}
        self.closed = False
        self.in_hook = False
        self.outer: Session | None = None
        self._module = module
        self._thread = threading.get_ident()
        self._stored = frozenset(stored)
        self._tallies: list[Tally] = []
        self._own: list[Tally] = []
        self._edits: dict[str, list[Edit]] = {}
        self._copied: tuple[Tensor, Tensor] | None = None
        self._handles: list[RemovableHandle] = []
        enclosing = live_session(module)
        for edit in enclosing.edit_list() if enclosing else ():
            self._add(edit)
        for edit in edits:
            self._own.append(self._add(edit))
        self._taps = taps.needed([*self._edits, *self._stored])

    def _add(self, edit: Edit) -> Tally:
        tally = Tally(edit.point.name)
        self._tallies.append(tally)
        self._edits.setdefault(tally.name, []).append(edit.counted_by(tally))
        return tally

    def edit_list(self) -> list[Edit]:
        """Give all edits in force, inherited ones included."""
        return [edit for edits in self._edits.values() for edit in edits]

    def edited_sites(self) -> frozenset[str]:
        """Give the sites that may be replaced."""
        return frozenset(self._edits)

    def receipt(self) -> Receipt:
        """Give what the hooks did so far."""
        return Receipt(tuple(tally.receipt() for tally in self._tallies))

    def require_all_fired(self) -> None:
        """Raise HookError if a hook, or a site to be kept, was never reached."""
        silent = [tally.name for tally in self._own if not tally.fired]
        silent += sorted(self._stored - self.values.keys())
        if silent:
            raise HookError(
                f"{silent[0]!r} was never reached"
                f"{f' (nor {len(silent) - 1} more)' if len(silent) > 1 else ''}: no "
                f"whole forward pass of this model ran, or a part of it is compiled"
            )

    def __enter__(self) -> Self:
        self.outer = _in_charge(self._module)
        try:
            with _REGISTERING:
                for tap in self._taps:
                    self._handles.append(_install(self, tap))
            _LIVE.set({**_LIVE.get(), id(self._module): self})
        except BaseException:
            self._close()
            _sweep(self._module, self)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        self.closed = True
        live = _LIVE.get()
        if live.get(id(self._module)) is self:
            others = {key: other for key, other in live.items() if other is not self}
            if self.outer is not None and not self.outer.closed:
                others[id(self._module)] = self.outer
            _LIVE.set(others)
        self._detach()
        self.scratch.clear()

    def _detach(self) -> None:
        try:
            while self._handles:
                self._handles[-1].remove()
                self._handles.pop()
        finally:
            # An interrupt may have come in between: go on until none is left.
            if self._handles:
                self._detach()

    def is_here(self) -> bool:
        """Whether the calling thread is the one that opened this session."""
        return threading.get_ident() == self._thread

    def acts(self) -> bool:
        """Whether a tap that fires now fires for this session."""
        return _in_charge(self._module) is self and not self.in_hook and self.is_here()

    def edits(self, *names: str) -> bool:
        """Whether one of these sites may be replaced in this run."""
        return any(name in self._edits for name in names)

    def wants(self, *names: str) -> bool:
        """Whether one of these sites is to be replaced or kept in this run."""
        return any(name in self._edits or name in self._stored for name in names)

    def visit(self, site: str, value: Tensor) -> Tensor:
        """Show a site's value to its hooks; give what the model goes on with."""
        for edit in self._edits.get(site, ()):
            value = self._apply(edit, value)
        if site in self._stored:
            self.values[site] = self._kept(value)
        return value

    def _apply(self, edit: Edit, value: Tensor) -> Tensor:
        guard = InPlaceGuard(edit.point.name, value)
        self.in_hook = True
        try:
            result = edit.function(guard.handed, edit.point)
        finally:
            self.in_hook = False
        guard.check()
        change = 0.0
        if result is not None:
            value, change = accepted(edit.point.name, value, result)
        for tally in edit.tallies:
            tally.note(change)
        return value

    def _kept(self, value: Tensor) -> Tensor:
        if not value.is_inference():
            return value
        # No versions tell of later changes in place, so a copy is kept; the same
        # tensor often is two sites in a row.
        if self._copied is None or self._copied[0] is not value:
            self._copied = (value, value.clone())
        return self._copied[1]


class _InputHook:
    __slots__ = ("_handler", "session")

    def __init__(self, session: Session, handler: Handler) -> None:
        self.session = session
        self._handler = handler

    def __call__(self, _: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...] | None:
        if not self.session.acts():
            return None
        value = args[0]
        new = self._handler(self.session, value, value)
        if new is value:
            return None
        return (laid_out_like(value, new), *args[1:])


class _OutputHook:
    __slots__ = ("_handler", "session")

    def __init__(self, session: Session, handler: Handler) -> None:
        self.session = session
        self._handler = handler

    def __call__(
        self, _: nn.Module, args: tuple[Any, ...], output: Tensor
    ) -> Tensor | None:
        if not self.session.acts():
            return None
        new = self._handler(self.session, output, args[0])
        return None if new is output else laid_out_like(output, new)


def _install(session: Session, tap: Tap) -> RemovableHandle:
    if tap.at_input:
        return tap.module.register_forward_pre_hook(_InputHook(session, tap.handler))
    return tap.module.register_forward_hook(_OutputHook(session, tap.handler))


def is_ours(hook: object) -> bool:
    """Whether a forward hook was installed by a session."""
    return isinstance(hook, (_InputHook, _OutputHook))


def _sweep(module: nn.Module, session: Session) -> None:
    """Take away hooks of a session whose handles an interrupt has lost."""
    for part in module.modules():
        for hooks in _hooks_of(part):
            for key, hook in list(hooks.items()):
                if is_ours(hook) and hook.session is session:
                    del hooks[key]


def _hooks_of(part: nn.Module) -> tuple[dict[int, Any], dict[int, Any]]:
    private: Any = part
    return private._forward_pre_hooks, private._forward_hooks  # noqa: SLF001


def has_foreign_hooks(part: nn.Module) -> bool:
    """Whether somebody else's forward hooks are on a module."""
    pre, post = _hooks_of(part)
    if not pre and not post:
        return False
    hooks = [*list(pre.values()), *list(post.values())]
    return any(not is_ours(hook) for hook in hooks)
