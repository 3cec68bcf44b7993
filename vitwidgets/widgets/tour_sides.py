"""What stands side by side in an attention head tour: models, each on an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from torch import nn

from vitwidgets.models import HookedViT
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.widgets.attention_source import AttentionSource
from vitwidgets.widgets.model_on_image import read_once

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vitwidgets.images import ImageSource


def open_sides(
    model: HookedViT | nn.Module, image: ImageSource, compare: Any
) -> tuple[list[AttentionSource], list[ImageSource]]:
    """Run the model on the image, and what is compared with it.

    Parameters
    ----------
    model, image
        The first side.
    compare
        Another image, another model, a pair ``(model, image)``, or None.

    Returns
    -------
    list
        A source for each side.
    list
        Their images as they were given.

    Raises
    ------
    TypeError
        When `compare` is none of these.
    ValueError
        When an image can't be used.
    """
    hooked = model if isinstance(model, HookedViT) else HookedViT(model)
    picture = read_once(image)
    first = AttentionSource(hooked, picture)
    if compare is None:
        return [first], [image]
    other, beside = _beside(hooked, image, compare)
    seen = picture if beside is image else read_once(beside)
    return [first, AttentionSource(other, seen)], [image, beside]


def unavailable(sources: Iterable[AttentionSource]) -> dict[str, str]:
    """Return what can't be shown of all sides, with the reasons."""
    try:
        for source in sources:
            source.value("written", 0, 0, 0, 0)
    except UnsupportedModelError as error:
        return {"written": str(error)}
    return {}


def _beside(
    model: HookedViT, image: ImageSource, compare: Any
) -> tuple[HookedViT | nn.Module, ImageSource]:
    if isinstance(compare, (HookedViT, nn.Module)):
        return compare, image
    if isinstance(compare, tuple):
        pair = cast("tuple[Any, ...]", compare)
        if len(pair) == 2 and isinstance(pair[0], (HookedViT, nn.Module)):  # noqa: PLR2004
            return pair[0], pair[1]
        kinds = ", ".join(type(each).__name__ for each in pair) or "nothing"
        raise TypeError(
            "compare: another image, another model, or a pair (model, image); a tuple "
            f"of {kinds:.200} is none"
        )
    return model, compare
