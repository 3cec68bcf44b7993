"""The scenes that ship, and scenes written here to a folder of our own."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from vitwidgets.images import sample, sample_names, sample_scenes


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(sample_scenes, "_folder", lambda: tmp_path)
    return tmp_path


def write_scene(folder, name, objects, index):
    shape = (*index.shape, 3)
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(image).save(folder / f"{name}.png")
    Image.fromarray(index).save(folder / f"{name}.masks.png")
    (folder / f"{name}.json").write_text(json.dumps({"objects": objects}))
    return image


def test_image_masks_and_order_by_visible_area(folder):
    index = np.zeros((64, 64), np.uint8)
    index[2:5, 3:9] = 1
    index[30:60, 30:60] = 2
    image = write_scene(folder, "two", ["cat", "dog"], index)

    scene = sample("two")

    np.testing.assert_array_equal(np.asarray(scene.image), image)
    assert scene.name == "two"
    assert scene.objects == ("dog", "cat")
    assert set(scene.masks) == {"cat", "dog"}
    np.testing.assert_array_equal(scene.masks["cat"], index == 1)
    np.testing.assert_array_equal(scene.masks["dog"], index == 2)
    assert scene.masks["cat"].dtype == bool


def test_two_objects_of_one_class_are_one_mask(folder):
    index = np.zeros((64, 64), np.uint8)
    index[:10], index[20:25], index[40:50] = 1, 2, 3
    write_scene(folder, "twins", ["cat", "dog", "cat"], index)
    scene = sample("twins")
    assert scene.objects == ("cat", "dog")
    np.testing.assert_array_equal(scene.masks["cat"], (index == 1) | (index == 3))


def test_an_unknown_name_lists_the_names(folder):
    index = np.zeros((64, 64), np.uint8)
    for name in ("frog", "cat-and-dog"):
        write_scene(folder, name, [], index)
    assert sample_names() == ("cat-and-dog", "frog")
    with pytest.raises(ValueError, match=r"mean 'cat-and-dog'.*cat-and-dog, frog"):
        sample("cat-dog")


def test_a_name_is_no_path(folder):
    (folder.parent / "outside.json").write_text("{}")
    with pytest.raises(ValueError, match=r"no sample scene '\.\./outside'"):
        sample("../outside")


def test_the_scenes_that_ship():
    names = sample_names()
    assert len(names) >= 12
    casts = [sample(name).objects for name in names]
    assert sum({"cat", "dog"} <= set(cast) for cast in casts) >= 2
    for name in names:
        scene = sample(name)
        areas = [int(scene.masks[title].sum()) for title in scene.objects]
        assert scene.image.size == (64, 64)
        assert scene.image.mode == "RGB"
        assert all(mask.shape == (64, 64) for mask in scene.masks.values())
        assert min(areas) > 0
        assert areas == sorted(areas, reverse=True)
        assert sum(mask.astype(int) for mask in scene.masks.values()).max() == 1
