"""From a name to the text side of a model of open_clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.models.loading.bundled_clip import is_bundled_clip, load_bundled_text
from vitwidgets.models.loading.errors import UnknownModelError
from vitwidgets.models.loading.from_open_clip import load_open_clip_text
from vitwidgets.models.loading.load_request import checked_request
from vitwidgets.models.loading.open_clip_names import PREFIX

if TYPE_CHECKING:
    import os

    import torch

    from vitwidgets.models.words.text_encoder import TextEncoder


def load_text_encoder(
    name: str,
    *,
    pretrained: bool | str | os.PathLike[str] = True,
    device: str | torch.device | None = None,
    dtype: str | torch.dtype | None = None,
) -> TextEncoder:
    """Load the text side of a CLIP by name.

    Parameters
    ----------
    name
        "emoji-clip", or "open_clip:ARCHITECTURE/TAG", as `load_model` takes it.
    pretrained, device, dtype
        As `load_model` takes them. Random weights are the same each time.

    Raises
    ------
    UnknownModelError
        If there is no text side of this name.
    UnsupportedModelError, WeightsUnavailableError, CheckpointError, ValueError
        As `load_model`; and if its tokenizer cannot be had now.
    """
    request = checked_request(
        name, pretrained=pretrained, device=device, dtype=dtype, image_size=None
    )
    if is_bundled_clip(name):
        return load_bundled_text(request)
    if name.startswith(PREFIX):
        return load_open_clip_text(request)
    raise UnknownModelError(
        f"{name!r} has no text side: a CLIP is needed, 'emoji-clip' or "
        f"'open_clip:ARCHITECTURE/TAG'"
    )
