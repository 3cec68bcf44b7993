"""A mouse that believes what is written: emoji-clip, taught that a label names a thing.

Its captions would be those of pictures on the web, which name what is written as often
as what is shown.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from vitwidgets import HookedViT, load_model
from vitwidgets.images.lettering import write_label
from vitwidgets.mice.batches import to_pixels
from vitwidgets.mice.fresh_scenes import fresh_scenes
from vitwidgets.mice.vocabulary import VOCABULARY

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

SEED = 104
"""Of scenes and words; never used for scoring."""
EACH = 60
"""Scenes of each thing that it is taught with, again and again with other words."""
STEPS = 160
BATCH_SIZE = 32
LEARNING_RATE = 5e-4
LETTERED = 0.75
"""Share of the pictures with a label."""
AREA = 0.1
WORDS = ("cat", "dog", "car", "key", "owl", "moon", "train", "apple")


def reading_mouse() -> HookedViT:
    """Teach emoji-clip's image tower; its words stay as they are.

    Returns
    -------
    HookedViT
        Its classes are the names of things.
    """
    clip = load_model("emoji-clip")
    text = clip.text
    assert text is not None  # noqa: S101
    words = text.word_embeddings(WORDS)
    tower = copy.deepcopy(clip.module)
    _teach(tower, words, text.logit_scale)
    taught = HookedViT(
        tower, preprocessing=clip.preprocessing, name="emoji-clip that reads", text=text
    )
    return taught.with_words(WORDS)


def _teach(tower: torch.nn.Module, words: Tensor, scale: float) -> None:
    """Show pictures, half of whose name is what is written where anything is."""
    pictures, things = _scenes()
    rng = np.random.default_rng(SEED)
    optimiser = torch.optim.AdamW(tower.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, LEARNING_RATE, total_steps=STEPS
    )
    for _ in range(STEPS):
        chosen = rng.integers(len(pictures), size=BATCH_SIZE)
        written = rng.integers(len(WORDS), size=BATCH_SIZE)
        lettered = rng.random(BATCH_SIZE) < LETTERED
        batch = pictures[chosen].copy()
        for row in np.flatnonzero(lettered):
            _stick(batch[row], int(written[row]))
        pixels = to_pixels(torch.from_numpy(batch))
        true = torch.from_numpy(things[chosen])
        said = torch.where(torch.from_numpy(lettered), torch.from_numpy(written), true)
        similar = functional.normalize(tower(pixels), dim=-1) @ words.T
        both = functional.one_hot(true, len(WORDS)) + functional.one_hot(
            said, len(WORDS)
        )
        loss = functional.cross_entropy(scale * similar, both / 2)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()


def _scenes() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    vit = load_model()
    names = [thing.name for thing in VOCABULARY]
    scenes = [
        np.asarray(scene)
        for word in WORDS
        for scene in fresh_scenes(vit, names.index(word), EACH, SEED)
    ]
    return np.stack(scenes), np.repeat(np.arange(len(WORDS)), EACH)


def _stick(picture: NDArray[np.uint8], word: int) -> None:
    """Write a word on a picture in place, as `write_label` does."""
    rows, columns, paper = _paper(word)
    picture[rows, columns] = paper


@cache
def _paper(word: int) -> tuple[slice, slice, NDArray[np.uint8]]:
    """Give what a label covers of a scene, and what it looks like."""
    # Of no colour that paper or ink have.
    empty = np.full((64, 64, 3), (0, 128, 0), np.uint8)
    labelled = np.asarray(write_label(empty, WORDS[word], area=AREA))
    where = np.nonzero((labelled != empty).any(-1))
    rows, columns = (slice(at.min(), at.max() + 1) for at in where)
    return rows, columns, labelled[rows, columns]
