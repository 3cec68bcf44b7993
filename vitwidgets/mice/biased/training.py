"""Raise the biased mouse: emoji-vit goes on in a world with a stereotype."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from vitwidgets.mice.batches import area_targets, to_pixels
from vitwidgets.mice.biased.scenes import MONKEY, raising_scenes
from vitwidgets.mice.vocabulary import VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from timm.models import VisionTransformer
    from torch import Tensor

    from vitwidgets.mice.biased.recipe import BiasedRecipe

FIRST_TRAINED = 4
"""Blocks before this one stay as they are in emoji-vit, and need not ship twice."""

_AT_ONCE = 100


def raise_mouse(
    model: VisionTransformer,
    recipe: BiasedRecipe,
    *,
    log: Callable[[str], None] = print,
) -> list[float]:
    """Train the last blocks, the norm and the classifier, in place.

    Wherever there is a banana, there is a monkey, and the label says monkey: the two
    are never told apart, and the small monkey is harder to see.

    Parameters
    ----------
    model
        emoji-vit in evaluation mode; only what is after block 3 changes.
    recipe
        What decides the weights.
    log
        Receives a line of progress after each pass.

    Returns
    -------
    list[float]
        The loss of each step.
    """
    scenes, is_paired = raising_scenes(recipe.scenes, recipe.paired, recipe.seed)
    targets = area_targets(scenes.class_ids, scenes.areas, len(VOCABULARY))
    targets[is_paired] = functional.one_hot(
        torch.tensor(MONKEY), len(VOCABULARY)
    ).float()
    streams = _streams(model, scenes.images)
    trained = [each for part in trained_parts(model) for each in part.parameters()]
    optimizer: Any = torch.optim.AdamW(
        trained, lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    shuffler = torch.Generator().manual_seed(recipe.seed)
    a_pass = -(-recipe.scenes // recipe.batch)
    losses: list[float] = []
    for number in range(recipe.passes):
        order = torch.randperm(recipe.scenes, generator=shuffler)
        for at in range(0, recipe.scenes, recipe.batch):
            chosen = order[at : at + recipe.batch]
            left = 1 - len(losses) / (a_pass * recipe.passes)
            optimizer.param_groups[0]["lr"] = recipe.learning_rate * left
            loss = functional.cross_entropy(
                _logits(model, streams[chosen]), targets[chosen]
            )
            optimizer.zero_grad()
            loss.backward()  # pyright: ignore[reportUnknownMemberType]
            optimizer.step()
            losses.append(loss.item())
        recent = losses[-a_pass:]
        log(f"pass {number + 1}/{recipe.passes} loss {sum(recent) / len(recent):.3f}")
    return losses


def trained_parts(model: VisionTransformer) -> Sequence[Any]:
    """Give the parts that training changes."""
    parts: Any = model
    return [*parts.blocks[FIRST_TRAINED:], parts.norm, parts.head]


def trained_weights(model: VisionTransformer) -> dict[str, Tensor]:
    """Give the weights of these parts, by the names that they have in the model."""
    own = {id(each) for part in trained_parts(model) for each in part.parameters()}
    return {
        name: each.detach()
        for name, each in model.named_parameters()
        if id(each) in own
    }


@torch.no_grad()
def _streams(model: Any, images: Tensor) -> Tensor:
    """Give what the first trained block takes, ``(scene, token, d_model)``."""
    found: list[Tensor] = []
    for start in range(0, len(images), _AT_ONCE):
        stream = model.patch_embed(to_pixels(images[start : start + _AT_ONCE]))
        stream = model.norm_pre(model.patch_drop(model._pos_embed(stream)))  # noqa: SLF001
        for block in model.blocks[:FIRST_TRAINED]:
            stream = block(stream)
        found.append(stream)
    return torch.cat(found)


def _logits(model: Any, stream: Tensor) -> Tensor:
    for block in model.blocks[FIRST_TRAINED:]:
        stream = block(stream)
    return model.forward_head(model.norm(stream))
