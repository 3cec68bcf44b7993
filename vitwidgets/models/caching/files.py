"""Activations in safetensors files, with a record of the run: nothing is pickled."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch

from vitwidgets.models.caching.digests import digest_of_tensors
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

_FORMAT = "1"
_FORMAT_KEY = "vitwidgets_activation_cache"


class CacheMismatchError(ValueError):
    """A saved cache that is of another model, preprocessing or images."""


class DamagedCacheError(ValueError):
    """A file that is no cache, or is not as it was written."""


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
    from safetensors.torch import (  # noqa: PLC0415
        save_file,  # pyright: ignore[reportUnknownVariableType]
    )

    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"there is no folder {str(path.parent)!r} for the cache's file: make it"
        )
    if path.is_dir():
        raise IsADirectoryError(f"{str(path)!r} is a folder: add a file name")
    places = places_of(values)
    first = {place: name for name, place in reversed(places.items())}
    tensors = {name: _for_file(values[name]) for name in first.values()}
    itemsizes = {place.storage: values[name].itemsize for place, name in first.items()}
    text = json.dumps(
        {
            **record,
            "places": {name: dataclasses.astuple(p) for name, p in places.items()},
            "nbytes": sum(
                size * itemsizes[storage] for storage, size in sizes_of(places).items()
            ),
            "content": digest_of_tensors(tensors),
        }
    )
    metadata = {_FORMAT_KEY: _FORMAT, "record": text, "sha256": _sha256(text)}
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        save_file(tensors, partial, metadata)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


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
        metadata = _metadata(path)
        text = metadata.get("record", "")
        if metadata.get(_FORMAT_KEY) != _FORMAT:
            found = metadata.get(_FORMAT_KEY)
            raise DamagedCacheError(
                f"{str(path)!r} is a file of format {found}, this version of "
                f"vitwidgets reads format {_FORMAT}: run the model again"
                if found
                else f"{str(path)!r} is a safetensors file that no cache.save wrote"
            )
        if _sha256(text) != metadata.get("sha256"):
            raise _damaged(path, "its record is not what was written")
        record: dict[str, Any] = json.loads(text)
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
        from safetensors import SafetensorError  # noqa: PLC0415
        from safetensors.torch import (  # noqa: PLC0415
            load_file,  # pyright: ignore[reportUnknownVariableType]
        )

        try:
            tensors: dict[str, Tensor] = load_file(self.path)
        except SafetensorError as error:
            raise _damaged(self.path, str(error)) from error
        if digest_of_tensors(tensors) != self.record["content"]:
            raise _damaged(self.path, "its values are not what was written")
        return laid_out(tensors, self.places, device)


def _for_file(value: Tensor) -> Tensor:
    """Give a value in memory of its own, as safetensors wants it."""
    single = once(value.detach()).cpu()
    if single.is_contiguous() and single.untyped_storage().nbytes() == single.nbytes:
        return single
    return single.clone(memory_format=torch.contiguous_format)


def _metadata(path: Path) -> Mapping[str, str]:
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415

    if not path.is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r}")
    try:
        with cast("Any", safe_open)(path, framework="pt") as file:
            return cast("Mapping[str, str]", file.metadata() or {})
    except SafetensorError as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, reason: str) -> DamagedCacheError:
    return DamagedCacheError(
        f"{str(path)!r} is no undamaged file of a cache ({reason}): run the model again"
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
