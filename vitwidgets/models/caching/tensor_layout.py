"""Where tensors lie in memory, so that they can be laid out alike again.

Kernels, and with them the last bits of what is computed, depend on strides and on which
tensors share their memory (q, k and v are views of one tensor).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

_ALIGNMENT = 64
"""Bytes at whose multiples torch lets storages begin."""


@dataclass(frozen=True)
class Place:
    """Where a tensor lies.

    Attributes
    ----------
    storage
        Number of the storage that it is a view of.
    offset
        Its first element, counted from the part of the storage that is used.
    shape, stride
        As torch has them.
    """

    storage: int
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    @property
    def end(self) -> int:
        """The element after its last one."""
        steps = zip(self.shape, self.stride, strict=True)
        return self.offset + 1 + sum((size - 1) * step for size, step in steps)

    def within(self, storage: Tensor) -> Tensor:
        """Give the tensor that lies here."""
        return storage.as_strided(self.shape, self.stride, self.offset)


def places_of(tensors: Mapping[str, Tensor]) -> dict[str, Place]:
    """Give the places of tensors. Unused parts before and after them are left out."""
    keys = {
        name: (tensor.untyped_storage().data_ptr(), tensor.dtype)
        for name, tensor in tensors.items()
    }
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys.values()))}
    starts: dict[int, int] = {}
    for name, tensor in tensors.items():
        aligned = _ALIGNMENT // tensor.element_size()
        start = int(tensor.storage_offset()) // aligned * aligned
        number = numbers[keys[name]]
        starts[number] = min(start, starts.get(number, start))
    return {
        name: Place(
            numbers[keys[name]],
            int(tensor.storage_offset()) - starts[numbers[keys[name]]],
            tuple(tensor.shape),
            tensor.stride(),
        )
        for name, tensor in tensors.items()
    }


def sizes_of(places: Mapping[str, Place]) -> dict[int, int]:
    """Give the number of elements of each storage."""
    sizes: dict[int, int] = {}
    for place in places.values():
        sizes[place.storage] = max(place.end, sizes.get(place.storage, 0))
    return sizes


def laid_out(
    values: Mapping[str, Tensor], places: Mapping[str, Place], device: torch.device
) -> dict[str, Tensor]:
    """Lay values out in memory.

    Parameters
    ----------
    values
        What `once` gives of each tensor; those of one place need to be there once only.
    places
        Where they go.
    device
        Where the memory is.
    """
    sizes = sizes_of(places)
    storages: dict[int, Tensor] = {}
    tensors: dict[Place, Tensor] = {}
    for name, value in values.items():
        place = places[name]
        if place.storage not in storages:
            size = sizes[place.storage]
            storages[place.storage] = torch.empty(
                size, dtype=value.dtype, device=device
            )
        tensors[place] = place.within(storages[place.storage])
        once(tensors[place]).copy_(value)
    return {name: tensors[place] for name, place in places.items()}


def once(tensor: Tensor) -> Tensor:
    """Give a view with each element once: an expanded axis is cut to length 1."""
    steps = zip(tensor.shape, tensor.stride(), strict=True)
    for axis, (size, step) in enumerate(steps):
        if step == 0 and size > 1:
            tensor = tensor.narrow(axis, 0, 1)
    return tensor
