"""A tap: a place in a running module, and what happens to the value that passes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from torch import Tensor, nn

from vitwidgets.models.errors import HookError


class Visitor(Protocol):
    """The run that a tap serves."""

    scratch: dict[Hashable, Tensor | None]
    """Values kept from one tap to a later one of the same forward pass."""

    def visit(self, site: str, value: Tensor) -> Tensor:
        """Show a site's value to whoever asked for it; give what is to be used."""
        ...

    def edits(self, *names: str) -> bool:
        """Whether one of these sites may be replaced in this run."""
        ...

    def wants(self, *names: str) -> bool:
        """Whether one of these sites is to be replaced or kept in this run."""
        ...


Handler: TypeAlias = Callable[[Visitor, Tensor, Tensor], Tensor]
"""Takes the run, the value and the module's input (the value itself at an input tap);
returns the value to go on with: the same object where nothing is replaced."""

TorchFunction: TypeAlias = Callable[..., Any]

CallHandler: TypeAlias = Callable[
    [Visitor, TorchFunction, tuple[Any, ...], Mapping[str, Any]], Any
]
"""Takes the run, the function that the module calls, and its arguments; returns what
the module gets from the call."""


def always(_: Visitor) -> bool:
    """Say that a call is caught in every run that asks for one of its sites."""
    return True


@dataclass(frozen=True)
class Tap:
    """A boundary of a submodule with its handler.

    Attributes
    ----------
    module
        The submodule.
    at_input
        Whether an argument is tapped, rather than its output.
    handler
        What happens to the value.
    sites
        Sites that are read and replaced here.
    helps
        Sites that are replaced elsewhere and need this tap to do so.
    argument
        Which argument is tapped, if it is one.
    """

    module: nn.Module
    at_input: bool
    handler: Handler
    sites: tuple[str, ...]
    helps: tuple[str, ...] = ()
    argument: int = 0


@dataclass(frozen=True)
class CallTap:
    """A function of torch that a submodule calls itself, with its handler.

    For what crosses no module's boundary, such as the operands of a fused softmax.

    Attributes
    ----------
    module
        The submodule in whose forward method the call is.
    function
        The function.
    handler
        What happens to the call.
    sites, helps
        As those of a `Tap`.
    needed
        Whether a run has to catch it; asked whenever the submodule is called.
    """

    module: nn.Module
    function: TorchFunction
    handler: CallHandler
    sites: tuple[str, ...]
    helps: tuple[str, ...] = ()
    needed: Callable[[Visitor], bool] = always


def passing(site: str) -> Handler:
    """Give the handler of a site whose value is exactly what crosses the boundary."""

    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        return run.visit(site, value)

    return handler


def passing_apart(site: str) -> Handler:
    """Give that of a site whose value is a part of a larger tensor.

    A copy is shown, which does not keep the rest alive.
    """

    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        apart = value.contiguous()
        new = run.visit(site, apart)
        return value if new is apart else new

    return handler


def seen(run: Visitor, key: Hashable) -> Tensor:
    """Give what an earlier tap of the same forward pass has kept."""
    value = run.scratch.get(key)
    if value is None:
        raise HookError(
            f"{key} was not seen before it was needed: a part of the module was "
            f"replaced or compiled after it was attached"
        )
    return value


def taken(run: Visitor, key: Hashable) -> Tensor:
    """Take what an earlier tap of the same forward pass has kept for this one."""
    value = seen(run, key)
    del run.scratch[key]
    return value
