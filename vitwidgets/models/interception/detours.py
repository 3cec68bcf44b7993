"""Detours: parts of a module that are passed by while one session runs.

torch offers no hook that skips a module, so a part gets a forward of its own, the only
way round its code. It serves the thread of its session alone: everybody else runs
through it into the part's own code.

No lock is held, since an interrupt can come between its last line and its release. Two
threads that put up and take down a detour at the same moment may leave one of them
without: it then runs through the part, which takes time and changes no result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from vitwidgets.models.errors import ModelStateError

if TYPE_CHECKING:
    from torch import nn

Shortcut: TypeAlias = Callable[..., Any]
"""Takes what the part's forward takes; gives at once what the model goes on with."""


class Driver(Protocol):
    """The session that a detour serves."""

    def acts(self) -> bool:
        """Whether a part that is called now is called by this session."""
        ...


class Detour:
    """The forward of a part that some sessions pass by.

    Parameters
    ----------
    part
        The part. Its own forward is the one of its class.
    """

    def __init__(self, part: nn.Module) -> None:
        self._part = part
        self.shortcuts: dict[Driver, Shortcut] = {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Take the shortcut of the session that calls, or the part's own way."""
        for driver, shortcut in list(self.shortcuts.items()):
            if driver.acts():
                return shortcut(*args, **kwargs)
        return type(self._part).forward(self._part, *args, **kwargs)


def put_up(part: nn.Module, driver: Driver, shortcut: Shortcut) -> None:
    """Let a session pass a part by; has to be followed by `take_down`.

    Raises
    ------
    ModelStateError
        If somebody has replaced the part's forward method.
    """
    detour = vars(part).setdefault("forward", Detour(part))
    if not isinstance(detour, Detour):
        raise ModelStateError(
            f"the forward method of a {type(part).__name__} has been replaced, so it "
            f"cannot be passed by: restore the class's own"
        )
    detour.shortcuts[driver] = shortcut


def take_down(part: nn.Module, driver: Driver) -> None:
    """Undo `put_up`, if it was done; may be called again."""
    detour = vars(part).get("forward")
    if isinstance(detour, Detour):
        detour.shortcuts.pop(driver, None)
        if not detour.shortcuts:
            vars(part).pop("forward", None)
