"""Which images edits are made on again, where nobody gave any."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from vitwidgets.mice.fresh_scenes import fresh_scenes

if TYPE_CHECKING:
    from vitwidgets.methods.image_stream import Images
    from vitwidgets.widgets.patcher.source import PatcherSource


def replay_images(
    source: PatcherSource, n: int, images: Images | None
) -> tuple[Images, str]:
    """Give images like the clean one, and say which they are.

    Parameters
    ----------
    source
        The model and its reference images.
    n
        How many at most, where none are given.
    images
        Those that were given.
    """
    if images is not None:
        return images, "the images that were given"
    shown = int(source.logits.argmax())
    # Only a model that names the things of our scenes can be shown more of them.
    with suppress(ValueError):
        scenes = fresh_scenes(source.model, shown, n)
        return scenes, f"{n} new scenes of {source.labels.names[shown]}"
    first = _first(source.reference.images, n)
    count = f"{len(cast('Sized', first))} " if isinstance(first, Sized) else ""
    return first, f"{count}reference images"


def _first(images: Any, n: int) -> Images:
    if isinstance(images, (list, tuple, torch.Tensor, np.ndarray)):
        return cast("Any", images)[:n]
    if hasattr(images, "__getitem__") and isinstance(images, Sized):
        data: Any = images
        return [data[index] for index in range(min(n, len(data)))]
    return (
        list(islice(cast("Iterable[Any]", images), n))
        if isinstance(images, Iterable)
        else images
    )
