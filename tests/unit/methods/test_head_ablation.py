from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from vitwidgets import load_model
from vitwidgets.images import sample
from vitwidgets.methods import head_ablation
from vitwidgets.models.errors import UnsupportedModelError

GRID = GRIDS["oblong, five"]
COUNT = 5


@pytest.fixture(name="model", scope="module")
def _model():
    return hooked_vit(GRID)


X = pixels(GRID, COUNT)
LABELS = [0, 5, 2, 2, 1]


def plain_z(module, layer, images):
    """What the output projection of a block takes."""
    taken = []
    projection = module.blocks[layer].attn.proj
    handle = projection.register_forward_pre_hook(
        lambda _, args: taken.append(args[0].detach().clone())
    )
    try:
        module(images)
    finally:
        handle.remove()
    return taken[0]


def plain_rerun(module, layer, head, replacement):
    """Run everything anew with a head's columns of that input replaced."""
    attn = module.blocks[layer].attn
    own = slice(head * attn.head_dim, (head + 1) * attn.head_dim)

    def replaced(_, args):
        z = args[0].clone()
        z[..., own] = replacement[..., own]
        return (z,)

    handle = attn.proj.register_forward_pre_hook(replaced)
    try:
        return module(X)
    finally:
        handle.remove()


REPLACEMENTS = {
    "zero": torch.zeros_like,
    "mean": lambda z: z.mean(0, keepdim=True),
    "resample": lambda z: z.roll(-1, 0),
}


@pytest.mark.parametrize("how", REPLACEMENTS)
@pytest.mark.parametrize("labels", [None, LABELS], ids=["own answer", "labels"])
@pytest.mark.parametrize("batch_size", [2, 5])
def test_ablation_equals_full_runs(model, how, labels, batch_size):
    found = head_ablation(
        model, X, labels=labels, how=how, batch_size=batch_size, progress=False
    )
    module = model.module
    with torch.no_grad():
        clean = module(X)
        target = clean.argmax(-1) if labels is None else torch.tensor(labels)
        rows = torch.arange(COUNT)
        hit = (clean.argmax(-1) == target).double()
        assert found.accuracy == pytest.approx(float(hit.mean()))
        for layer in range(3):
            replacement = REPLACEMENTS[how](plain_z(module, layer, X))
            for head in range(4):
                logits = plain_rerun(module, layer, head, replacement)
                change = (logits - clean)[rows, target].double().numpy()
                still = (logits.argmax(-1) == target).double()
                hits = (still - hit).numpy()
                here = (layer, head)
                assert float(found.logit_change[here]) == pytest.approx(
                    change.mean(), abs=1e-5
                )
                half = 2.776 * change.std(ddof=1) / math.sqrt(COUNT)  # t of 4
                assert float(found.logit_change_ci95[here]) == pytest.approx(
                    half, rel=1e-3, abs=1e-5
                )
                assert float(found.accuracy_change[here]) == pytest.approx(hits.mean())


def test_the_changes_are_of_some_size(model):
    found = head_ablation(model, X, progress=False)
    assert float(found.logit_change.abs().min()) > 1e-4
    assert len(np.unique(found.logit_change)) == 12


def test_the_table_has_one_row_a_head(model):
    found = head_ablation(model, X, how="zero", progress=False)
    frame = found.frame()
    assert frame["address"].tolist()[3:5] == ["L0.H3", "L1.H0"]
    row = frame.set_index("address").loc["L2.H1"]
    assert row["logit_change"] == float(found.logit_change[2, 1])
    assert frame.attrs == {"how": "zero", "n_images": COUNT, "accuracy": 1.0}


def test_the_model_is_left_as_it_was(model):
    before = model(X)
    head_ablation(model, X, progress=False)
    assert torch.equal(model(X), before)


def test_labels_stay_with_their_images_when_one_is_skipped(tmp_path):
    names = ["cat-alone", "dog-alone", "snowman-alone"]
    scenes = [sample(name) for name in names]
    model = load_model()
    classes = [model.class_names.index(scene.objects[0]) for scene in scenes]
    given = [scenes[0], b"broken", scenes[1], scenes[2]]
    labels = [classes[0], 0, *classes[1:]]
    with pytest.warns(UserWarning, match="1 of 4 images"):
        found = head_ablation(model, given, labels=labels, progress=False)
    assert found.accuracy == 1
    assert found.n_images == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"how": "median"}, "how must be .* 'median'"),
        ({"labels": [0, 1]}, "one class index for each image"),
        ({"labels": [0.5] * COUNT}, "one class index for each image"),
        ({"labels": [0, 1, 2, 3, 6]}, "label 6 is no class"),
        ({"labels": [0, 1, 2, 3, -1]}, "label -1 is no class"),
    ],
)
def test_what_cannot_be_measured_is_an_error(model, options, message):
    with pytest.raises(ValueError, match=message):
        head_ablation(model, X, progress=False, **options)


def test_one_image_is_too_few(model):
    with pytest.raises(ValueError, match="two images at least"):
        head_ablation(model, X[:1], progress=False)


def test_a_model_without_a_classifier_is_refused():
    headless = hooked_vit(GRID, num_classes=0)
    with pytest.raises(UnsupportedModelError, match="has no classifier"):
        head_ablation(headless, X, progress=False)
