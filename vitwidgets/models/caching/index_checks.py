"""Indices of layers, heads, tokens and images, checked where they come in."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import TypeAlias

Images: TypeAlias = int | slice | Iterable[int]
"""One image, a slice of them, or a list."""


def index_of(what: str, index: int, length: int) -> int:
    """Give an index from 0 to ``length - 1``, or raise IndexError that names `what`."""
    try:
        index = operator.index(index)
    except TypeError as error:
        raise TypeError(
            f"{what} must be an integer from 0 to {length - 1}, got {index!r}"
        ) from error
    if not 0 <= index < length:
        raise IndexError(f"there is no {what} {index}: it runs from 0 to {length - 1}")
    return index


def slice_of(what: str, index: int | None, length: int) -> slice:
    """Give the slice of one index, or of all for None."""
    if index is None:
        return slice(None)
    index = index_of(what, index, length)
    return slice(index, index + 1)


def chosen_images(which: Images, length: int) -> slice | list[int]:
    """Give a choice of images as something that keeps the batch axis.

    Raises
    ------
    IndexError
        If one of them does not exist, or none is chosen.
    TypeError
        If it is no choice of images.
    """
    if isinstance(which, slice):
        chosen = range(length)[which]
        if chosen.step < 1:
            raise IndexError(
                f"{which} goes backwards: give a list of the images, such as [2, 1, 0]"
            )
        if not chosen:
            raise IndexError(f"{which} chooses none of the {length} images")
        return which
    if not isinstance(which, Iterable):
        index = index_of("image", which, length)
        return slice(index, index + 1)
    indices = list(which)
    if not indices or any(isinstance(index, bool) for index in indices):
        raise IndexError(
            f"images are chosen by their indices, from 0 to {length - 1}; got {indices}"
        )
    return [index_of("image", index, length) for index in indices]
