"""What a module was like, to tell later whether something was left on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vitwidgets.models.caching.weight_state import WeightState

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from torch import nn

_TABLES = (
    *("_forward_pre_hooks", "_forward_hooks", "_forward_hooks_always_called"),
    *("_backward_pre_hooks", "_backward_hooks"),
)


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
        found = [
            f"{table} of {path or 'the model'} is still there"
            for path, table in sorted(
                {
                    (path, what)
                    for path, what, _ in _attached(self._module) - self._attached
                }
            )
        ]
        gone = self._attached - _attached(self._module)
        if gone:
            found.append(f"{len(gone)} hooks that the module had are gone")
        if _training(self._module) != self._training:
            found.append("parts of the module were put into another mode by train()")
        if not self._weights.is_current():
            found.append("the weights were changed or moved")
        return found


def _attached(module: nn.Module) -> frozenset[tuple[str, str, Hashable]]:
    found: set[tuple[str, str, Hashable]] = set()
    untyped: Any = module
    named: Iterable[tuple[str, nn.Module]] = untyped.named_modules()
    for path, part in named:
        own: dict[str, Any] = vars(part)
        for table in _TABLES:
            found.update((path, f"a hook in {table}", key) for key in own[table])
        if "forward" in own:
            found.add((path, "a forward of its own", id(own["forward"])))
    return frozenset(found)


def _training(module: nn.Module) -> tuple[bool, ...]:
    return tuple(part.training for part in module.modules())
