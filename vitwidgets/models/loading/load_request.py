"""What `load_model` is asked for, checked before anything is read or downloaded."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch

from vitwidgets.models.loading.errors import CheckpointError, one_line

if TYPE_CHECKING:
    from torch import nn

_DTYPES = {
    name: cast("torch.dtype", getattr(torch, name))
    for name in ("float32", "bfloat16", "float16", "float64")
}
_MAX_SIDE = 2048


@dataclass(frozen=True)
class LoadRequest:
    """A model that is wanted.

    Attributes
    ----------
    name
        As the user gave it.
    trained
        Whether trained weights are wanted.
    file
        Where they are to be taken from; None for where the model's makers put them.
    image_size
        Height and width in pixels; None for the model's own.
    device, dtype
        Where the model goes after loading, and in what precision; None for as it is.
    """

    name: str
    trained: bool = True
    file: Path | None = None
    image_size: tuple[int, int] | None = None
    device: torch.device | None = None
    dtype: torch.dtype | None = None

    def finished(self, module: nn.Module) -> nn.Module:
        """Give a loaded module in evaluation mode, moved and converted."""
        return module.eval().to(device=self.device, dtype=self.dtype)


def checked_request(
    name: str, *, pretrained: object, device: Any, dtype: object, image_size: object
) -> LoadRequest:
    """Check what comes with a name.

    Raises
    ------
    TypeError
        If an argument is of a kind that says nothing.
    ValueError
        If it is a device, a precision or a size that cannot be used.
    CheckpointError
        If it is a file that does not exist.
    """
    trained, file = _weights(pretrained)
    return LoadRequest(
        name=name,
        trained=trained,
        file=file,
        image_size=_size(image_size),
        device=_device(device),
        dtype=_dtype(dtype),
    )


def _weights(pretrained: object) -> tuple[bool, Path | None]:
    if isinstance(pretrained, bool):
        return pretrained, None
    if not isinstance(pretrained, (str, os.PathLike)):
        given, remedy = repr(pretrained), ""
        if isinstance(pretrained, (Mapping, torch.nn.Module)):
            given = f"a {type(cast('object', pretrained)).__name__}"
            remedy = (
                ", or, with weights in memory, load them into a module and pass that "
                "to HookedViT(module)"
            )
        raise TypeError(
            f"pretrained is {given}; give True, False, or the path of a file of "
            f"weights{remedy}."
        )
    file = Path(cast("str | os.PathLike[str]", pretrained)).expanduser()
    if file.is_dir():
        raise CheckpointError(
            f"{str(file)!r} is a folder, not a file of weights; give one of its files, "
            "or load a folder of timm's kind with the name 'local-dir:PATH'."
        )
    if not file.is_file():
        raise CheckpointError(
            f"there is no file {str(file)!r}; give the path of a .safetensors (or .pt, "
            ".pth, .bin) file, while a tag of trained weights belongs to the name, as "
            "in 'vit_small_patch16_224.augreg_in1k' or 'open_clip:ViT-B-32/openai'."
        )
    return True, file


def _device(device: Any) -> torch.device | None:
    if device is None:
        return None
    try:
        found = torch.device(device)
        # A device that torch can name may still be missing or out of order.
        torch.zeros((), device=found)
    except (RuntimeError, AssertionError, TypeError) as error:
        raise ValueError(
            f"the device {device!r} cannot be used ({one_line(error)}); leave device "
            "out for the CPU."
        ) from error
    if found.type == "meta":
        raise ValueError(
            "the device 'meta' holds no numbers; leave device out for the CPU."
        )
    return found


def _dtype(dtype: object) -> torch.dtype | None:
    if dtype is None:
        return None
    found = _DTYPES.get(str(dtype).removeprefix("torch."))
    if found is None:
        raise ValueError(
            f"dtype is {dtype!r}; give one of {', '.join(_DTYPES)}, as a string or as "
            "torch's own."
        )
    return found


def _size(image_size: object) -> tuple[int, int] | None:
    if image_size is None:
        return None
    sides = (
        tuple(cast("tuple[object]", image_size))
        if isinstance(image_size, (tuple, list))
        else (image_size, image_size)
    )
    if len(sides) != 2 or not all(map(_is_side, sides)):  # noqa: PLR2004
        raise ValueError(
            f"image_size is {image_size!r}; give one number of pixels or (height, "
            f"width), each from 1 to {_MAX_SIDE}."
        )
    return cast("tuple[int, int]", sides)


def _is_side(side: object) -> bool:
    return type(side) is int and 1 <= side <= _MAX_SIDE
