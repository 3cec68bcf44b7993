"""Folders that hold a model as timm saves it: its configuration and its weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from vitwidgets.models.loading.errors import (
    REMEDIES,
    UnknownModelError,
    WeightsUnavailableError,
    one_line,
)

FOLDER = "local-dir:"
"""What names of such folders begin with."""

SAFE = "model.safetensors"
PICKLED = "pytorch_model.bin"
"""The files of weights that timm writes."""

_CONFIG = "config.json"


def require_folder(name: str) -> None:
    """Check that a folder holds the configuration of a model of timm.

    Parameters
    ----------
    name
        With `FOLDER` before its path.

    Raises
    ------
    UnknownModelError
        If there is no such folder, or no configuration in it; the message says what is
        there instead.
    """
    import timm  # noqa: PLC0415 (takes a second)

    path = name.removeprefix(FOLDER)
    folder = Path(path)
    if not path or not folder.exists():
        place = "" if folder.is_absolute() else f" in {str(Path.cwd())!r}"
        raise _unknown(
            f"there is no folder {path!r}{place}" if path else f"{name!r} has no path"
        )
    if not folder.is_dir():
        raise UnknownModelError(
            f"{path!r} is a file, not a folder; give a file of weights with the name "
            "of its architecture: load_model('vit_small_patch16_224', "
            f"pretrained={path!r})."
        )
    architecture = _architecture(folder)
    if not timm.is_model(architecture):
        raise _unknown(
            f"{str(folder / _CONFIG)!r} names the architecture {architecture!r}, which "
            "timm does not know"
        )


def weights_in(folder: Path) -> Path:
    """Give the file of weights in a folder.

    Raises
    ------
    WeightsUnavailableError
        If there is none, or it cannot be told which.
    """
    for name in (SAFE, PICKLED, "pytorch_model.pth", "model.pth"):
        if (folder / name).is_file():
            return folder / name
    others = sorted(folder.glob("*.safetensors"))
    if len(others) == 1:
        return others[0]
    raise WeightsUnavailableError(
        f"the folder {str(folder)!r} has no file {SAFE} or {PICKLED}, and of others "
        f"{len(others)}, not one, that end in .safetensors; {REMEDIES}."
    )


def _architecture(folder: Path) -> str:
    file = folder / _CONFIG
    if not file.is_file():
        raise _unknown(f"the folder {str(folder)!r} has no {_CONFIG}")
    try:
        config: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unknown(f"{str(file)!r} is not JSON ({one_line(error)})") from error
    described = cast("dict[str, Any]", config) if isinstance(config, dict) else {}
    architecture = described.get("architecture")
    if not isinstance(architecture, str):
        raise _unknown(f"{str(file)!r} names no architecture")
    return architecture


def _unknown(what: str) -> UnknownModelError:
    return UnknownModelError(
        f"{what}; 'local-dir:PATH' takes a folder as timm saves a model, with "
        f"{_CONFIG} and weights, and a file of weights alone is given with the name of "
        "its architecture: load_model('vit_small_patch16_224', pretrained='FILE')."
    )
