"""Tuned lenses in safetensors files, with a record of what they were fitted to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vitwidgets.models.caching.sealed_files import SealedFiles

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor


class LensMismatchError(ValueError):
    """A tuned lens that is of another model, norm or classifier."""


class DamagedLensError(ValueError):
    """A file that is no tuned lens, or is not as it was written."""


_FILES = SealedFiles(
    key="vitwidgets_tuned_lens",
    kind="a tuned lens",
    writer="TunedLens.save",
    again="get it again, or fit the translators again",
    damaged=DamagedLensError,
)


def write(path: Path, tensors: Mapping[str, Tensor], record: Mapping[str, Any]) -> None:
    """Write translators to a file, which is left as it was if that fails.

    Parameters
    ----------
    path
        The file.
    tensors
        The translators.
    record
        What has to be known about them; JSON has to be able to hold it.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    own = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    _FILES.write(path, own, record)


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read the translators and the record that `write` was given.

    Raises
    ------
    OSError
        If the file cannot be read.
    DamagedLensError
        If it is no tuned lens, of another format, or damaged.
    """
    record = _FILES.record(path)
    return _FILES.tensors(path, record), record
