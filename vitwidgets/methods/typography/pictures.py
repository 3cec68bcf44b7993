"""Pictures with and without a label, and what a model says of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from vitwidgets.images import ImageError, Preprocessing, prepare_image
from vitwidgets.images.lettering import write_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from vitwidgets.images.lettering import Place
    from vitwidgets.models import HookedViT
    from vitwidgets.models.interception.hooks import ForwardHooks

    Picture = NDArray[np.uint8]
    Pictures = NDArray[np.uint8]
    """``(image, height, width, 3)``."""


@dataclass(frozen=True, eq=False)
class LabelledPictures:
    """The same pictures three times, as the model's preprocessing leaves them.

    Attributes
    ----------
    plain, blank, lettered
        uint8 ``(image, height, width, 3)``: as they are; with a blank piece of paper;
        and with the word on it.
    """

    plain: Pictures
    blank: Pictures
    lettered: Pictures


def seen_pictures(images: Iterable[Any], preprocessing: Preprocessing) -> Pictures:
    """Give what a model sees of images, ``(image, height, width, 3)``.

    Raises
    ------
    ImageError
        If one can't be read; the message says which.
    """
    found = [_seen(index, image, preprocessing) for index, image in enumerate(images)]
    return np.stack(found) if found else np.empty((0, 1, 1, 3), np.uint8)


def _seen(index: int, image: Any, preprocessing: Preprocessing) -> Picture:
    try:
        return prepare_image(image, preprocessing).picture
    except ImageError as error:
        raise ImageError(f"image {index}: {error}") from error


def labelled(
    plain: Pictures, words: Sequence[str], *, place: Place, area: float
) -> LabelledPictures:
    """Write a word on each picture.

    It is written on what the model sees: what is cropped away would not be read.

    Raises
    ------
    ValueError
        As `write_label` does.
    """
    pairs = list(zip(plain, words, strict=True))
    where: dict[str, Any] = {"place": place, "area": area}
    papers = [write_label(each, word, ink="white", **where) for each, word in pairs]
    labels = [write_label(each, word, **where) for each, word in pairs]
    return LabelledPictures(
        plain,
        np.stack([np.asarray(each) for each in papers]),
        np.stack([np.asarray(each) for each in labels]),
    )


def model_input(model: HookedViT, pictures: Pictures) -> Tensor:
    """Give pictures as the model takes them, ``(image, 3, height, width)``.

    They have the size that its preprocessing gives, so only colours are scaled.
    """
    preprocessing = preprocessing_of(model)
    weight = next(model.module.parameters())
    scaled = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255  # pyright: ignore[reportUnknownMemberType]
    mean, std = (
        torch.tensor(each).view(3, 1, 1)
        for each in (preprocessing.mean, preprocessing.std)
    )
    return ((scaled - mean) / std).to(device=weight.device, dtype=weight.dtype)


def preprocessing_of(model: HookedViT) -> Preprocessing:
    """Give how pictures become the model's input, or raise ValueError."""
    if model.preprocessing is None:
        raise ValueError(
            "this model has no preprocessing, so pictures can't be prepared for it: "
            "give HookedViT(module, preprocessing=...)"
        )
    return model.preprocessing


def batches(count: int, size: int) -> Iterator[slice]:
    """Give slices that go through so many images."""
    return (slice(at, at + size) for at in range(0, count, size))


@torch.no_grad()
def answers(
    model: HookedViT,
    pictures: Pictures,
    *,
    batch_size: int,
    hooks: ForwardHooks = (),
) -> Tensor:
    """Give the class with the highest logit of each picture, int64 ``(image,)``."""
    found = [torch.zeros(0, dtype=torch.int64)]
    for part in batches(len(pictures), batch_size):
        pixels = model_input(model, pictures[part])
        logits = model.run_with_hooks(pixels, hooks) if hooks else model(pixels)
        found.append(logits.argmax(-1).cpu())
    return torch.cat(found)
