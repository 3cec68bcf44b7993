"""The names of a model's classes, where something tells them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from torch import nn


def class_names(module: nn.Module) -> list[str] | None:
    """Return one name a class, where the configuration or ImageNet tells them.

    Parameters
    ----------
    module
        A module of timm. Names in its configuration go before those of ImageNet, whose
        subset the number of classes tells.
    """
    from timm.data import imagenet_info  # noqa: PLC0415

    count = getattr(module, "num_classes", 0)
    config = cast("dict[str, Any]", getattr(module, "pretrained_cfg", {}))
    own = config.get("label_names")
    if own is not None:
        return [str(label) for label in own] if len(own) == count else None
    subset = imagenet_info.infer_imagenet_subset({"num_classes": count})  # pyright: ignore[reportUnknownMemberType]
    if subset is None:
        return None
    info = imagenet_info.ImageNetInfo(subset)
    short = [text.split(",")[0] for text in info.label_descriptions()]
    # Two classes are both "crane", so WordNet's number keeps the bird from the machine.
    often = Counter(short)
    return [
        text if often[text] == 1 else f"{text} ({synset})"
        for text, synset in zip(short, info.label_names(), strict=True)
    ]
