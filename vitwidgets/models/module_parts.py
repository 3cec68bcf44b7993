"""The parts of a module, found without the names that torch makes on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import nn


def parts_of(module: nn.Module) -> Iterator[nn.Module]:
    """Give what ``module.modules()`` does, each once, in another order and much faster.

    Parameters
    ----------
    module
        The module, which comes first.
    """
    found: list[Any] = [module]
    seen = {id(module)}
    for part in found:  # it grows meanwhile
        yield part
        for child in part._modules.values():  # noqa: SLF001
            if child is not None and id(child) not in seen:
                seen.add(id(child))
                found.append(child)
