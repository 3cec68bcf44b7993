"""The hooks of torch through which a session acts on a module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vitwidgets.models.interception.replacement import laid_out_like

if TYPE_CHECKING:
    from torch import Tensor, nn

    from vitwidgets.models.interception.session import Session
    from vitwidgets.models.interception.tap import Handler
    from vitwidgets.models.interception.torch_calls import CallCatcher


class SessionHook:
    """A hook of a session; it is its own key in torch's tables.

    torch's handles are not used: it numbers them without a lock, so that two threads
    may be given one number, and an interrupt can come between a hook's installation
    and the safekeeping of its handle. An entry of a dictionary is there or it is not.
    """

    __slots__ = ("session",)

    def __init__(self, session: Session) -> None:
        self.session = session


class EnterModel(SessionHook):
    """Tells a session that its model's forward begins."""

    __slots__ = ()

    def __call__(self, *_: object) -> None:
        """Note that the model's forward begins."""
        if self.session.is_here():
            self.session.depth += 1


class LeaveModel(SessionHook):
    """Tells a session that its model's forward is over."""

    __slots__ = ()

    def __call__(self, *_: object) -> None:
        """Note that it is over."""
        if self.session.is_here():
            self.session.depth -= 1


class InputHook(SessionHook):
    """Hands an argument of a submodule to a tap."""

    __slots__ = ("_argument", "_handler")

    def __init__(self, session: Session, handler: Handler, argument: int) -> None:
        self.session = session
        self._handler = handler
        self._argument = argument

    def __call__(self, _: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """Give the arguments to go on with, or None for the same ones."""
        if not self.session.acts():
            return None
        index = self._argument
        value = args[index]
        new = self._handler(self.session, value, value)
        if new is value:
            return None
        return (*args[:index], laid_out_like(value, new), *args[index + 1 :])


class OutputHook(SessionHook):
    """Hands the output of a submodule, or the first of several, to a tap."""

    __slots__ = ("_handler",)

    def __init__(self, session: Session, handler: Handler) -> None:
        super().__init__(session)
        self._handler = handler

    def __call__(
        self, _: nn.Module, args: tuple[Any, ...], output: Tensor | tuple[Any, ...]
    ) -> Tensor | tuple[Any, ...] | None:
        """Give the output to go on with, or None for the same one."""
        if not self.session.acts():
            return None
        value = output[0] if isinstance(output, tuple) else output
        new = self._handler(self.session, value, args[0])
        if new is value:
            return None
        new = laid_out_like(value, new)
        return (new, *output[1:]) if isinstance(output, tuple) else new


class BeginCatching(SessionHook):
    """Catches the calls of a submodule from where its forward begins."""

    __slots__ = ("_catcher",)

    def __init__(self, session: Session, catcher: CallCatcher) -> None:
        super().__init__(session)
        self._catcher = catcher

    def __call__(self, *_: object) -> None:
        """Begin to catch."""
        if self.session.acts():
            self._catcher.begin()


class EndCatching(BeginCatching):
    """Catches no more calls from where that forward is over."""

    __slots__ = ()

    def __call__(self, *_: object) -> None:
        """Catch no more."""
        self._catcher.end()


def has_foreign_hooks(module: nn.Module) -> bool:
    """Whether forward hooks other than those of sessions are on a module."""
    part: Any = module
    tables = (part._forward_pre_hooks, part._forward_hooks)  # noqa: SLF001
    for table in tables:
        if table and any(not isinstance(key, SessionHook) for key in list(table)):
            return True
    return False
