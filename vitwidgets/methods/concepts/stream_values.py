"""What a component says in many images, vector by vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.image_stream import ImageStream
from vitwidgets.methods.intervening.errors import InterventionError
from vitwidgets.methods.intervening.intervention import Intervention

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from vitwidgets.methods.image_stream import Images
    from vitwidgets.models import HookedViT

_BUDGET = 4 << 30
"""Bytes that the site of one batch may take."""


@dataclass(frozen=True, eq=False)
class StreamValues:
    """A component at some tokens of many images.

    Attributes
    ----------
    address, tokens
        The component, and the labels of its tokens; none for all.
    values
        float64 on the CPU, ``(image, token, width)``.
    indices
        Which of the given images they are of, those counted that could not be read.
    """

    address: str
    tokens: tuple[str, ...]
    values: Tensor
    indices: list[int]


@torch.no_grad()
def stream_values(
    model: HookedViT,
    images: Images,
    at: str,
    tokens: Sequence[str],
    batch_size: int = 32,
) -> StreamValues:
    """Run images, and keep what a component is at some tokens.

    Parameters
    ----------
    model
        The model.
    images
        As `attention_statistics` takes them; gone through once.
    at
        Address of the component, such as ``"L3.resid_post"``.
    tokens
        Labels of tokens; none for all.
    batch_size
        Images run at a time.

    Raises
    ------
    InterventionError, UnknownSiteError
        If the model has no such component or token, or it is one number a token.
    ValueError
        If the images do not fit, as `attention_statistics` says.
    """
    place = Intervention(at, "zero", tuple(tokens))
    component = place.component(model)
    if component.width == 1 or place.place.part == "pattern":
        raise InterventionError(
            f"a concept is a direction among many numbers, and {place.address} is no "
            f"such vector at each token: take a place of the stream, such as "
            f"'L{place.layer}.resid_post', or a head"
        )
    stream = ImageStream(model, images, None, batch_size)
    device = next(model.module.parameters()).device
    found: list[Tensor] = []
    indices: list[int] = []
    for batch in stream:
        _, cache = model.run_with_cache(
            batch.pixels.to(device), component.site, budget=_BUDGET
        )
        value = component.chosen(component.of(cache[component.site]))
        if value.shape[0] != len(batch.pixels):
            raise InterventionError(
                f"{place.address} has {value.shape[0]} values for {len(batch.pixels)} "
                f"images, as within windows: take a place of the stream"
            )
        found.append(value.double().cpu())
        indices += batch.indices
    stream.warn_of_skipped()
    return StreamValues(place.address, place.tokens, torch.cat(found), indices)
