"""What a module was like, to tell later whether something was left on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from vitwidgets.models.caching.weight_state import WeightState
from vitwidgets.models.module_parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from torch import nn

_TABLES = (
    *("_forward_pre_hooks", "_forward_hooks", "_forward_hooks_always_called"),
    *("_backward_pre_hooks", "_backward_hooks"),
)

_Attached: TypeAlias = "tuple[int, str, Hashable]"
"""A part (by id), what is on it, and which one that is."""


class ModuleMark:
    """Hooks, forwards of their own, training modes and weights of a module.

    Parameters
    ----------
    module
        The module as it is now.
    """

    def __init__(self, module: nn.Module) -> None:
        self._module = module
        self._attached = _attached(module)
        self._training = _training(module)
        self._weights = WeightState(module, ())

    def differences(self) -> list[str]:
        """Say in what the module is not as it was; nothing where it is."""
        attached = _attached(self._module)
        found = _sentences(self._module, attached - self._attached)
        gone = self._attached - attached
        if gone:
            found.append(f"{len(gone)} hooks that the module had are gone")
        if _training(self._module) != self._training:
            found.append("parts of the module were put into another mode by train()")
        if not self._weights.is_current():
            found.append("the weights were changed or moved")
        return found


def _attached(module: nn.Module) -> frozenset[_Attached]:
    found: set[_Attached] = set()
    for part in parts_of(module):
        own: dict[str, Any] = vars(part)
        for table in _TABLES:
            if own[table]:
                what = f"a hook in {table}"
                found.update((id(part), what, key) for key in list(own[table]))
        # Once: another thread's run may take its own away meanwhile.
        forward = own.get("forward")
        if forward is not None:
            found.add((id(part), "a forward of its own", id(forward)))
    return frozenset(found)


def _sentences(module: nn.Module, attached: frozenset[_Attached]) -> list[str]:
    """Say what is attached where, once each, in the order of the places."""
    if not attached:
        return []
    untyped: Any = module
    named: Iterable[tuple[str, nn.Module]] = untyped.named_modules()
    paths = {id(part): path for path, part in named}
    places = sorted({(paths[part], what) for part, what, _ in attached})
    return [f"{what} of {path or 'the model'} is still there" for path, what in places]


def _training(module: nn.Module) -> tuple[bool, ...]:
    return tuple([part.training for part in parts_of(module)])
