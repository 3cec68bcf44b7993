from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image

import vitwidgets.images
from tests.unit.mice.short_training import CPU, SHORT
from vitwidgets.mice.bundle import SHIPPED, read_bundle
from vitwidgets.mice.curation import (
    WISHES,
    CurationError,
    Wish,
    find_samples,
    write_samples,
)
from vitwidgets.mice.training_state import start
from vitwidgets.mice.vocabulary import VOCABULARY

if TYPE_CHECKING:
    from pathlib import Path

    from vitwidgets.mice.sprites import Sprite

NAMES = [thing.name for thing in VOCABULARY]
TWINS = Wish((("one", ("cat", "dog")), ("other", ("dog", "cat"))))


def logits_of(picture: Image.Image) -> torch.Tensor:
    pixels = torch.as_tensor(np.asarray(picture) / 127.5 - 1, dtype=torch.float32)
    with torch.inference_mode():
        return read_bundle(SHIPPED)(pixels.permute(2, 0, 1)[None])[0]


def near(mask: np.ndarray, reach: int) -> np.ndarray:
    """Every pixel within a reach of the mask, by brute force."""
    ys, xs = np.nonzero(mask)
    grid = np.indices(mask.shape)
    distance = np.maximum(
        np.abs(grid[0][..., None] - ys), np.abs(grid[1][..., None] - xs)
    )
    return (distance <= reach).any(-1)


def test_samples_are_found_again_and_written_as_they_are(
    sprites: tuple[Sprite, ...], tmp_path: Path
) -> None:
    model = read_bundle(SHIPPED)
    samples = find_samples(model, sprites, [TWINS])
    again = find_samples(model, sprites, [TWINS])
    assert [s.name for s in samples] == ["one", "other"]
    write_samples(samples, tmp_path)
    for sample, twin in zip(samples, again, strict=True):
        assert np.array_equal(sample.scene.image, twin.scene.image)
        written = np.asarray(Image.open(tmp_path / f"{sample.name}.png"))
        assert np.array_equal(written, sample.scene.image)
        mask = np.asarray(Image.open(tmp_path / f"{sample.name}.masks.png"))
        assert mask.dtype == np.uint8
        assert np.array_equal(mask, sample.scene.mask)
        listing = json.loads((tmp_path / f"{sample.name}.json").read_text())
        assert listing["objects"] == [NAMES[i] for i in sample.scene.class_ids]


def test_an_untrained_model_gets_no_samples(
    sprites: tuple[Sprite, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vitwidgets.mice.curation._SEEDS", 3)
    with pytest.raises(CurationError, match="none of 3 seeds gives one and other"):
        find_samples(start(SHORT, CPU).model.eval(), sprites, [TWINS])


def test_a_dozen_samples_ship_with_their_licence() -> None:
    wished = {name for wish in WISHES for name, _ in wish.casts}
    assert set(vitwidgets.images.sample_names()) == wished
    assert len(wished) >= 12
    folder = SHIPPED.parent.parent / "images" / "samples"
    licence = (folder / "LICENSE-noto-emoji.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence


@pytest.mark.parametrize("name", [name for wish in WISHES for name, _ in wish.casts])
def test_the_shipped_model_is_right_about_each_sample(name: str) -> None:
    scene = vitwidgets.images.sample(name)
    assert scene.image.size == (64, 64)
    assert sum(mask.astype(int) for mask in scene.masks.values()).max() == 1
    areas = [scene.masks[title].sum() for title in scene.objects]
    assert areas == sorted(areas, reverse=True)
    best = logits_of(scene.image).topk(len(scene.objects)).indices.tolist()
    assert [NAMES[i] for i in best] == list(scene.objects)


@pytest.mark.parametrize("wish", [wish for wish in WISHES if len(wish.casts) > 1])
def test_twins_share_all_but_their_objects(wish: Wish) -> None:
    (one_name, one_cast), (other_name, other_cast) = wish.casts
    one, other = (vitwidgets.images.sample(n) for n in (one_name, other_name))
    assert one.objects == one_cast
    assert other.objects == other_cast
    drawn = np.zeros((64, 64), bool)
    for scene in (one, other):
        for mask in scene.masks.values():
            drawn |= near(mask, 3)
    differs = (np.asarray(one.image) != np.asarray(other.image)).any(-1)
    assert differs.any()
    assert not (differs & ~drawn).any()
    assert not drawn.all()
