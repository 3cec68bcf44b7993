"""Hook functions, where they apply, and the receipt of what they did."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, Protocol, TypeAlias, cast

from torch import Tensor

from vitwidgets.models.sites import SiteFilter


@dataclass(frozen=True)
class HookPoint:
    """Where a hook function is being called.

    Attributes
    ----------
    name
        Name of the site.
    layer
        Index of its block; None outside the blocks.
    variants
        In a resumed run, which goes through its variants a few at a time: those that
        the value holds, ``residual[variants]``. None in other runs.
    """

    name: str
    layer: int | None
    variants: slice | None = field(default=None, hash=False)


HookFunction: TypeAlias = Callable[[Tensor, HookPoint], Tensor | None]
"""Takes a site's value and where it is; returns the value to go on with, or None."""

ForwardHooks: TypeAlias = Sequence[tuple[SiteFilter, HookFunction]]
"""Hook functions with the sites that each is for."""


class HookMaker(Protocol):
    """An edit that is data, from which hook functions are made for a model."""

    def hooks(self, model: Any, sources: Mapping[str, Any]) -> ForwardHooks:
        """Give the hooks, for a `HookedViT` and named sources of values."""
        ...


@dataclass(frozen=True)
class HookReceipt:
    """What one hook function did at one site.

    Attributes
    ----------
    name
        Name of the site.
    fired
        How often the function was called.
    largest_change
        Largest absolute change that it made to any entry; 0.0 if it made none.
    """

    name: str
    fired: int
    largest_change: float


@dataclass(frozen=True)
class Receipt:
    """What the hook functions of one run did, in the order in which they were given."""

    hooks: tuple[HookReceipt, ...] = ()

    def __getitem__(self, name: str) -> HookReceipt:
        """Receipt of the first hook at the site of this name."""
        for hook in self.hooks:
            if hook.name == name:
                return hook
        raise KeyError(f"no hook of the last run was at {name!r}")


@dataclass(slots=True)
class Tally:
    """Count of what one hook function did at one site so far."""

    name: str
    fired: int = 0
    largest_change: float = 0.0

    def note(self, change: float) -> None:
        """Add one call that changed the value by at most `change`."""
        self.fired += 1
        self.largest_change = max(self.largest_change, change)


def receipt_of(tallies: Iterable[Tally]) -> Receipt:
    """Give the present state of tallies, for good."""
    return Receipt(
        tuple(
            HookReceipt(tally.name, tally.fired, tally.largest_change)
            for tally in tallies
        )
    )


@dataclass(slots=True)
class Edit:
    """One hook function at one site, with everyone who counts its calls."""

    function: HookFunction
    point: HookPoint
    tallies: tuple[Tally, ...] = ()


def pairs_of(fwd_hooks: object) -> list[tuple[SiteFilter, HookFunction]]:
    """Give hooks as a list of pairs.

    Raises
    ------
    TypeError
        If they are not pairs of a site filter and a function that takes a value and a
        `HookPoint`.
    ValueError
        If there are none.
    """
    # A list, the usual case, at once: to ask for abstract classes takes its time.
    if not isinstance(fwd_hooks, list) and (
        not isinstance(fwd_hooks, Iterable) or isinstance(fwd_hooks, (str, Mapping))
    ):
        given = cast("object", fwd_hooks)
        remedy = ": give list(hooks.items())" if isinstance(given, Mapping) else ""
        raise TypeError(
            f"hooks are a list of pairs (site name or filter, function), got "
            f"{given!r}{remedy}"
        )
    pairs = list(cast("Iterable[Any]", fwd_hooks))
    if not pairs:
        raise ValueError("no hooks were given: call the model itself to run it plainly")
    if isinstance(pairs[0], str) and _is_pair(pairs):
        raise TypeError(
            f"hooks are a list of pairs (site name or filter, function), got the pair "
            f"for {pairs[0]!r} itself: put it into a list, [({pairs[0]!r}, function)]"
        )
    for pair in pairs:
        if not _is_pair(pair):
            raise TypeError(
                f"each hook is a pair (site name or filter, function), got {pair!r}"
            )
        _require_hook_function(*pair)
    return pairs


def _is_pair(pair: Any) -> bool:
    try:
        _, function = pair
    except (TypeError, ValueError):
        return False
    return callable(function)


def _require_hook_function(wanted: SiteFilter, function: HookFunction) -> None:
    unfit = unfit_parameters(function, 2)
    if unfit is not None:
        raise TypeError(
            f"the hook on {wanted!r} has the parameters {unfit}: a hook is called as "
            f"fn(value, hook), with the site's value and where it is, and returns a "
            f"tensor, or None to leave the value"
        )


def unfit_parameters(function: Callable[..., object], count: int) -> str | None:
    """Give a function's parameters if it can't be called with so many arguments."""
    # The usual case at once: to ask for a signature takes longer than most hooks.
    if isinstance(function, FunctionType):
        code = function.__code__
        if code.co_argcount == count and not code.co_kwonlyargcount:
            return None
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions written in C do not tell
        return None
    try:
        signature.bind(*range(count))
    except TypeError:
        return str(signature)
    return None
