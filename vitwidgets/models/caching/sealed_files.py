"""Tensors in safetensors files, with a record: nothing is pickled, damage is seen."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from vitwidgets.models.caching.digests import digest_of_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

_FORMAT = "1"


@dataclass(frozen=True)
class SealedFiles:
    """How files of one kind are written and read.

    Attributes
    ----------
    key
        What tells the kind in a file's metadata.
    kind, writer
        What such a file is of, and what writes it, in words.
    again
        What to do where one is of no use.
    damaged
        Raised for a file that is not of this kind, or not as it was written.
    """

    key: str
    kind: str
    writer: str
    again: str
    damaged: type[ValueError]

    def write(
        self, path: Path, tensors: Mapping[str, Tensor], record: Mapping[str, Any]
    ) -> None:
        """Write a file; one that was there is left as it was if that fails.

        Parameters
        ----------
        path
            The file.
        tensors
            Each contiguous, in memory of its own on the CPU.
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
                f"there is no folder {str(path.parent)!r} for {self.kind}: make it"
            )
        if path.is_dir():
            raise IsADirectoryError(f"{str(path)!r} is a folder: add a file name")
        text = json.dumps({**record, "content": digest_of_tensors(tensors)})
        metadata = {self.key: _FORMAT, "record": text, "sha256": _sha256(text)}
        partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            partial.touch()
            mode = partial.stat().st_mode
            save_file(dict(tensors), partial, metadata)
            partial.chmod(mode)  # safetensors' files nobody else may read
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    def write_copies(
        self, path: Path, tensors: Mapping[str, Tensor], record: Mapping[str, Any]
    ) -> None:
        """Write tensors of any layout, from any device, as `write` does.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        own = {name: each.detach().cpu().contiguous() for name, each in tensors.items()}
        self.write(path, own, record)

    def read(self, path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Read a file's tensors and its record.

        Raises
        ------
        OSError
            If the file cannot be read.
        ValueError
            Of the class `damaged`: if it is of another kind or format, or damaged.
        """
        record = self.record(path)
        return self.tensors(path, record), record

    def record(self, path: Path) -> dict[str, Any]:
        """Read a file's record, and no tensor.

        Raises
        ------
        OSError
            If the file cannot be read.
        ValueError
            Of the class `damaged`: if it is of another kind or format, or damaged.
        """
        metadata = self._metadata(path)
        found = metadata.get(self.key)
        if found is None:
            raise self.damaged(
                f"{str(path)!r} is a safetensors file that no {self.writer} wrote"
            )
        if found != _FORMAT:
            raise self.damaged(
                f"{str(path)!r} is a file of format {found:.20}, this version of "
                f"vitwidgets reads format {_FORMAT}: {self.again}"
            )
        text = metadata.get("record", "")
        if _sha256(text) != metadata.get("sha256"):
            raise self._damage(path, "its record is not what was written")
        record: dict[str, Any] = json.loads(text)
        return record

    def tensors(self, path: Path, record: Mapping[str, Any]) -> dict[str, Tensor]:
        """Read a file's tensors.

        Raises
        ------
        ValueError
            Of the class `damaged`: if they are not what was written.
        """
        from safetensors import SafetensorError  # noqa: PLC0415
        from safetensors.torch import (  # noqa: PLC0415
            load_file,  # pyright: ignore[reportUnknownVariableType]
        )

        try:
            tensors: dict[str, Tensor] = load_file(path)
        except SafetensorError as error:
            raise self._damage(path, str(error)) from error
        if digest_of_tensors(tensors) != record.get("content"):
            raise self._damage(path, "its values are not what was written")
        return tensors

    def _metadata(self, path: Path) -> Mapping[str, str]:
        from safetensors import SafetensorError, safe_open  # noqa: PLC0415

        if not path.is_file():
            raise FileNotFoundError(f"there is no file {str(path)!r}")
        try:
            with cast("Any", safe_open)(path, framework="pt") as file:
                return cast("Mapping[str, str]", file.metadata() or {})
        except SafetensorError as error:
            raise self._damage(path, str(error)) from error

    def _damage(self, path: Path, reason: str) -> ValueError:
        return self.damaged(
            f"{str(path)!r} is no undamaged file of {self.kind} ({reason}): "
            f"{self.again}"
        )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
