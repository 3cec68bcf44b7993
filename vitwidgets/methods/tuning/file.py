"""Tuned lenses in safetensors files, with a record of what they were fitted to."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import TYPE_CHECKING, Any, cast

from vitwidgets.models.caching.digests import digest_of_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

_FORMAT = "1"
_FORMAT_KEY = "vitwidgets_tuned_lens"


class LensMismatchError(ValueError):
    """A tuned lens that is of another model, norm or classifier."""


class DamagedLensError(ValueError):
    """A file that is no tuned lens, or is not as it was written."""


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
    from safetensors.torch import (  # noqa: PLC0415
        save,  # pyright: ignore[reportUnknownVariableType]
    )

    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"there is no folder {str(path.parent)!r} for the tuned lens: make it"
        )
    if path.is_dir():
        raise IsADirectoryError(f"{str(path)!r} is a folder: add a file name")
    own = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    text = json.dumps({**record, "content": digest_of_tensors(own)})
    metadata = {_FORMAT_KEY: _FORMAT, "record": text, "sha256": _sha256(text)}
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        # Not save_file, whose files nobody else may read.
        partial.write_bytes(save(own, metadata))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read the translators and the record that `write` was given.

    Raises
    ------
    OSError
        If the file cannot be read.
    DamagedLensError
        If it is no tuned lens, of another format, or damaged.
    """
    from safetensors import SafetensorError  # noqa: PLC0415
    from safetensors.torch import (  # noqa: PLC0415
        load_file,  # pyright: ignore[reportUnknownVariableType]
    )

    metadata = _metadata(path)
    found = metadata.get(_FORMAT_KEY)
    if found is None:
        raise DamagedLensError(
            f"{str(path)!r} is a safetensors file that no TunedLens.save wrote"
        )
    if found != _FORMAT:
        raise DamagedLensError(
            f"{str(path)!r} is of format {found!r:.20}, and this vitwidgets reads "
            f"format {_FORMAT}: fit the translators again, or use the version that "
            f"wrote it"
        )
    text = metadata.get("record", "")
    if _sha256(text) != metadata.get("sha256"):
        raise _damaged(path, "its record is not what was written")
    record: dict[str, Any] = json.loads(text)
    try:
        tensors: dict[str, Tensor] = load_file(path)
    except SafetensorError as error:
        raise _damaged(path, str(error)) from error
    if digest_of_tensors(tensors) != record.get("content"):
        raise _damaged(path, "its values are not what was written")
    return tensors, record


def _metadata(path: Path) -> Mapping[str, str]:
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415

    if not path.is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r}")
    try:
        with cast("Any", safe_open)(path, framework="pt") as file:
            return cast("Mapping[str, str]", file.metadata() or {})
    except SafetensorError as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, reason: str) -> DamagedLensError:
    return DamagedLensError(
        f"{str(path)!r} is no undamaged file of a tuned lens ({reason}): get it again, "
        f"or fit the translators again"
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
