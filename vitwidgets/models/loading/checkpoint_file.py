"""Weights from a file, without ever running code that the file may hold."""

from __future__ import annotations

import argparse
import contextlib
import pickle
import re
import zipfile
from typing import TYPE_CHECKING, Any, cast

import torch

from vitwidgets.models.loading.errors import CheckpointError, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

_ZIP = b"PK\x03\x04"
_PICKLE = b"\x80"
_HEADER_LENGTH = 8
# As timm looks for them: a moving average of the weights goes before the last ones.
_NESTS = ("state_dict_ema", "model_ema", "state_dict", "model")
_WRAPPERS = ("_orig_mod.", "module.", "_orig_mod.")
_GLOBAL = re.compile(r"GLOBAL ([\w.]+)")
_REMEDY = (
    "where you trust the file, load it yourself and save its weights alone with "
    "safetensors.torch.save_file(module.state_dict(), PATH)"
)


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """Read the weights of a module from a file.

    What the file is, its contents say: safetensors, or what ``torch.save`` writes.
    Weights inside a training checkpoint (``state_dict``, ``model``, or a moving average
    of them) are found, prefixes of torch.compile and of distributed training removed.

    Raises
    ------
    CheckpointError
        If the file cannot be read, is damaged, holds no weights or NaN among them, or
        holds more than tensors: a pickle may run any code, so that one is not opened.
    """
    try:
        with path.open("rb") as opened:
            start = opened.read(_HEADER_LENGTH + 1)
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be read ({error.strerror}); give another file."
        ) from error
    if start[_HEADER_LENGTH:] == b"{":
        return _unwrapped(path, _from_safetensors(path))
    if start.startswith(_ZIP):
        _require_whole_archive(path)
    elif not start.startswith(_PICKLE):
        what = "is no checkpoint" if start else "is empty"
        raise CheckpointError(
            f"{path} {what}: neither safetensors nor what torch.save writes; download "
            "or save it again."
        )
    return _unwrapped(path, _from_torch(path))


def _from_safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError  # noqa: PLC0415
    from safetensors.torch import load_file  # noqa: PLC0415 # pyright: ignore[reportUnknownVariableType]

    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise _damaged(path, one_line(error)) from error


def _require_whole_archive(path: Path) -> None:
    """Check what torch does not: that each part is as it was written."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            broken = archive.testzip()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _damaged(path, one_line(error)) from error
    if broken is not None:
        raise _damaged(path, f"the checksum of its part {broken!r} is wrong")
    if any(name.endswith("/constants.pkl") for name in names):
        raise CheckpointError(
            f"{path} is a TorchScript program, not weights alone, and is not run; "
            f"{_REMEDY}."
        )
    if not any(name.endswith("data.pkl") for name in names):
        raise CheckpointError(
            f"{path} is an archive of {', '.join(names[:3]) or 'nothing'}, not what "
            "torch.save writes; give a .safetensors or .pt file."
        )


def _from_torch(path: Path) -> Any:
    # timm's training checkpoints keep their command line beside the weights, which is
    # a plain record. Older torch cannot be told that.
    serialization: Any = torch.serialization
    allow = getattr(serialization, "safe_globals", None)
    harmless = allow([argparse.Namespace]) if allow else contextlib.nullcontext()
    try:
        # An opened file, as torch takes a path by its name for one of safetensors.
        with harmless, path.open("rb") as file:
            return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        named = _GLOBAL.search(str(error))
        what = f", such as {named[1]!r}," if named else ""
        raise CheckpointError(
            f"{path} is a pickle of more than tensors{what} and is not opened, because "
            f"a pickle can run any code; {_REMEDY}."
        ) from error
    except Exception as error:
        # Damaged pickles fail in any way.
        raise _damaged(path, one_line(error)) from error


def _damaged(path: Path, reason: str) -> CheckpointError:
    return CheckpointError(
        f"{path} is damaged or cut short ({reason}); download or save it again."
    )


def _unwrapped(path: Path, contents: Any) -> dict[str, Tensor]:
    entries = cast("Mapping[object, Any]", contents)
    if not isinstance(contents, dict) or not entries:
        raise CheckpointError(
            f"{path} holds {_kind(entries)}, no weights by name; save a module's "
            "state_dict()."
        )
    for key in _NESTS:
        if isinstance(entries.get(key), dict):
            entries = entries[key]
            break
    strange = [key for key, value in entries.items() if not _is_weight(key, value)]
    if strange:
        raise CheckpointError(
            f"{path} holds no weights by name: {strange[0]!r} is "
            f"{_kind(entries[strange[0]])}; save a module's state_dict()."
        )
    weights = cast("Mapping[str, Tensor]", entries)
    _require_numbers(path, weights)
    return {_bare(key): value for key, value in weights.items()}


def _require_numbers(path: Path, weights: Mapping[str, Tensor]) -> None:
    wrong = [name for name, weight in weights.items() if _has_nan(weight)]
    if wrong:
        raise CheckpointError(
            f"{path} holds NaN in {len(wrong)} of its {len(weights)} weights, first in "
            f"{wrong[0]!r}, so nothing computed with it would be a number; give a file "
            "that was saved before training went wrong."
        )


def _has_nan(weight: Tensor) -> bool:
    # A sum shows every NaN in one quick pass; two infinities can make one, too.
    return bool(weight.sum().isnan()) and bool(weight.isnan().any())


def _is_weight(key: object, value: object) -> bool:
    return isinstance(key, str) and isinstance(value, torch.Tensor)


def _kind(value: Any) -> str:
    return f"{'an empty' if value == {} else 'a'} {type(value).__name__}"


def _bare(key: str) -> str:
    for wrapper in _WRAPPERS:
        key = key.removeprefix(wrapper)
    return key
