"""Fit the word map that ships, and write the tables of ``docs/word-maps.md``.

``python -m benchmarks.word_map``; two minutes on one core.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from benchmarks.head_atlas import with_parts
from vitwidgets import load_model
from vitwidgets.images import prepare_image
from vitwidgets.methods.typography.share import Share
from vitwidgets.methods.word_map import fit_word_map
from vitwidgets.mice.bundle import NAME, SHIPPED
from vitwidgets.mice.clip.fresh_captioned_scenes import fresh_captioned_scenes
from vitwidgets.mice.fresh_scenes import fresh_scenes
from vitwidgets.mice.vocabulary import VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from vitwidgets import HookedViT
    from vitwidgets.methods.word_map import WordMap

PAGE = Path(__file__).parent.parent / "docs" / "word-maps.md"
MAP = SHIPPED / f"{NAME}.words.safetensors"

FITTED_SEED = 101
FRESH_SEED = 102
EACH = 40
"""Scenes of each thing among those that the map is fitted to and measured on; there are
as many with several things, colours and words."""
FRESH_EACH = 10
COUNTS = (20, 100, 500, 2_000)
TEMPLATES = ("{}", "a {}", "a photo of a {}", "a picture of a {}")
BATCH_SIZE = 64


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, measure, and write the map and the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.word_map")
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--map", type=Path, default=MAP)
    options = parser.parse_args(arguments)
    model, clip = load_model(), load_model("emoji-clip")
    scenes = mixed_scenes(model)
    word_map = fit_word_map(model, clip, scenes, progress=False).rounded()
    word_map.save(options.map)
    parts = {
        "fit": fit_in_words(word_map, options.map.stat().st_size),
        "naming": naming_table(model, clip, word_map),
        "count": count_table(model, clip, scenes),
    }
    options.page.write_text(
        with_parts(options.page.read_text("utf-8"), parts), encoding="utf-8"
    )
    return 0


def mixed_scenes(model: HookedViT) -> list[Image.Image]:
    """Give scenes such as emoji-vit and emoji-clip were trained on, half of each."""
    named, _ = all_scenes(model, EACH, FITTED_SEED)
    captioned = fresh_captioned_scenes(len(named), FITTED_SEED)
    return [scene for pair in zip(named, captioned, strict=True) for scene in pair]


def all_scenes(
    model: HookedViT, each: int, seed: int
) -> tuple[list[Image.Image], list[int]]:
    """Give scenes in which each thing is the largest, in random order, and which."""
    scenes = [
        (scene, thing)
        for thing in range(len(VOCABULARY))
        for scene in fresh_scenes(model, thing, each, seed)
    ]
    order = np.random.default_rng(seed).permutation(len(scenes))
    mixed = [scenes[index] for index in order]
    return [scene for scene, _ in mixed], [thing for _, thing in mixed]


def fit_in_words(word_map: WordMap, size: int) -> str:
    """Say how the map was fitted and how well."""
    fit = word_map.fit
    return (
        f"Fitted to {fit.n_fitted:,} random scenes, half of them such as emoji-vit was "
        f"trained on, half with colours, numbers and written words, ridge "
        f"{fit.ridge:.3g}. On {fit.n_held_out:,} others its R² is {fit.r2:.3f} over "
        f"all dimensions together, and {word_map.mean_r2:.3f} as the mean of those of "
        f"the dimensions. The file keeps float16, {size / 1000:.0f} kB."
    )


def naming_table(model: HookedViT, clip: HookedViT, word_map: WordMap) -> str:
    """Say how often the largest thing of other scenes is named right."""
    scenes, things = all_scenes(model, FRESH_EACH, FRESH_SEED)
    words = [thing.name for thing in VOCABULARY]
    readers = {
        "emoji-vit, its own classifier": model,
        "emoji-clip, words": clip.with_words(words, TEMPLATES),
        "emoji-vit through the map, words": model.with_words(
            words, TEMPLATES, through=word_map
        ),
    }
    lines = ["| | largest thing named right |", "|---|---|"]
    lines += [
        f"| {title} | {share_named(reader, scenes, things)} |"
        for title, reader in readers.items()
    ]
    return "\n".join(lines)


@torch.no_grad()
def share_named(
    model: HookedViT, scenes: Sequence[Image.Image], things: Sequence[int]
) -> Share:
    """Count the scenes on which the highest logit is that of the thing."""
    assert model.preprocessing is not None  # noqa: S101
    hits = 0
    for at in range(0, len(scenes), BATCH_SIZE):
        part = scenes[at : at + BATCH_SIZE]
        pixels = [prepare_image(each, model.preprocessing).pixels for each in part]
        answers = model(torch.cat(pixels)).argmax(-1)
        hits += int((answers == torch.tensor(things[at : at + BATCH_SIZE])).sum())
    return Share(hits, len(scenes))


def count_table(
    model: HookedViT, clip: HookedViT, scenes: Sequence[Image.Image]
) -> str:
    """Say how R² grows with the number of images."""
    lines = ["| images given | fitted to | R² on the others |", "|---:|---:|---:|"]
    for count in COUNTS:
        fit = fit_word_map(model, clip, scenes[:count], progress=False).fit
        lines.append(f"| {count:,} | {fit.n_fitted:,} | {fit.r2:.3f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
