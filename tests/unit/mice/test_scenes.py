from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vitwidgets.mice.backgrounds import draw_background
from vitwidgets.mice.scenes import (
    SIDE,
    Placement,
    compose,
    random_placements,
    random_scene,
)

if TYPE_CHECKING:
    from vitwidgets.mice.sprites import Sprite


def placements_of(seed: int, sprites: tuple[Sprite, ...]) -> list[Placement]:
    rng = np.random.default_rng(seed)
    classes = rng.choice(len(sprites), 3, replace=False).tolist()
    return random_placements(rng, sprites, classes)


def drawn_by_pillow(
    background: np.ndarray, placements: list[Placement], sprites: tuple[Sprite, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Composite whole-canvas layers with Pillow, and look from the front."""
    image = Image.fromarray(background).convert("RGBA")
    alphas = []
    for placement in placements:
        drawn = sprites[placement.class_id].place(
            placement.side, placement.angle, flip=placement.flip
        )
        height, width = drawn.shape[:2]
        straight = Image.frombytes("RGBa", (width, height), drawn.tobytes())
        layer = Image.new("RGBA", (SIDE, SIDE))
        corner = (
            round(placement.centre[0] - width / 2),
            round(placement.centre[1] - height / 2),
        )
        layer.paste(straight.convert("RGBA"), corner)
        image.alpha_composite(layer)
        alphas.append(np.asarray(layer)[..., 3])
    front = np.zeros((SIDE, SIDE), int)
    for y in range(SIDE):
        for x in range(SIDE):
            for number in range(len(placements), 0, -1):
                if alphas[number - 1][y, x] >= 128:
                    front[y, x] = number
                    break
    return np.asarray(image.convert("RGB")), front


@pytest.mark.parametrize("seed", range(12))
def test_picture_and_masks_are_what_pillow_composites(
    seed: int, sprites: tuple[Sprite, ...]
) -> None:
    placements = placements_of(seed, sprites)
    background = draw_background(np.random.default_rng(seed), SIDE)
    kept = background.copy()
    scene = compose(background, placements, sprites)
    image, front = drawn_by_pillow(background, placements, sprites)
    assert np.array_equal(background, kept)
    assert np.abs(scene.image.astype(int) - image).max() <= 3
    for rank, (class_id, area) in enumerate(
        zip(scene.class_ids, scene.areas, strict=True), start=1
    ):
        number = next(
            i for i, p in enumerate(placements, start=1) if p.class_id == class_id
        )
        assert np.array_equal(scene.mask == rank, front == number)
        assert area == (front == number).sum()
    assert np.array_equal(scene.mask == 0, front == 0)


def test_an_object_behind_another_or_off_the_picture_is_left_out(
    sprites: tuple[Sprite, ...],
) -> None:
    background = np.zeros((SIDE, SIDE, 3), np.uint8)
    hidden = Placement(0, 8.0, (32.0, 32.0), 0.0, flip=False)
    outside = Placement(2, 20.0, (200.0, -90.0), 0.0, flip=False)
    front = Placement(57, 60.0, (32.0, 32.0), 0.0, flip=False)
    scene = compose(background, [hidden, outside, front], sprites)
    assert scene.class_ids == (57,)
    assert set(np.unique(scene.mask).tolist()) == {0, 1}
    assert (scene.mask == 1).sum() == scene.areas[0]


def test_objects_partly_outside_are_clipped(sprites: tuple[Sprite, ...]) -> None:
    background = np.zeros((SIDE, SIDE, 3), np.uint8)
    for centre in ((0.0, 0.0), (64.0, 30.0), (20.0, 66.0)):
        placements = [Placement(57, 30.0, centre, 0.3, flip=False)]
        scene = compose(background, placements, sprites)
        image, front = drawn_by_pillow(background, placements, sprites)
        assert np.abs(scene.image.astype(int) - image).max() <= 3
        assert np.array_equal(scene.mask, front)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**63))
def test_any_seed_gives_the_same_sound_scene_twice(
    seed: int, sprites: tuple[Sprite, ...]
) -> None:
    scene = random_scene(np.random.default_rng(seed), sprites)
    again = random_scene(np.random.default_rng(seed), sprites)
    assert np.array_equal(scene.image, again.image)
    assert np.array_equal(scene.mask, again.mask)
    assert scene.class_ids == again.class_ids
    assert 1 <= len(set(scene.class_ids)) == len(scene.class_ids) <= 3
    assert list(scene.areas) == sorted(scene.areas, reverse=True)
    for rank, area in enumerate(scene.areas, start=1):
        assert (scene.mask == rank).sum() == area > 0
    assert scene.mask.max() == len(scene.areas)


def test_scenes_are_as_varied_as_the_card_says(sprites: tuple[Sprite, ...]) -> None:
    rng = np.random.default_rng(5)
    scenes = [random_scene(rng, sprites) for _ in range(400)]
    counts = np.bincount([len(scene.class_ids) for scene in scenes], minlength=4)
    assert counts[0] == 0
    assert (counts[1:] > 60).all()
    assert len({scene.class_ids[0] for scene in scenes}) > 60


def test_asked_for_classes_are_drawn(sprites: tuple[Sprite, ...]) -> None:
    scene = random_scene(np.random.default_rng(1), sprites, class_ids=[7])
    assert scene.class_ids == (7,)
