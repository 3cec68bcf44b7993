"""Activations in safetensors files, with a record of the run: nothing is pickled."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from vitwidgets.models.caching.sealed_files import SealedFiles
from vitwidgets.models.caching.tensor_layout import (
    Place,
    laid_out,
    once,
    places_of,
    sizes_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor


class CacheMismatchError(ValueError):
    """A saved cache that is of another model, preprocessing or images."""


class DamagedCacheError(ValueError):
    """A file that is no cache, or is not as it was written."""


_FILES = SealedFiles(
    key="vitwidgets_activation_cache",
    kind="a cache",
    writer="cache.save",
    again="run the model again",
    damaged=DamagedCacheError,
)


def write(path: Path, values: Mapping[str, Tensor], record: Mapping[str, Any]) -> None:
    """Write activations to a file, which is left as it was if that fails.

    Parameters
    ----------
    path
        The file.
    values
        Activations by site.
    record
        What has to be known about them; JSON has to be able to hold it.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    places = places_of(values)
    first = {place: name for name, place in reversed(places.items())}
    tensors = {name: _for_file(values[name]) for name in first.values()}
    itemsizes = {place.storage: values[name].itemsize for place, name in first.items()}
    memory = {
        "places": {name: dataclasses.astuple(p) for name, p in places.items()},
        "nbytes": sum(
            size * itemsizes[storage] for storage, size in sizes_of(places).items()
        ),
    }
    _FILES.write(path, tensors, {**record, **memory})


@dataclass(frozen=True)
class CacheFile:
    """A file whose record has been read, and its activations not yet.

    Attributes
    ----------
    path
        The file.
    record
        What `write` was given.
    places
        Where the activations lie in memory, by site.
    nbytes
        Bytes that they take there.
    """

    path: Path
    record: Mapping[str, Any]
    places: Mapping[str, Place]
    nbytes: int

    @classmethod
    def open(cls, path: Path) -> CacheFile:
        """Read a file's record.

        Raises
        ------
        OSError
            If the file cannot be read.
        DamagedCacheError
            If it is no cache's, or damaged.
        """
        record = _FILES.record(path)
        places = {
            name: Place(storage, offset, tuple(shape), tuple(stride))
            for name, (storage, offset, shape, stride) in record["places"].items()
        }
        return cls(path, record, places, record["nbytes"])

    def values(self, device: torch.device) -> dict[str, Tensor]:
        """Read the activations.

        Raises
        ------
        DamagedCacheError
            If they are not what was written.
        """
        tensors = _FILES.tensors(self.path, self.record)
        return laid_out(tensors, self.places, device)


def _for_file(value: Tensor) -> Tensor:
    """Give a value in memory of its own, as safetensors wants it."""
    single = once(value.detach()).cpu()
    if single.is_contiguous() and single.untyped_storage().nbytes() == single.nbytes:
        return single
    return single.clone(memory_format=torch.contiguous_format)
