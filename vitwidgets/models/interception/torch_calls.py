"""Catching the functions of torch that a submodule calls in its forward method.

A mode of torch sees every such call. It is on the stack, which each thread has its own,
only while that submodule runs: two microseconds a call would else be paid everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from torch import overrides

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from vitwidgets.models.interception.tap import (
        CallHandler,
        CallTap,
        TorchFunction,
        Visitor,
    )


class CallCatcher(overrides.TorchFunctionMode):
    """Hands the calls of some functions to their handlers while it is active.

    Parameters
    ----------
    run
        The run that the handlers serve.
    acts
        Whether it is this run that goes on now.
    taps
        The calls with their handlers.
    """

    def __init__(
        self,
        run: Visitor,
        acts: Callable[[], bool],
        taps: Sequence[CallTap],
    ) -> None:
        super().__init__()
        self._run = run
        self._acts = acts
        self._taps = taps
        self._handlers: Mapping[TorchFunction, CallHandler] = {}

    def __torch_function__(
        self,
        func: TorchFunction,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        handler = self._handlers.get(func)
        if handler is None or not self._acts():
            return func(*args, **(kwargs or {}))
        return handler(self._run, func, args, kwargs or {})

    def begin(self) -> None:
        """Catch calls of this thread from now on, if the run needs any."""
        self._handlers = {
            tap.function: tap.handler for tap in self._taps if tap.needed(self._run)
        }
        if self._handlers:
            self.__enter__()

    def end(self) -> None:
        """Catch nothing more, wherever on the stack this now is."""
        stack = cast("Any", overrides)
        above: list[Any] = []
        if self not in stack._get_current_function_mode_stack():  # noqa: SLF001
            return
        while (mode := stack._pop_mode()) is not self:  # noqa: SLF001
            above.append(mode)
        for mode in reversed(above):
            stack._push_mode(mode)  # noqa: SLF001
