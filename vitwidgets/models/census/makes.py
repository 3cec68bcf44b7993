"""Which models are of one make, so that trying one of them tries them all."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import nn

_PLAIN = (bool, int, float, str, type(None))


def make_of(module: nn.Module) -> str:
    """Give a digest of all that a module computes with, save its weights' values.

    Two models have the same digest if their parts have the same names, classes, plain
    options, and weights of the same shapes: then they run the same code on the same
    shapes.
    """
    digest = hashlib.sha256()
    parts: Iterable[tuple[str, nn.Module]] = cast("Any", module).named_modules()
    for path, part in parts:
        options = {
            name: value for name, value in vars(part).items() if _is_plain(value)
        }
        described = (path, type(part).__qualname__, sorted(options.items()))
        digest.update(repr((described, _shapes(part))).encode())
    return digest.hexdigest()


def _shapes(part: nn.Module) -> list[tuple[str, tuple[int, ...]]]:
    tensors = (
        *part.named_parameters(recurse=False),
        *part.named_buffers(recurse=False),
    )
    return [(name, tuple(tensor.shape)) for name, tensor in tensors]


def _is_plain(value: object) -> bool:
    if isinstance(value, (tuple, list)):
        return all(map(_is_plain, cast("Iterable[object]", value)))
    return isinstance(value, _PLAIN)
