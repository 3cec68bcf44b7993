"""Whether a module is what its class promises; the errors where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from torch import nn

from vitwidgets.models.class_path import class_path
from vitwidgets.models.errors import ModelStateError, UnsupportedModelError
from vitwidgets.models.families.refusals import WHY_NOT
from vitwidgets.models.interception.detours import Detour

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def eager_original(module: nn.Module) -> nn.Module:
    """Give the module behind torch.compile: hooks on compiled code are ignored."""
    original = getattr(module, "_orig_mod", None)
    return original if isinstance(original, nn.Module) else module


def refusal(
    part: nn.Module, what: str, *titles: str, inner: Collection[str] = ()
) -> UnsupportedModelError:
    """Error for a part of a class that is not supported.

    Parameters
    ----------
    part
        The part.
    what
        What it is in the sentence, such as "the MLP of block 3".
    titles
        The families whose classes would have been right.
    inner
        Classes that would be right if they were found inside.
    """
    reason = WHY_NOT.get(type(part).__name__)
    found = [path for path, child in _named_modules(part) if class_path(child) in inner]
    hint = f" Its part {found[0]!r} may be: pass that instead." if found else ""
    # The whole list is long, and all but one of it beside the point.
    supported = (
        f"the known parts of {titles[0]}"
        if len(titles) == 1
        else "plain vision transformers of timm and open_clip"
    )
    return UnsupportedModelError(
        f"{what} is of class {class_path(part)}, which is not supported"
        f"{': ' + reason if reason else ''}.{hint} Supported: {supported}, by class, "
        f"so that no activation is named wrongly; docs/models.md lists every one."
    )


def part_at(root: nn.Module, path: str, title: str, where: str) -> nn.Module:
    """Give the submodule at a path, or an error that says what is too old."""
    try:
        return root.get_submodule(path)
    except AttributeError as error:
        raise UnsupportedModelError(
            f"{where} has no part {path!r}, which {title} has in every version that "
            f"is supported: update the library that made it"
        ) from error


def require_own_code(part: nn.Module, where: str) -> None:
    """Refuse replaced forward methods: their insides are not what the class's are."""
    owner = next(kind for kind in type(part).__mro__ if "forward" in vars(kind))
    code = getattr(vars(owner)["forward"], "__module__", None)
    own = vars(part).get("forward")
    # Another thread may be passing the part by just now.
    replaced = own is not None and not isinstance(own, Detour)
    if replaced or code != owner.__module__:
        raise ModelStateError(
            f"the forward method of {where} ({type(part).__name__}) has been replaced, "
            f"so what its activations mean is not known: restore the class's own"
        )


def require_distinct(parts: Iterable[tuple[str, nn.Module]]) -> None:
    """Refuse one module in two places: its activations could not be told apart."""
    seen: dict[int, str] = {}
    for name, part in parts:
        if id(part) in seen:
            raise UnsupportedModelError(
                f"{name} and {seen[id(part)]} are one and the same {class_path(part)}, "
                f"so their activations cannot be told apart: give each its own module"
            )
        seen[id(part)] = name


def random_parts(module: nn.Module) -> tuple[nn.Module, ...]:
    """Give the parts that would drop something at random in training mode."""
    return tuple(
        part
        for part in module.modules()
        if _rate(part) > 0 or _rate(getattr(part, "attn_drop", None)) > 0
    )


def checkpointing_parts(module: nn.Module) -> tuple[nn.Module, ...]:
    """Give the parts that can run their insides once more at the backward pass."""
    return tuple(
        part for part in module.modules() if hasattr(part, "grad_checkpointing")
    )


def _rate(part: object) -> float:
    rates = [getattr(part, name, 0) for name in ("p", "drop_prob", "prob")]
    return max(rate if isinstance(rate, (int, float)) else 0 for rate in rates)


class Places:
    """Where some parts of a module are, to notice when one is replaced."""

    def __init__(self, module: nn.Module, parts: Iterable[nn.Module]) -> None:
        wanted = {id(part) for part in parts}
        found = [named for named in _named_modules(module) if id(named[1]) in wanted]
        self._paths = [path for path, _ in found]
        self._parts = [part for _, part in found]
        self._tables: list[tuple[dict[str, nn.Module], str]] = []
        for path in self._paths:
            parent, _, name = path.rpartition(".")
            owner: Any = module.get_submodule(parent)
            self._tables.append((owner._modules, name))  # noqa: SLF001

    def require_unchanged(self) -> None:
        """Raise ModelStateError if a part is no longer where it was."""
        present = [table.get(name) for table, name in self._tables]
        if present != self._parts:
            pairs = zip(self._paths, present, self._parts, strict=True)
            path = next(path for path, now, then in pairs if now is not then)
            raise ModelStateError(
                f"{path!r} was replaced after the model was attached: attach the "
                f"module again with HookedViT(module)"
            )


def require_eager_parts(module: nn.Module) -> None:
    """Refuse compiled parts: hooks on compiled code are silently ignored."""
    for path, part in _named_modules(module):
        compiled = getattr(part, "_compiled_call_impl", None) is not None
        if compiled or eager_original(part) is not part:
            raise ModelStateError(
                f"{path!r} is compiled on its own, and hooks on compiled code are "
                f"silently ignored: pass a model whose parts are not compiled (one "
                f"that is compiled as a whole is run eagerly)"
            )


def _named_modules(module: nn.Module) -> list[tuple[str, nn.Module]]:
    """All parts below a module with their paths."""
    named: Iterable[tuple[str, nn.Module]] = cast("Any", module).named_modules()
    return [(path, part) for path, part in named if path]
