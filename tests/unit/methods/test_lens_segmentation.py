"""Masks of a lens against loops over layers, patches and pixels."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
import torch
from PIL import Image

from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from vitwidgets import images, load_model
from vitwidgets.methods.lens_segmentation import (
    enlarged,
    lens_masks,
    mask_overlap,
    mask_picture,
)
from vitwidgets.methods.logit_lens import LogitLens

GRID = GRIDS["oblong, five"]


@pytest.fixture(name="lens", scope="module")
def _lens():
    model = hooked_vit(GRID)
    with torch.no_grad():
        _, cache = model.run_with_cache(pixels(GRID, 3))
    return LogitLens(model, cache)


def random_masks(*size: int) -> torch.Tensor:
    return torch.rand(size, generator=torch.Generator().manual_seed(4)) < 0.4


@pytest.mark.parametrize("classes", [(2,), (0, 3, 5), (), range(6)])
def test_a_patch_is_in_the_mask_when_no_class_outside_the_set_is_likelier(
    lens, classes
):
    found = lens_masks(lens.readings(top=2), classes, GRID)
    expected = np.zeros((3, 4, GRID.rows, GRID.cols), bool)
    for layer in range(-1, 3):
        logits = lens.logits(layer)
        for image in range(3):
            for token in range(GRID.n_prefix_tokens, GRID.n_tokens):
                values = logits[image, token].tolist()
                if values.index(max(values)) in classes:
                    expected[image, layer + 1][GRID.position(token)] = True
    assert found.tolist() == expected.tolist()
    assert len(classes) in (0, 6) or 0 < expected.mean() < 1


def test_masks_of_what_was_not_read_are_refused(lens):
    readings = lens.readings(top=1)
    with pytest.raises(ValueError, match="read with top=1 or more"):
        lens_masks(lens.readings(top=0), [1], GRID)
    with pytest.raises(ValueError, match="no class -1"):
        lens_masks(readings, [3, -1], GRID)
    with pytest.raises(TypeError):
        lens_masks(readings, ["cat"], GRID)
    with pytest.raises(ValueError, match=r"20 tokens, the grid has 17: 1 prefix"):
        lens_masks(readings, [1], GRIDS["square, cls"])


@pytest.mark.parametrize(
    ("patch_size", "image_size"),
    [
        ((4, 3), (12, 6)),
        ((4, 3), (14, 8)),  # the rest of the image has no patch
        ((4, 3), (9, 5)),  # the model pads its images
    ],
)
def test_each_pixel_has_what_its_patch_has(patch_size, image_size):
    patches = random_masks(2, 3, 2)
    found = enlarged(patches, patch_size, image_size)
    assert found.shape == (2, *image_size)
    for mask, pixel_mask in zip(patches.tolist(), found.tolist(), strict=True):
        for y in range(image_size[0]):
            for x in range(image_size[1]):
                row, column = y // patch_size[0], x // patch_size[1]
                covered = row < 3 and column < 2
                assert pixel_mask[y][x] == (covered and mask[row][column])


def test_patches_of_another_image_are_refused():
    with pytest.raises(ValueError, match=r"3 x 2 patches of 8 x 8 .* image of 64 x 64"):
        enlarged(random_masks(3, 2), (8, 8), (64, 64))


@pytest.mark.parametrize("as_array", [False, True])
def test_overlap_counts_pixels(as_array):
    masks, truth = random_masks(2, 3, 6, 5), random_masks(9, 6, 5)[8]
    found = mask_overlap(masks, truth.numpy() if as_array else truth)
    for image in range(2):
        for layer in range(3):
            both = either = alike = 0
            for y in range(6):
                for x in range(5):
                    mine, true = bool(masks[image, layer, y, x]), bool(truth[y, x])
                    both += mine and true
                    either += mine or true
                    alike += mine == true
            assert found.iou[image, layer] == pytest.approx(both / either)
            assert found.accuracy[image, layer] == pytest.approx(alike / 30)


def test_each_image_may_have_a_true_mask_of_its_own():
    masks = random_masks(2, 3, 6, 5)
    overlap = mask_overlap(masks, masks[:, :1])
    assert overlap.iou[:, 0].tolist() == [1, 1]
    assert (overlap.iou[:, 1:] < 1).all()


def test_overlap_of_nothing_with_nothing_is_unknown_and_right():
    nothing = torch.zeros(1, 4, 4, dtype=torch.bool)
    overlap = mask_overlap(nothing, nothing[0])
    assert math.isnan(overlap.iou.item())
    assert overlap.accuracy.item() == 1
    assert mask_overlap(nothing, ~nothing[0]).iou.item() == 0


def test_another_size_or_kind_of_mask_is_refused():
    masks = random_masks(2, 64, 64)
    with pytest.raises(ValueError, match=r"true mask has 48 x 64 .* input 64 x 64"):
        mask_overlap(masks, random_masks(48, 64))
    with pytest.raises(TypeError, match=r"uint8.*mask > 0"):
        mask_overlap(masks, torch.full((64, 64), 255, dtype=torch.uint8))
    with pytest.raises(TypeError, match=r"float32.*mask > 0"):
        mask_overlap(torch.rand(64, 64), masks[0])


def test_a_picture_of_a_mask_is_white_on_black_and_lossless():
    mask = random_masks(6, 9)
    file = io.BytesIO()
    mask_picture(mask).save(file, "PNG")
    with Image.open(file) as picture:
        assert picture.size == (9, 6)
        assert np.asarray(picture).tolist() == (255 * mask.numpy()).tolist()


def test_several_masks_are_no_picture():
    with pytest.raises(ValueError, match=r"\(2, 6, 9\) are no picture"):
        mask_picture(random_masks(2, 6, 9))


def test_the_lens_finds_a_bundled_scenes_object():
    model, scene = load_model(), images.sample("snowman-alone")
    prepared = images.prepare_image(scene, model.preprocessing)
    truth = images.prepare_mask(scene.masks["snowman"], model.preprocessing)
    _, cache = model.run_with_cache(prepared.pixels)
    snowman = model.class_names.index("snowman")
    readings = LogitLens(model, cache).readings(top=1)
    patches = lens_masks(readings, [snowman], model.grid)[0]
    overlap = mask_overlap(enlarged(patches, (8, 8), truth.shape), truth)
    assert overlap.iou[0] == 0
    assert overlap.iou[-1] > 0.3
