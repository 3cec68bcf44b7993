"""Which sites follow bit for bit from others, so that a cache need not hold them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor, nn

Compute: TypeAlias = Callable[..., Tensor]


@dataclass(frozen=True)
class Recipe:
    """How a site follows from others.

    Attributes
    ----------
    sources
        The sites that it follows from.
    compute
        Their values in order -> its value.
    modules
        Modules whose code or weights `compute` uses.
    unless_edited
        Sites that must not have been replaced, besides the site itself.
    is_sum
        Whether the site takes no more room than each of its two sources.
    """

    sources: tuple[str, ...]
    compute: Compute
    modules: tuple[nn.Module, ...] = ()
    unless_edited: tuple[str, ...] = ()
    is_sum: bool = False


def same(value: Tensor) -> Tensor:
    """Give the value: for a site that is another one's tensor."""
    return value
