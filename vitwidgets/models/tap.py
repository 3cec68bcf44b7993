"""A tap: one boundary of a submodule, and what happens to the value that crosses it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

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


@dataclass(frozen=True)
class Tap:
    """A boundary with its handler.

    Attributes
    ----------
    module
        The submodule.
    at_input
        Whether its first argument is tapped, rather than its output.
    handler
        What happens to the value.
    sites
        Sites that are read and replaced here.
    helps
        Sites that are replaced elsewhere and need this tap to do so.
    """

    module: nn.Module
    at_input: bool
    handler: Handler
    sites: tuple[str, ...]
    helps: tuple[str, ...] = ()


def passing(site: str) -> Handler:
    """Give the handler of a site whose value is exactly what crosses the boundary."""

    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        return run.visit(site, value)

    return handler


def taken(run: Visitor, key: Hashable) -> Tensor:
    """Take what an earlier tap of the same forward pass has kept for this one."""
    value = run.scratch.pop(key, None)
    if value is None:
        raise HookError(
            f"{key} was not seen before it was needed: a part of the module was "
            f"replaced or compiled after it was attached"
        )
    return value
