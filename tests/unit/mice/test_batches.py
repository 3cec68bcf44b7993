from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image
from timm.data import create_transform

from vitwidgets.mice.batches import (
    area_targets,
    render_batch,
    stack_scenes,
    to_pixels,
)
from vitwidgets.mice.scenes import Scene

if TYPE_CHECKING:
    from vitwidgets.mice.sprites import Sprite


def test_a_key_fixes_the_scenes_and_another_changes_them(
    sprites: tuple[Sprite, ...],
) -> None:
    one, same = (render_batch((1, 2), 5, sprites) for _ in range(2))
    assert torch.equal(one.images, same.images)
    assert torch.equal(one.masks, same.masks)
    for other in ((1, 3), (2, 1), (1, 2, 0, 1)):
        assert not torch.equal(one.images, render_batch(other, 5, sprites).images)


def test_the_first_scenes_are_contested_as_often_as_asked(
    sprites: tuple[Sprite, ...],
) -> None:
    batch = render_batch((8,), 40, sprites, contested=0.7)
    rivals = batch.areas[:, 1] >= 0.3 * batch.areas[:, 0]
    assert rivals[:28].all()
    assert 0 < rivals[28:].sum() < 12
    assert not (render_batch((8,), 40, sprites).areas[:, 1] > 0).all()


def test_masks_classes_and_areas_belong_together(sprites: tuple[Sprite, ...]) -> None:
    batch = render_batch((4,), 20, sprites)
    assert len(batch) == 20
    for mask, ids, areas in zip(batch.masks, batch.class_ids, batch.areas, strict=True):
        for rank in range(3):
            assert (mask == rank + 1).sum() == areas[rank]
            assert (ids[rank] == -1) == (areas[rank] == 0)


def test_targets_are_shares_of_the_visible_area() -> None:
    ids = torch.tensor([[3, 0, -1], [2, -1, -1], [1, 3, 0]])
    areas = torch.tensor([[30, 10, 0], [7, 0, 0], [50, 30, 20]])
    expected = [[0.25, 0, 0, 0.75], [0, 0, 1, 0], [0.2, 0.5, 0, 0.3]]
    targets = area_targets(ids, areas, 4)
    assert torch.allclose(targets, torch.tensor(expected))


def test_targets_of_real_scenes_sum_to_one(sprites: tuple[Sprite, ...]) -> None:
    batch = render_batch((9,), 50, sprites)
    targets = area_targets(batch.class_ids, batch.areas, len(sprites))
    assert torch.allclose(targets.sum(1), torch.ones(50))
    assert torch.equal(targets.argmax(1), batch.class_ids[:, 0])


def test_pixels_are_those_of_timm_s_own_transform(sprites: tuple[Sprite, ...]) -> None:
    transform = create_transform(
        (3, 64, 64), mean=(0.5,) * 3, std=(0.5,) * 3, crop_pct=1.0
    )
    batch = render_batch((6,), 3, sprites)
    for image, pixels in zip(batch.images, to_pixels(batch.images), strict=True):
        assert torch.equal(pixels, transform(Image.fromarray(image.numpy())))


def test_stacking_pads_with_no_object() -> None:
    blank = np.zeros((64, 64, 3), np.uint8)
    mask = np.zeros((64, 64), np.uint8)
    mask[:2, :2] = 1
    batch = stack_scenes([Scene(blank, mask, (5,), (4,))])
    assert batch.class_ids.tolist() == [[5, -1, -1]]
    assert batch.areas.tolist() == [[4, 0, 0]]


@pytest.mark.parametrize("value", [0, 127, 255])
def test_pixels_run_from_minus_one_to_one(value: int) -> None:
    images = torch.full((1, 64, 64, 3), value, dtype=torch.uint8)
    expected = (value / 255 - 0.5) / 0.5
    assert to_pixels(images).flatten()[0].item() == pytest.approx(expected)
