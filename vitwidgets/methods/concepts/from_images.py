"""A concept from two sets of images: those that show it, and those that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.methods.concepts.direction import ConceptDirection
from vitwidgets.methods.concepts.stream_values import stream_values
from vitwidgets.methods.intervening.errors import InterventionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vitwidgets.methods.concepts.stream_values import StreamValues
    from vitwidgets.methods.image_stream import Images
    from vitwidgets.models import HookedViT

LEAST_IMAGES = 2
"""Of each set: of one image, nothing says what is the concept and what the image."""


def concept_from_images(
    model: HookedViT,
    with_concept: Images,
    without: Images,
    *,
    name: str,
    at: str,
    tokens: Sequence[str] = (),
    batch_size: int = 32,
) -> ConceptDirection:
    """Give the difference of the means of two sets of images.

    Strength 1 leads from the mean of those without to the mean of those with it (Rimsky
    et al., "Steering Llama 2 via Contrastive Activation Addition", 2023; of two sets,
    as in Marks and Tegmark, "The Geometry of Truth", 2023).

    Parameters
    ----------
    model
        The model.
    with_concept, without
        Images, folders or prepared batches, as `attention_statistics` takes them. The
        more alike they are in all else, the more is the direction the concept.
    name
        What the concept is called.
    at
        Where: an address such as ``"L3.resid_post"``.
    tokens
        Labels of tokens, such as ``("cls",)``; the mean is over all of them. Empty for
        all tokens.
    batch_size
        Images run at a time.

    Raises
    ------
    ValueError
        If a set has fewer than two images, or they do not fit.
    InterventionError, UnknownSiteError
        If there is no such place, or both means are the same.
    """
    both = two_sets(model, with_concept, without, at, tokens, batch_size=batch_size)
    shown, other = (each.values.flatten(0, 1).mean(0) for each in both)
    counts = " and ".join(str(len(each.indices)) for each in both)
    return ConceptDirection(
        name=name,
        vector=shown - other,
        address=both[0].address,
        tokens=both[0].tokens,
        origin=f"difference of the means of {counts} images",
    )


def two_sets(
    model: HookedViT,
    with_concept: Images,
    without: Images,
    at: str,
    tokens: Sequence[str],
    *,
    batch_size: int,
    least: int = LEAST_IMAGES,
) -> tuple[StreamValues, StreamValues]:
    """Give what a component says in each of two sets of images.

    Raises
    ------
    ValueError
        If a set is too small, or they do not fit.
    InterventionError, UnknownSiteError
        As `stream_values` does.
    """
    found: list[StreamValues] = []
    for what, images in (("with", with_concept), ("without", without)):
        try:
            values = stream_values(model, images, at, tokens, batch_size)
        except InterventionError:
            raise
        except ValueError as error:
            raise ValueError(f"the images {what} the concept: {error}") from error
        if len(values.indices) < least:
            raise ValueError(
                f"the images {what} the concept are {len(values.indices)}, and {least} "
                f"at least are needed to tell the concept from the single image"
            )
        found.append(values)
    return found[0], found[1]
