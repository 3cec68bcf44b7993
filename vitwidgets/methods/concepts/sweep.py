"""What a model says as a concept is turned up and down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.concepts.stream_values import stream_values
from vitwidgets.methods.intervening.requirements import require_classes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from vitwidgets.methods.concepts.direction import ConceptDirection
    from vitwidgets.methods.image_stream import Images
    from vitwidgets.models import HookedViT


@dataclass(frozen=True, eq=False)
class SteeringSweep:
    """Logits of images at several strengths of a direction.

    Attributes
    ----------
    name
        Of the concept.
    address
        Where it was added.
    strengths
        float64, ``(strength,)``: what the vector was multiplied by.
    logits
        float32 or wider, ``(strength, image, class)``.
    """

    name: str
    address: str
    strengths: Tensor
    logits: Tensor

    @property
    def probabilities(self) -> Tensor:
        """``(strength, image, class)``."""
        return self.logits.softmax(-1)

    @property
    def predictions(self) -> Tensor:
        """Index of the likeliest class, ``(strength, image)``."""
        return self.logits.argmax(-1)


@torch.no_grad()
def steering_sweep(
    model: HookedViT,
    pixels: Tensor,
    direction: ConceptDirection,
    strengths: Sequence[float],
    *,
    at: str | None = None,
) -> SteeringSweep:
    """Add a direction at several strengths; at 0, the logits are the plain ones.

    The blocks before it run once.

    Parameters
    ----------
    model
        A model with a classifier, such as ``model.with_words(words)``.
    pixels
        Prepared images, ``(image, channel, height, width)``.
    direction
        What is added, at its own tokens.
    strengths
        What it is multiplied by, each finite; `natural_strength` gives a scale.
    at
        Another component of the same width; by default the direction's own.

    Raises
    ------
    UnsupportedModelError
        If the model has no classifier.
    ValueError
        If there is no strength.
    InterventionError, UnknownSiteError
        As `Intervention.hooks` does.
    """
    require_classes(model, "so nothing that it says can change")
    if not len(strengths):
        raise ValueError("there is no strength: give at least one number")
    edits = [direction.steer(strength, at=at) for strength in strengths]
    hooks = [each.hooks(model, direction.sources) for each in edits]
    block = edits[0].layer
    plain, cache = model.run_with_cache(pixels, f"blocks.{block}.hook_resid_pre")
    logits = [
        model.resume(cache, block, fwd_hooks=each) if edit.strength else plain
        for edit, each in zip(edits, hooks, strict=True)
    ]
    return SteeringSweep(
        direction.name,
        edits[0].address,
        torch.tensor([each.strength for each in edits], dtype=torch.float64),
        torch.stack(logits).cpu(),
    )


def natural_strength(
    model: HookedViT, images: Images, direction: ConceptDirection
) -> float:
    """Give the strength at which a direction is as long as what it is added to.

    That is the mean length of the component's vectors in these images, at the tokens of
    the direction, over the length of the direction. Steering that is to leave the rest
    of the image alone takes a fraction of it.

    Raises
    ------
    InterventionError, UnknownSiteError, ValueError
        If the model has no such place, or the images do not fit.
    """
    found = stream_values(model, images, direction.address, direction.tokens)
    lengths = found.values.square().sum(-1).sqrt()
    return float(lengths.mean() / direction.vector.square().sum().sqrt())
