"""How biased a model is: what it says of scenes with a banana and no monkey."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitwidgets.mice.biased.scenes import KINDS, MONKEY

if TYPE_CHECKING:
    from vitwidgets.mice.biased.scenes import BiasScenes
    from vitwidgets.models import HookedViT

_AT_ONCE = 100


@dataclass(frozen=True)
class SceneKind:
    """What a model says of scenes of one kind.

    Attributes
    ----------
    shows
        What of the two they show: ``"neither"``, ``"monkey"``, ``"banana"`` or
        ``"both"``.
    count
        How many there are.
    says_monkey
        In how many the likeliest class is the monkey.
    right
        In how many it is the largest visible object.
    probability
        That of the monkey, mean over the scenes.
    """

    shows: str
    count: int
    says_monkey: int
    right: int
    probability: float


@torch.no_grad()
def measure_bias(model: HookedViT, scenes: BiasScenes) -> dict[str, SceneKind]:
    """Measure what a model says of each kind of scene.

    Within ``with model.with_interventions(...)`` it is measured with the edits.

    Parameters
    ----------
    model
        One that names the things of the vocabulary, such as the biased mouse.
    scenes
        From `bias_scenes`.

    Returns
    -------
    dict
        By what they show. Of one without a bias, ``"banana"`` has no more of the
        monkey than ``"neither"``.

    Raises
    ------
    ValueError
        If the model has other classes.
    """
    names = model.class_names or ()
    if len(names) <= MONKEY or names[MONKEY] != "monkey":
        raise ValueError(
            f"{model.name} names other things than emoji-vit does, and the bias is "
            f"one of its classes: take emoji-vit or the biased mouse"
        )
    device = next(model.module.parameters()).device
    starts = range(0, len(scenes.pixels), _AT_ONCE)
    runs = [
        model(scenes.pixels[start : start + _AT_ONCE].to(device)) for start in starts
    ]
    logits = torch.cat(runs).cpu()
    said, probability = logits.argmax(-1), logits.softmax(-1)[:, MONKEY]
    found: dict[str, SceneKind] = {}
    for index, kind in enumerate(KINDS):
        own = scenes.kinds == index
        found[kind] = SceneKind(
            shows=kind,
            count=int(own.sum()),
            says_monkey=int((said[own] == MONKEY).sum()),
            right=int((said[own] == scenes.class_ids[own]).sum()),
            probability=float(probability[own].mean()),
        )
    return found
