"""Whether weights from a file are those of a module, and what differs if not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.overrides import TorchFunctionMode

from vitwidgets.models.loading.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from torch import Tensor, nn

_SHOWN = 3


@dataclass(frozen=True)
class Misfit:
    """How the weights of a file differ from those of a module.

    Attributes
    ----------
    missing
        Names that the module has and the file lacks.
    unexpected
        Names that the file has and the module lacks.
    misshapen
        Names in both, with the shapes in the file and in the module.
    """

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    misshapen: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]

    @property
    def nothing(self) -> bool:
        """Whether the weights fit as they are."""
        return not (self.missing or self.unexpected or self.misshapen)

    def __str__(self) -> str:
        shapes = [
            f"{name} {was} instead of {wanted}"
            for name, (was, wanted) in self.misshapen.items()
        ]
        parts = [
            f"{len(names)} {what} ({', '.join(names[:_SHOWN])}"
            f"{', ...' if len(names) > _SHOWN else ''})"
            for what, names in (
                ("missing", self.missing),
                ("unexpected", self.unexpected),
                ("of another shape", shapes),
            )
            if names
        ]
        return ", ".join(parts) or "all names and shapes are as wanted"


def compare(state: Mapping[str, Tensor], module: nn.Module) -> Misfit:
    """Compare weights from a file with those of a module, by name and shape."""
    wanted: dict[str, Tensor] = module.state_dict()
    return Misfit(
        missing=tuple(name for name in wanted if name not in state),
        unexpected=tuple(name for name in state if name not in wanted),
        misshapen={
            name: (tuple(state[name].shape), tuple(tensor.shape))
            for name, tensor in wanted.items()
            if name in state and state[name].shape != tensor.shape
        },
    )


def misfit_error(
    path: Path | str, name: str, misfit: Misfit, fitting: str | None = None
) -> CheckpointError:
    """Make the error for weights of another architecture.

    Parameters
    ----------
    path
        The file.
    name
        The architecture that was asked for.
    misfit
        How the file differs from it.
    fitting
        The architecture that the file would fit.
    """
    hint = f"it fits {fitting!r}; " if fitting else ""
    return CheckpointError(
        f"{path} does not hold the weights of {name!r}: {misfit}; {hint}name the "
        "architecture that was saved, or build the module with its own options, load "
        "it, and pass it to HookedViT(module)."
    )


def filled_by(make: Callable[[], nn.Module]) -> tuple[nn.Module, Sequence[str]]:
    """Make a module, and list the weights that nothing was copied into.

    timm loads the weights of some models without insisting on each: what is not in the
    file would silently stay random.
    """
    with _Copies() as copies:
        module = make()
    filled = {id(target) for target in copies.targets}
    kept: dict[str, Tensor] = module.state_dict(keep_vars=True)
    return module, [name for name, weight in kept.items() if id(weight) not in filled]


class _Copies(TorchFunctionMode):
    """Notes the tensors that others are copied into."""

    def __init__(self) -> None:
        super().__init__()
        # Kept alive, so that no identity is given out twice.
        self.targets: list[Tensor] = []

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if func is torch.Tensor.copy_:
            self.targets.append(args[0])
        return func(*args, **(kwargs or {}))
