from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from tests.unit.methods.small_vits import GRIDS, hooked_vit
from vitwidgets import load_model
from vitwidgets.mice import fresh_scenes as module
from vitwidgets.mice.batches import to_pixels
from vitwidgets.mice.fresh_scenes import fresh_scenes
from vitwidgets.mice.scenes import random_scene
from vitwidgets.mice.vocabulary import VOCABULARY

if TYPE_CHECKING:
    from vitwidgets.mice.scenes import Scene
    from vitwidgets.mice.sprites import Sprite
    from vitwidgets.models import HookedViT


@pytest.fixture(name="model", scope="module")
def _model() -> HookedViT:
    return load_model()


def test_the_model_names_what_is_largest_in_them(model: HookedViT) -> None:
    """Of scenes drawn with the font that it was trained on, it names 97.9 %."""
    scenes = [
        np.asarray(scene)
        for thing in range(len(VOCABULARY))
        for scene in fresh_scenes(model, thing, 2)
    ]
    with torch.no_grad():
        said = model(to_pixels(torch.tensor(np.stack(scenes)))).argmax(-1)
    right = said == torch.arange(len(VOCABULARY)).repeat_interleave(2)
    assert float(right.float().mean()) > 0.93


def test_they_follow_the_seed(model: HookedViT) -> None:
    def pixels(**options: int) -> list[bytes]:
        given = {"class_index": 0, "n": 4, **options}
        return [scene.tobytes() for scene in fresh_scenes(model, **given)]

    assert pixels() == pixels()
    assert pixels(n=2) == pixels()[:2]
    assert not set(pixels()) & set(pixels(seed=1))
    assert not set(pixels()) & set(pixels(class_index=1))
    assert len(set(pixels())) == 4


def test_a_scene_in_which_another_thing_is_larger_is_drawn_anew(
    model: HookedViT, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One in a thousand is, where a large thing is cut off by the edge."""
    wanted = fresh_scenes(model, 0, 3)
    drawn = []

    def mistaken(rng: np.random.Generator, *what: Any) -> Scene:
        scene = random_scene(rng, *what)
        drawn.append(scene.image)
        if len(drawn) == 2:
            return replace(scene, class_ids=(1, *scene.class_ids))
        return scene

    monkeypatch.setattr(module, "random_scene", mistaken)
    found = [np.asarray(scene) for scene in fresh_scenes(model, 0, 3)]
    kept = [drawn[0], *drawn[2:]]
    assert all(map(np.array_equal, found, kept))
    assert np.array_equal(np.asarray(wanted[2]), found[1])


def test_the_shipped_drawings_are_those_of_the_font(
    sprites: tuple[Sprite, ...],
) -> None:
    shipped = module.shipped_sprites()
    assert len(shipped) == len(sprites)
    for ours, theirs in zip(shipped, sprites, strict=True):
        assert ours.fill == pytest.approx(theirs.fill, rel=0.05)
        for side in (15, 40, 60):
            one, other = (
                sprite.place(side, 0.0, flip=False).astype(float)
                for sprite in (ours, theirs)
            )
            height = min(len(one), len(other))
            width = min(one.shape[1], other.shape[1])
            apart = one[:height, :width] - other[:height, :width]
            assert np.abs(apart).mean() < 28  # of two things: 31 at least


def test_what_cannot_be_drawn_is_an_error(model: HookedViT) -> None:
    with pytest.raises(IndexError, match="there is no class 64: it runs from 0 to 63"):
        fresh_scenes(model, 64, 1)
    with pytest.raises(ValueError, match="0 or more, got -1"):
        fresh_scenes(model, 0, -1)
    other = hooked_vit(GRIDS["square, cls"])
    with pytest.raises(ValueError, match=re.escape("give images of your own")):
        fresh_scenes(other, 0, 1)
    assert fresh_scenes(model, 0, 0) == []
