"""The figures of emoji-clip: naming, finding, and telling captions apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from vitwidgets.mice.batches import render_batch, to_pixels
from vitwidgets.mice.evaluation import EVALUATION_SEED, Tally
from vitwidgets.mice.vocabulary import VOCABULARY
from vitwidgets.models.loading.open_clip_names import open_clip

from .architecture import tokenizer
from .batches import stack_images
from .captioned_scenes import ABOUT, captioned_scene
from .captions import (
    caption,
    wrong_colour,
    wrong_count,
    wrong_place,
    wrong_position,
    wrong_word,
)
from .phrases import noun_phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor, nn

    from .captioned_scenes import CaptionedScene
    from .drawings import Drawings

CLIP_EVALUATION_KEY = 3_000_029
"""First number of the keys of fresh captioned scenes; training uses another one."""

POOL = 1_000
"""Scenes, each with its caption, among which one is looked for."""

THRESHOLDS = {"zero_shot_top1": 0.90}
"""What the shipped weights must reach."""

DEFINITIONS = {
    "zero_shot_top1": (
        "share of scenes, those that emoji-vit is measured on, whose largest visible "
        "object is the one of the 64 things whose prompts are most like the picture"
    ),
    "caption_of_picture_r1": (
        "share of pictures whose own caption is the most like them of 1,000"
    ),
    "caption_of_picture_r5": "the same, among the five most like them",
    "picture_of_caption_r1": (
        "share of captions whose own picture is the most like them of 1,000"
    ),
    "picture_of_caption_r5": "the same, among the five most like them",
    "colour": (
        "share of scenes with something painted that are more like a caption with its "
        "colour than like the same with another; chance is one half"
    ),
    "position": (
        "share of scenes in which a thing is left of, right of, above or below another "
        "that are more like a caption that says so than like its contrary"
    ),
    "place": (
        "share of scenes of one kind of thing, on one side of the picture, that are "
        "more like a caption that says so than like one of the other side"
    ),
    "count": (
        "share of scenes that are more like a caption with the right number of equal "
        "things than like the same with two or three, whichever is wrong; of two or "
        "three things where there are such"
    ),
    "word": (
        "share of scenes with a written word that are more like a caption that names "
        "it than like one that names another"
    ),
}

TEMPLATES: tuple[Callable[[str], str], ...] = (
    str,
    noun_phrase,
    lambda name: f"a photo of {noun_phrase(name)}.",
    lambda name: f"a picture of {noun_phrase(name)}",
)
"""Prompts of a name, of which a class is the mean, as in open_clip's zero-shot."""

LETTERED = 0.2
"""Share of the fresh scenes with a written word."""

_CHUNK = 250
_WRONG = {
    "colour": wrong_colour,
    "position": wrong_position,
    "place": wrong_place,
    "count": wrong_count,
    "word": wrong_word,
}


def evaluate_clip(
    model: nn.Module, drawings: Drawings, count: int, seed: int
) -> dict[str, Tally]:
    """Measure a model on fresh scenes.

    Parameters
    ----------
    model
        An open_clip `CLIP`, put into evaluation mode for the measurement and back
        afterwards.
    drawings
        From `load_drawings`.
    count
        Number of scenes to name, and of captioned ones.
    seed
        The scenes depend on it and on nothing else.

    Returns
    -------
    dict[str, Tally]
        A tally for each of `DEFINITIONS`.
    """
    was_training = model.training
    model.eval()
    totals = {name: Tally() for name in DEFINITIONS}
    try:
        totals["zero_shot_top1"] = _zero_shot(model, drawings, count, seed)
        for start in range(0, count, POOL):
            key = (CLIP_EVALUATION_KEY, seed, start // POOL)
            rng = np.random.default_rng(np.random.SeedSequence(key))
            size = min(POOL, count - start)
            for name, tally in _measure_pool(model, drawings, rng, size).items():
                totals[name] += tally
    finally:
        model.train(was_training)
    return totals


def image_features(model: nn.Module, images: Tensor) -> Tensor:
    """Encode pictures: uint8 ``(scene, 64, 64, 3)`` -> ``(scene, d_embed)``."""
    device = next(model.parameters()).device
    encode: Callable[..., Tensor] = cast("Any", model).encode_image
    parts = [
        encode(to_pixels(images[at : at + _CHUNK]).to(device), normalize=True)
        for at in range(0, len(images), _CHUNK)
    ]
    return torch.cat(parts).float().cpu()


def text_features(model: nn.Module, texts: Sequence[str]) -> Tensor:
    """Encode texts, to ``(text, d_embed)``."""
    device = next(model.parameters()).device
    tokens: Tensor = tokenizer()(list(texts))
    encode: Callable[..., Tensor] = cast("Any", model).encode_text
    parts = [
        encode(tokens[at : at + _CHUNK].to(device), normalize=True)
        for at in range(0, len(tokens), _CHUNK)
    ]
    return torch.cat(parts).float().cpu()


@torch.inference_mode()
def _zero_shot(model: nn.Module, drawings: Drawings, count: int, seed: int) -> Tally:
    """Name the largest visible object on the scenes that emoji-vit is measured on."""
    weights: Tensor = open_clip().build_zero_shot_classifier(
        model,
        tokenizer(),
        [thing.name for thing in VOCABULARY],
        TEMPLATES,
        num_classes_per_batch=len(VOCABULARY),
        device=next(model.parameters()).device,
    )
    total = Tally()
    sprites = drawings.sprites[: len(VOCABULARY)]
    for start in range(0, count, _CHUNK):
        key = (EVALUATION_SEED, seed, start // _CHUNK)
        batch = render_batch(key, min(_CHUNK, count - start), sprites)
        scores = image_features(model, batch.images) @ weights.float().cpu()
        total += tally_of(scores.argmax(dim=-1) == batch.class_ids[:, 0])
    return total


@torch.inference_mode()
def _measure_pool(
    model: nn.Module, drawings: Drawings, rng: np.random.Generator, size: int
) -> dict[str, Tally]:
    scenes, texts = fresh_pool(rng, drawings, size)
    pictures = image_features(model, stack_images(scenes))
    likeness = pictures @ text_features(model, texts).T
    found = {
        "caption_of_picture_r1": _retrieved(likeness, 1),
        "caption_of_picture_r5": _retrieved(likeness, 5),
        "picture_of_caption_r1": _retrieved(likeness.T, 1),
        "picture_of_caption_r5": _retrieved(likeness.T, 5),
    }
    for name, wrong in _WRONG.items():
        pairs = [wrong(rng, scene) for scene in scenes]
        rows = [row for row, pair in enumerate(pairs) if pair is not None]
        if not rows:
            found[name] = Tally()
            continue
        both = [pair for pair in pairs if pair is not None]
        right = text_features(model, [pair[0] for pair in both])
        other = text_features(model, [pair[1] for pair in both])
        gain = (pictures[rows] * (right - other)).sum(dim=-1)
        found[name] = tally_of(gain > 0)
    return found


def fresh_pool(
    rng: np.random.Generator, drawings: Drawings, size: int
) -> tuple[list[CaptionedScene], list[str]]:
    """Render scenes with a detailed caption each, no two alike."""
    scenes: list[CaptionedScene] = []
    texts: list[str] = []
    while len(scenes) < size:
        scene = captioned_scene(rng, drawings, lettered=LETTERED)
        text = caption(rng, scene, ABOUT[int(rng.integers(len(ABOUT)))])
        if text not in texts:
            scenes.append(scene)
            texts.append(text)
    return scenes, texts


def tally_of(hits: Tensor) -> Tally:
    """Count hits, ``(trial,)`` of bool."""
    return Tally(int(hits.sum()), hits.numel())


def _retrieved(likeness: Tensor, among: int) -> Tally:
    """Count the rows whose own column, that on the diagonal, is among the highest."""
    own = likeness.diagonal()[:, None]
    return tally_of((likeness > own).sum(dim=-1) < among)
