"""What edits do to all classes, and along a sweep, against runs one by one."""

from __future__ import annotations

import math

import pytest
import torch

from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels, plain_streams
from vitwidgets.methods import (
    ConceptDirection,
    Intervention,
    natural_strength,
    off_target,
    steering_sweep,
    wilson_interval,
)
from vitwidgets.methods.interventions import InterventionError

GRID = GRIDS["square, cls"]
N = 40
LABELS = torch.arange(N) % 4


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


@pytest.fixture(name="model", scope="module")
def _model():
    return hooked_vit(GRID)


@pytest.fixture(name="direction", scope="module")
def _direction():
    vector = torch.randn(32, generator=torch.Generator().manual_seed(4))
    return ConceptDirection("up", 4 * vector, "L1.resid_post", ("cls",), "by chance")


def by_hand(model, direction, images, strength):
    def add(value, hook):
        value = value.clone()
        value[:, 0] += strength * direction.vector
        return value

    return model.run_with_hooks(images, [("blocks.1.hook_resid_post", add)])


def test_every_class_is_counted_as_by_hand(model, direction):
    images = pixels(GRID, N)
    found = off_target(
        model,
        images,
        LABELS,
        [direction.steer()],
        direction.sources,
        target=2,
        batch_size=7,
    )
    before = torch.cat([model(each[None]) for each in images]).double()
    after = torch.cat(
        [by_hand(model, direction, each[None], 1.0) for each in images]
    ).double()
    assert found.n_images == N
    assert found.counts.tolist() == [10, 10, 10, 10, 0, 0]
    for c in range(6):
        own = c == LABELS
        first, then = ((each.argmax(-1) == c)[own].tolist() for each in (before, after))
        hits = [sum(first), sum(then)]
        assert [int(found.right_before[c]), int(found.right_after[c])] == hits
        pairs = list(zip(first, then, strict=True))
        assert int(found.became_right[c]) == pairs.count((False, True))
        assert int(found.became_wrong[c]) == pairs.count((True, False))
        if c < 4:
            assert float(found.accuracy_change[c]) == pytest.approx(
                (hits[1] - hits[0]) / 10
            )
        else:
            assert math.isnan(found.accuracy_change[c])
    for name, change in (
        ("probability", after.softmax(-1) - before.softmax(-1)),
        ("logit", after - before),
    ):
        assert torch.allclose(
            getattr(found, f"{name}_change"), change.mean(0), atol=1e-5
        )
        half = 2.0227 * change.std(0) / N**0.5  # Student's t of 39
        assert torch.allclose(
            getattr(found, f"{name}_change_ci95"), half, rtol=1e-2, atol=1e-6
        )


def test_the_table_has_the_target_first_then_what_moved_most(model, direction):
    images = pixels(GRID, N)
    found = off_target(
        model, images, LABELS, [direction.steer()], direction.sources, target=5
    )
    frame = found.frame()
    assert frame["class"].tolist()[0] == "class 5"
    others = frame["probability_change"].abs().tolist()[1:]
    assert others == sorted(others, reverse=True)
    # No image is labelled with class 4, nor with the target.
    assert sorted(frame["class"]) == [f"class {c}" for c in (0, 1, 2, 3, 5)]
    assert frame["images"].tolist() == [0, 10, 10, 10, 10]
    row = frame[frame["class"] == "class 1"].iloc[0]
    hits = int(found.right_before[1])
    assert (row["accuracy_before_low"], row["accuracy_before_high"]) == wilson_interval(
        hits, 10
    )
    assert math.isnan(frame["accuracy_before"][0])
    assert frame.attrs == {"target": "class 5", "n_images": N, "classes_left_out": 1}


def test_images_that_became_right_and_wrong_are_told_apart(model):
    image = pixels(GRID, 1)
    said = int(model(image).argmax())
    other = (said + 1) % 6

    def away(value, hook):
        return 0 * value

    zeroed = model.run_with_hooks(image, [("blocks.2.hook_resid_post", away)])
    then = int(zeroed.argmax())
    assert then != said
    found = off_target(
        model,
        image.repeat(4, 1, 1, 1),
        [said, said, then, said],
        [Intervention("L2.resid_post", "zero")],
        {},
        target=other,
    )
    assert (int(found.became_wrong[said]), int(found.became_right[said])) == (3, 0)
    assert (int(found.became_wrong[then]), int(found.became_right[then])) == (0, 1)
    assert [float(found.accuracy_change[each]) for each in (said, then)] == [-1.0, 1.0]


def test_an_edit_of_strength_0_moves_nothing(model, direction):
    found = off_target(
        model,
        pixels(GRID, 6),
        LABELS[:6],
        [direction.steer(0.0)],
        direction.sources,
        target=0,
    )
    assert found.logit_change.tolist() == [0.0] * 6
    assert torch.equal(found.right_before, found.right_after)


def test_what_cannot_be_measured_is_refused(model, direction):
    images, steered = pixels(GRID, 4), (direction.steer(),)

    def attempt(labels=LABELS[:4], edits=steered, target=0):
        off_target(model, images, labels, edits, direction.sources, target=target)

    with pytest.raises(ValueError, match="there is no edit"):
        attempt(edits=())
    with pytest.raises(ValueError, match="there are 3 labels, and more images"):
        attempt(labels=LABELS[:3])
    with pytest.raises(ValueError, match="label 6 is no class"):
        attempt(labels=torch.full((4,), 6))
    with pytest.raises(ValueError, match="one class index for each image"):
        attempt(labels=torch.ones(4))
    with pytest.raises(IndexError, match="no class 6"):
        attempt(target=6)


def test_a_sweep_is_each_strength_by_itself(model, direction):
    images = pixels(GRID, 3)
    strengths = [-2.0, 0.0, 0.5, 3.0]
    found = steering_sweep(model, images, direction, strengths)
    plain = model(images)
    assert torch.equal(found.logits[1], plain)
    for strength, logits in zip(strengths, found.logits, strict=True):
        expected = by_hand(model, direction, images, strength)
        assert (logits - expected).abs().max() <= 1e-5 * expected.abs().max()
    assert found.strengths.tolist() == strengths
    assert torch.equal(found.predictions, found.logits.argmax(-1))
    assert torch.allclose(found.probabilities.sum(-1), torch.ones(4, 3))


def test_a_sweep_elsewhere_adds_there(model, direction):
    images = pixels(GRID, 1)
    found = steering_sweep(model, images, direction, [1.0], at="L0.resid_pre")

    def add(value, hook):
        value = value.clone()
        value[:, 0] += direction.vector
        return value

    expected = model.run_with_hooks(images, [("blocks.0.hook_resid_pre", add)])
    assert (found.logits[0] - expected).abs().max() <= 1e-5 * expected.abs().max()
    assert found.address == "L0.resid_pre"
    with pytest.raises(InterventionError, match="must be finite"):
        steering_sweep(model, images, direction, [float("nan")])
    with pytest.raises(InterventionError, match=r"shape \(8,\)"):
        steering_sweep(model, images, direction, [1.0], at="L1.H1")
    with pytest.raises(ValueError, match="there is no strength"):
        steering_sweep(model, images, direction, [])


def test_at_its_natural_strength_it_is_as_long_as_the_stream(model, direction):
    images = pixels(GRID, 5)
    plain = plain_streams(model, images)[1][:, 0].double()
    found = natural_strength(model, images, direction)
    assert found * direction.vector.norm() == pytest.approx(
        float(plain.norm(dim=1).mean()), rel=1e-5
    )
