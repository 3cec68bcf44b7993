"""Word maps in safetensors files, with a record of what they were fitted to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vitwidgets.models.caching.sealed_files import SealedFiles

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor


class MapMismatchError(ValueError):
    """A word map that is of another model, or of another CLIP."""


class DamagedMapError(ValueError):
    """A file that is no word map, or is not as it was written."""


_FILES = SealedFiles(
    key="vitwidgets_word_map",
    kind="a word map",
    writer="WordMap.save",
    again="get it again, or fit the map again",
    damaged=DamagedMapError,
)


def write(path: Path, tensors: Mapping[str, Tensor], record: Mapping[str, Any]) -> None:
    """Write a map to a file, which is left as it was if that fails.

    Parameters
    ----------
    path
        The file.
    tensors
        The map.
    record
        What has to be known about it; JSON has to be able to hold it.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    own = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    _FILES.write(path, own, record)


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read the tensors and the record that `write` was given.

    Raises
    ------
    OSError
        If the file cannot be read.
    DamagedMapError
        If it is no word map, of another format, or damaged.
    """
    record = _FILES.record(path)
    return _FILES.tensors(path, record), record
