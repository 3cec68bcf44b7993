"""Sessions: the only time during which a module is instrumented.

A session installs forward hooks on the submodules that its sites need and takes them
away on every way out. The hooks act for the thread and context that opened the session
alone: other threads run through them untouched.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from vitwidgets.models.errors import HookError
from vitwidgets.models.interception.hooks import Edit, Tally
from vitwidgets.models.interception.replacement import accepted, require_unchanged
from vitwidgets.models.interception.session_hooks import (
    BeginCatching,
    EndCatching,
    EnterModel,
    InputHook,
    LeaveModel,
    OutputHook,
)
from vitwidgets.models.interception.tap import CallTap
from vitwidgets.models.interception.tensor_versions import version
from vitwidgets.models.interception.torch_calls import CallCatcher

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from torch import Tensor, nn

    from vitwidgets.models.interception.session_hooks import SessionHook
    from vitwidgets.models.interception.tap import Tap
    from vitwidgets.models.interception.tap_table import TapTable

Result = TypeVar("Result")

_Entry: TypeAlias = "tuple[dict[Any, Any], SessionHook, Any]"
"""A table of a module, the key, and the entry that it is to have there."""

_NO_SESSIONS: Mapping[int, Session] = MappingProxyType({})
_LIVE: ContextVar[Mapping[int, Session]] = ContextVar(
    "vitwidgets_live_sessions", default=_NO_SESSIONS
)
"""The session in charge of each module (by id), for this thread and context."""


def live_session(module: nn.Module) -> Session | None:
    """Give the open session of this thread on a module, unless one of its hooks runs.

    Inside a hook function the model is the plain one.
    """
    session = _in_charge(id(module))
    if session is None or session.in_hook or not session.is_here():
        return None
    return session


def _in_charge(key: int) -> Session | None:
    session = _LIVE.get().get(key)
    # A generator may have been closed from a context other than the one it opened in.
    while session is not None and session.closed:
        session = session.outer
    return session


class Session:
    """Reads and replaces sites while it is open.

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
    whole
        Whether the model's forward pass has to be told from calls of its parts by hand
        or by another model, in which its taps are silent. Where the session is open for
        one pass alone, only hooks of others on the model itself can make such calls.
    """

    closed = False
    in_hook = False
    outer: Session | None = None
    _is_off = False
    _copied: tuple[Tensor, Tensor] | None = None

    def __init__(
        self,
        module: nn.Module,
        taps: TapTable,
        edits: Sequence[Edit],
        stored: Iterable[str] = (),
        *,
        whole: bool = True,
    ) -> None:
        self.values: dict[str, Tensor] = {}
        self.scratch: dict[Hashable, Tensor | None] = {}
        self.depth = 0 if whole else 1
        self._module = module
        self._key = id(module)
        self._thread = threading.get_ident()
        self._stored = frozenset(stored)
        self.tallies: list[Tally] = []
        self._edits: dict[str, list[Edit]] = {}
        enclosing = live_session(module)
        if enclosing is not None:
            for inherited in enclosing.edit_list():
                self._add(inherited)
        for edit in edits:
            self._add(edit)
        self._n_own = len(edits)
        needed = taps.needed([*self._edits, *self._stored])
        self._catchers: list[CallCatcher] = []
        self._hooks = self._prepared(needed, whole)

    def _prepared(self, taps: Iterable[Tap | CallTap], whole: bool) -> list[_Entry]:
        """Give all hooks with their tables, so that every one of them can be undone."""
        hooks: list[_Entry] = []
        leave: list[_Entry] = []
        if whole:
            enter, *leave = _around(self._module, EnterModel(self), LeaveModel(self))
            hooks.append(enter)
        calls: dict[nn.Module, list[CallTap]] = {}
        for tap in taps:
            if isinstance(tap, CallTap):
                calls.setdefault(tap.module, []).append(tap)
                continue
            part: Any = tap.module
            hook = (
                InputHook(self, tap.handler, tap.argument)
                if tap.at_input
                else OutputHook(self, tap.handler)
            )
            table = part._forward_pre_hooks if tap.at_input else part._forward_hooks  # noqa: SLF001
            hooks.append((table, hook, hook))
        for module, call_taps in calls.items():
            catcher = CallCatcher(self, self.acts, call_taps)
            self._catchers.append(catcher)
            begin, end = BeginCatching(self, catcher), EndCatching(self, catcher)
            hooks += _around(module, begin, end)
        # Last, for the model's own output is tapped too.
        return hooks + leave

    def _add(self, edit: Edit) -> None:
        tally = Tally(edit.point.name)
        counted = Edit(edit.function, edit.point, (*edit.tallies, tally))
        self.tallies.append(tally)
        self._edits.setdefault(tally.name, []).append(counted)

    def edit_list(self) -> list[Edit]:
        """Give all edits in force, inherited ones included."""
        return [edit for edits in self._edits.values() for edit in edits]

    def edited_sites(self) -> frozenset[str]:
        """Give the sites that may be replaced."""
        return frozenset(self._edits)

    def require_all_fired(self) -> None:
        """Raise HookError if a hook, or a site to be kept, was never reached."""
        own = self.tallies[len(self.tallies) - self._n_own :]
        silent = [tally.name for tally in own if not tally.fired]
        if len(self.values) < len(self._stored):
            silent += sorted(self._stored - self.values.keys())
        if silent:
            raise HookError(
                f"{silent[0]!r} was never reached"
                f"{f' (nor {len(silent) - 1} more)' if len(silent) > 1 else ''}: no "
                f"whole forward pass of this model ran, or a part of it is compiled"
            )

    def open(self) -> None:
        """Install the hooks; has to be followed by `close`, whatever happens."""
        self.outer = _in_charge(self._key)
        for table, hook, entry in self._hooks:
            table[hook] = entry
        _LIVE.set({**_LIVE.get(), self._key: self})

    def close(self) -> None:
        """Take every hook away. May be called again, should the first be cut short."""
        if self._is_off:
            return
        self.closed = True
        self._step_back()
        for table, hook, _ in self._hooks:
            table.pop(hook, None)
        for catcher in self._catchers:
            catcher.end()
        self.scratch.clear()
        self._is_off = True
        # They refer to the session, which would keep its values until Python's next
        # search for what refers to itself.
        self._hooks = []
        self._catchers = []

    def _step_back(self) -> None:
        live = _LIVE.get()
        if live.get(self._key) is self:
            others = dict(live)
            del others[self._key]
            if self.outer is not None and not self.outer.closed:
                others[self._key] = self.outer
            _LIVE.set(others)

    def is_here(self) -> bool:
        """Whether the calling thread is the one that opened this session."""
        return threading.get_ident() == self._thread

    def acts(self) -> bool:
        """Whether a tap that fires now fires for this session."""
        if self.in_hook or not self.depth or threading.get_ident() != self._thread:
            return False
        return _LIVE.get().get(self._key) is self or _in_charge(self._key) is self

    def edits(self, *names: str) -> bool:
        """Whether one of these sites may be replaced in this run."""
        return any(name in self._edits for name in names)

    def wants(self, *names: str) -> bool:
        """Whether one of these sites is to be replaced or kept in this run."""
        return any(name in self._edits or name in self._stored for name in names)

    def visit(self, site: str, value: Tensor) -> Tensor:
        """Show a site's value to its hooks; give what the model goes on with."""
        for edit in self._edits.get(site, ()):
            value = self._apply(site, edit, value)
        if site in self._stored:
            self.values[site] = self._kept(value)
        return value

    def _apply(self, site: str, edit: Edit, value: Tensor) -> Tensor:
        before = version(value)
        # Inference tensors keep no versions: the hook works on a copy.
        handed = value if before is not None else value.clone()
        self.in_hook = True
        try:
            result = edit.function(handed, edit.point)
        finally:
            self.in_hook = False
        require_unchanged(site, value, handed, before)
        change = 0.0
        if result is not None:
            value, change = accepted(site, value, result)
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


def during(session: Session, call: Callable[[], Result]) -> Result:
    """Call a function while a session is open, and give what it returns."""
    try:
        try:
            session.open()
            return call()
        finally:
            session.close()
    finally:
        # Again, because an interrupt may cut the first short, even as it begins.
        session.close()


def _around(module: nn.Module, begin: SessionHook, end: SessionHook) -> list[_Entry]:
    """Give the entries of hooks before and after a module, failed or not."""
    part: Any = module
    return [
        (part._forward_pre_hooks, begin, begin),  # noqa: SLF001
        (part._forward_hooks_always_called, end, True),  # noqa: SLF001
        (part._forward_hooks, end, end),  # noqa: SLF001
    ]
