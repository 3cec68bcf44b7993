"""The tables of the page on emergent segmentation, on scenes that ship."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks import lens_segmentation
from benchmarks.lens_segmentation import ALIKE, CLS, IOU, ORDER, OTHER, OWN
from vitwidgets import images, load_model
from vitwidgets.mice.batches import SceneBatch

NAMES = ("snowman-alone", "house-tree-sunflower", "elephant-and-penguin")


@pytest.fixture(name="model", scope="module")
def _model():
    return load_model()


@pytest.fixture(name="batch", scope="module")
def _batch(model):
    scenes = [images.sample(name) for name in NAMES]
    masks = [scene.masks[scene.objects[0]].astype(np.uint8) for scene in scenes]
    classes = [[model.class_names.index(scene.objects[0]), -1, -1] for scene in scenes]
    return SceneBatch(
        images=torch.tensor(np.stack([np.asarray(scene.image) for scene in scenes])),
        masks=torch.tensor(np.stack(masks)),
        class_ids=torch.tensor(classes),
        areas=torch.tensor([[int(mask.sum()), 0, 0] for mask in masks]),
    )


def test_columns_of_the_last_layer_are_what_the_plain_model_gives(model, batch):
    columns = lens_segmentation.of_lenses(model, batch)["own norm"]
    pixels = batch.images.permute(0, 3, 1, 2) / 127.5 - 1
    with torch.no_grad():
        tokens = model.module.forward_features(pixels)
        logits = model.module.head(tokens)
    for scene, truth in enumerate(batch.masks.bool()):
        main = batch.class_ids[scene, 0]
        named = (logits[scene, 1:].argmax(-1) == main).view(8, 8)
        mask = named.repeat_interleave(8, 0).repeat_interleave(8, 1)
        iou = (mask & truth).sum() / (mask | truth).sum()
        own = truth.view(8, 8, 8, 8).float().mean((1, 3)) >= 0.5
        sure = logits[scene, 1:].softmax(-1)[:, main].view(8, 8)
        pairs = sure[own][:, None] > sure[~own][None]
        expected = {
            IOU: iou,
            ALIKE: (mask == truth).float().mean(),
            OWN: named[own].float().mean(),
            OTHER: named[~own].float().mean(),
            ORDER: pairs.float().mean(),
            CLS: (logits[scene, 0].argmax() == main).float(),
        }
        found = {name: values[scene, -1] for name, values in columns.items()}
        for name, value in expected.items():
            torch.testing.assert_close(found[name], value, atol=2e-3, rtol=0)


def test_references_are_in_the_order_that_they_must_be(batch):
    found = lens_segmentation.of_references(batch)
    nothing, every, square, best = (columns[IOU][:, 0] for columns in found.values())
    assert nothing.tolist() == [0, 0, 0]
    shares = batch.masks.float().mean((1, 2))
    torch.testing.assert_close(every, shares)
    assert (best > every).all()
    assert (best > square).all()


def test_the_square_is_in_the_middle_and_of_the_objects_area():
    mask = torch.zeros(8, 10, dtype=torch.bool)
    mask[0] = True  # ten pixels: three by three
    square = lens_segmentation.middle_square(mask)
    expected = torch.zeros(8, 10, dtype=torch.bool)
    expected[2:5, 3:6] = True
    assert square.tolist() == expected.tolist()


def test_tables_have_a_line_for_each_layer_and_class(model, batch):
    found = lens_segmentation.of_lenses(model, batch)
    found |= lens_segmentation.of_references(batch)
    parts = lens_segmentation.tables(found, batch.class_ids[:, 0])
    lines = parts["layers"].splitlines()[2:]
    assert len(lines) == 3 * 7
    assert lines[0].startswith("| own norm | embedding | 0.000 |")
    mean = found["tuned lens"][IOU][:, -1].mean()
    assert lines[-1].startswith(f"| tuned lens | L5 | {mean:.3f} |")
    assert "snowman | 1 |" in parts["classes"]
    assert len(parts["references"].splitlines()) == 2 + 4
    assert parts["scenes"].startswith("Means over 3 scenes")
