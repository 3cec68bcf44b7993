from __future__ import annotations

import collections
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.unit.mice.clip.caption_reader import is_true
from vitwidgets.mice.clip.architecture import CONTEXT_LENGTH, tokenizer
from vitwidgets.mice.clip.captioned_scenes import ABOUT, captioned_scene
from vitwidgets.mice.clip.captions import (
    caption,
    wrong_colour,
    wrong_count,
    wrong_place,
    wrong_position,
    wrong_word,
)

if TYPE_CHECKING:
    from vitwidgets.mice.clip.captioned_scenes import CaptionedScene
    from vitwidgets.mice.clip.drawings import Drawings


@pytest.fixture(scope="module")
def scenes(drawings: Drawings) -> list[CaptionedScene]:
    rng = np.random.default_rng(5)
    return [captioned_scene(rng, drawings, lettered=0.3) for _ in range(250)]


@pytest.mark.parametrize("about", [None, *ABOUT])
def test_every_caption_is_true_of_its_picture(
    scenes: list[CaptionedScene], about: str | None
) -> None:
    rng = np.random.default_rng(6)
    for scene in scenes:
        for _ in range(4):
            said = caption(rng, scene, about)
            assert is_true(said, scene), said


def test_captions_speak_of_everything(scenes: list[CaptionedScene]) -> None:
    rng = np.random.default_rng(7)
    said = [caption(rng, scene) for scene in scenes for _ in range(4)]
    kinds = collections.Counter(
        kind
        for text in said
        for kind in re.findall(
            r"left of|right of|above|below|on the|at the|two|three|red|purple|the word"
            r"| and |photo",
            text,
        )
    )
    assert len(kinds) == 13
    assert min(kinds.values()) >= 5


@pytest.mark.parametrize(
    "wrong", [wrong_colour, wrong_count, wrong_place, wrong_position, wrong_word]
)
def test_of_two_captions_one_is_true_and_the_other_is_not(
    scenes: list[CaptionedScene], wrong
) -> None:
    rng = np.random.default_rng(8)
    pairs = [(scene, wrong(rng, scene)) for scene in scenes]
    found = [(scene, pair) for scene, pair in pairs if pair is not None]
    assert len(found) > 30
    for scene, (right, other) in found:
        assert is_true(right, scene), right
        assert not is_true(other, scene, doubt=0), other


def test_no_caption_is_cut_off(scenes: list[CaptionedScene]) -> None:
    rng = np.random.default_rng(9)
    said = [caption(rng, scene, "count") for scene in scenes for _ in range(4)]
    tokens = tokenizer()(said)
    assert tokens.shape[1] == CONTEXT_LENGTH
    assert bool((tokens[:, -2:] == 0).all())


def test_the_longest_captions_fit() -> None:
    thing = "strawberries"
    longest = f"a photo of three purple {thing}, a purple soccer ball, an orange light"
    longest += " bulb and the word soccer ball."
    length = int((tokenizer()([longest]) != 0).sum())
    assert length < CONTEXT_LENGTH


def test_equal_seeds_give_equal_scenes_and_captions(drawings: Drawings) -> None:
    def made(seed: int) -> list:
        rng = np.random.default_rng(seed)
        scenes = [captioned_scene(rng, drawings, lettered=0.5) for _ in range(5)]
        pictures = [scene.scene.image.tobytes() for scene in scenes]
        return [*pictures, *(caption(rng, scene) for scene in scenes)]

    assert made(1) == made(1)
    assert made(1) != made(2)
