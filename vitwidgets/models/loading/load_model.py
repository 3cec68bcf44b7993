"""From a name to a hooked model with its preprocessing and its class names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.models.loading.bundled_clip import is_bundled_clip, load_bundled_clip
from vitwidgets.models.loading.bundled_model import BUNDLED, load_bundled, load_shipped
from vitwidgets.models.loading.errors import (
    CheckpointError,
    DamagedModelError,
    UnknownModelError,
    WeightsUnavailableError,
)
from vitwidgets.models.loading.from_open_clip import load_from_open_clip
from vitwidgets.models.loading.from_timm import load_from_timm
from vitwidgets.models.loading.load_request import checked_request
from vitwidgets.models.loading.open_clip_names import PREFIX

if TYPE_CHECKING:
    import os

    import torch

    from vitwidgets.models.hooked_vit import HookedViT

__all__ = [
    "BUNDLED",
    "CheckpointError",
    "DamagedModelError",
    "UnknownModelError",
    "WeightsUnavailableError",
    "load_bundled",
    "load_model",
]


def load_model(
    name: str | None = None,
    *,
    pretrained: bool | str | os.PathLike[str] = True,
    device: str | torch.device | None = None,
    dtype: str | torch.dtype | None = None,
    image_size: int | tuple[int, int] | None = None,
) -> HookedViT:
    """Load a vision transformer by name.

    The module is in evaluation mode; its parameters require gradients, as its makers
    have it. Nothing is downloaded but weights (and, for "hf-hub:", their configuration)
    that are named here and not yet on this machine.

    Parameters
    ----------
    name
        One of

        - None or "emoji-vit": the bundled model, read from the package.
        - "emoji-clip": the image tower of the bundled CLIP, "emoji-clip#text" its text
          tower.
        - A name of timm with or without a tag, such as "vit_small_patch16_224" or
          "vit_small_patch16_224.augreg_in1k", or with timm's prefixes:
          "hf-hub:USER/REPO" or "local-dir:PATH".
        - "open_clip:ARCHITECTURE/TAG", such as "open_clip:ViT-B-32/openai": the image
          tower, with "#text" behind it the text tower. The tag may be left out where
          no weights are to be fetched.
    pretrained
        True for trained weights. False for random initialisation under the present
        seed of torch: call ``torch.manual_seed`` before for the same weights again;
        class names and preprocessing stay those of the trained model. A path for the
        weights in a file: safetensors, or what ``torch.save`` writes of tensors alone.
        The number of classes is that of the file.
    device
        Where the model goes after loading; the CPU by default.
    dtype
        "float32" (the default), "bfloat16", "float16" or "float64", or torch's own, for
        parameters and buffers after loading.
    image_size
        Pixels of the input, one number or (height, width), where it is to be another
        than the model's own and the model interpolates its positions. The
        preprocessing follows.

    Raises
    ------
    UnknownModelError
        If there is no model, or no tag, of this name; the message suggests others.
    UnsupportedModelError
        If it is no vision transformer that can be hooked. Weights are not fetched.
    WeightsUnavailableError
        If there are no trained weights, or they are neither in the cache nor can be
        downloaded.
    CheckpointError
        If a file of weights does not exist, is damaged, is of another architecture, or
        is a pickle of more than tensors: that one is not opened, as it can run code.
    ValueError
        If the device, the precision or the image size cannot be used.
    DamagedModelError
        If the bundled files are missing or damaged.
    """
    if name is not None and not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(
            f"name is a {type(name).__name__}, not a string; wrap a module that you "
            "hold with HookedViT(module)."
        )
    request = checked_request(
        BUNDLED if name is None else name,
        pretrained=pretrained,
        device=device,
        dtype=dtype,
        image_size=image_size,
    )
    if request.name == BUNDLED:
        return load_shipped(request)
    if is_bundled_clip(request.name):
        return load_bundled_clip(request)
    if request.name.startswith(PREFIX):
        return load_from_open_clip(request)
    return load_from_timm(request)
