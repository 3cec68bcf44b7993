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
_POSITIONS, _RELATIVE = "pos_embed", "rel_pos"


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
    n_fitting
        Number of weights that fit by name and shape.
    """

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    misshapen: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]
    n_fitting: int

    @property
    def nothing(self) -> bool:
        """Whether the weights fit as they are."""
        return not (self.missing or self.unexpected or self.misshapen)

    @property
    def of_another_size(self) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
        """Shapes of the positions in file and module, where they alone differ."""
        shapes = self.misshapen.get(_POSITIONS)
        if shapes is None or self.missing or self.unexpected:
            return None
        alone = all(name == _POSITIONS or _RELATIVE in name for name in self.misshapen)
        return shapes if alone and shapes[0][-1] == shapes[1][-1] else None

    @property
    def prefix(self) -> str | None:
        """What the file has before each name of the module's, if it is that alone."""
        found = set(self.unexpected)
        if self.n_fitting or not self.missing:
            return None
        for name in self.unexpected:
            prefix = name.removesuffix(self.missing[0])
            if prefix.endswith(".") and all(prefix + n in found for n in self.missing):
                return prefix
        return None

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
    shared = {name: tensor for name, tensor in wanted.items() if name in state}
    misshapen = {
        name: (tuple(state[name].shape), tuple(tensor.shape))
        for name, tensor in shared.items()
        if state[name].shape != tensor.shape
    }
    return Misfit(
        missing=tuple(name for name in wanted if name not in state),
        unexpected=tuple(name for name in state if name not in wanted),
        misshapen=misshapen,
        n_fitting=len(shared) - len(misshapen),
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
    return CheckpointError(
        f"{path} does not hold the weights of {name!r}: {misfit}; "
        f"{_remedy(misfit, fitting)}."
    )


def other_size_error(
    path: Path | str, name: str, misfit: Misfit, trained: str
) -> CheckpointError:
    """Make the error for positions of another image size that can't be resized.

    Parameters
    ----------
    path, name, misfit
        As for `misfit_error`.
    trained
        The image size that the file was trained with, as an argument.
    """
    return CheckpointError(
        f"{path} holds weights of {name!r} for another image size: {misfit}; positions "
        "of this architecture cannot be resized, so pass the size that the file was "
        f"trained with: {trained}."
    )


def _remedy(misfit: Misfit, fitting: str | None) -> str:
    if misfit.prefix is not None:
        return (
            f"its names begin with {misfit.prefix!r}, so save it again without: "
            "{name.removeprefix("
            f"{misfit.prefix!r}"
            "): weight for name, weight in state.items()}"
        )
    own = "load it, and pass it to HookedViT(module)"
    n_wrong = len(misfit.missing) + len(misfit.unexpected) + len(misfit.misshapen)
    if fitting is None and misfit.n_fitting > n_wrong:
        remedy = (
            "save the module's whole state_dict() again"
            if misfit.missing or misfit.misshapen
            else "save the file again without what is unexpected"
        )
        return (
            f"the other {misfit.n_fitting} fit, so {remedy}, or, if the module was "
            f"built with options of its own, build it so, {own}"
        )
    hint = f"it fits {fitting!r}; " if fitting else ""
    return (
        f"{hint}name the architecture that was saved, or build the module with its own "
        f"options, {own}"
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
