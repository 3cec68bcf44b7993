"""Erased concepts: what LEACE promises, by the textbook, inside the running model."""

from __future__ import annotations

import pytest
import torch

from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels, plain_streams
from vitwidgets.methods import erase_concept, patches_showing
from vitwidgets.methods.interventions import (
    Intervention,
    InterventionError,
    from_json,
    to_json,
)

GRID = GRIDS["square, cls"]
AT, SITE = "L1.resid_post", "blocks.1.hook_resid_post"
N = 120


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


@pytest.fixture(name="model", scope="module")
def _model():
    return hooked_vit(GRID)


@pytest.fixture(name="labels", scope="module")
def _labels():
    return torch.rand(N, generator=torch.Generator().manual_seed(5)) < 0.4


@pytest.fixture(name="images", scope="module")
def _images(labels):
    """Noise, brighter in a corner where the label is true, and in another at times."""
    found = pixels(GRID, N)
    found[labels, :, :16, :16] += 1.0
    found[::3, :, 16:, :16] += 1.0
    return found


@pytest.fixture(name="eraser", scope="module")
def _eraser(model, images, labels):
    return erase_concept(model, images, labels, name="x", at=AT, tokens=("cls",))


def edit(eraser, strength=1.0):
    return Intervention(eraser.address, "erase", eraser.tokens, strength, eraser.name)


def stream(model, images, edits=(), sources=None):
    with model.with_interventions(edits, sources):
        _, cache = model.run_with_cache(images, SITE)
    return cache[SITE].double()


def covariance(values, labels):
    centred = labels.double() - labels.double().mean()
    return centred @ (values - values.mean(0)) / (len(values) - 1)


def probe_gain(values, labels):
    """How much lower the best linear probe's log loss is than the best constant's."""
    x = (values - values.mean(0)) / values.std(0)
    x = torch.cat([x, torch.ones(len(x), 1).double()], 1)
    z, weight = labels.double(), torch.zeros(x.shape[1]).double()
    damping = 1e-3 * torch.eye(len(weight)).double()
    for _ in range(40):  # damped Newton's method, from the best constant
        if not weight.any():
            weight[-1] = z.mean().logit()
        p = (x @ weight).sigmoid()
        hessian = (x * (p * (1 - p))[:, None]).T @ x
        weight += torch.linalg.solve(hessian + damping, x.T @ (z - p)).clamp(-1, 1)
    share = z.mean()
    constant = -(share * share.log() + (1 - share) * (1 - share).log())
    loss = torch.nn.functional.binary_cross_entropy_with_logits(x @ weight, z)
    return float(constant - loss)


def test_nothing_linear_is_left_of_it_at_the_site(model, images, labels, eraser):
    before = stream(model, images)[:, 0]
    after = stream(model, images, [edit(eraser)], {"x": eraser})[:, 0]
    size = covariance(before, labels).norm()
    assert covariance(after, labels).norm() <= 1e-5 * size
    assert probe_gain(before, labels) > 0.2
    assert abs(probe_gain(after, labels)) < 1e-5


def test_the_mean_stays_and_twice_is_once(model, images, eraser):
    before = stream(model, images)[:, 0]
    after = stream(model, images, [edit(eraser)], {"x": eraser})[:, 0]
    twice = stream(model, images, [edit(eraser)] * 2, {"x": eraser})[:, 0]
    size = before.norm(dim=1).mean()
    assert (after - before).norm(dim=1).max() > 0.01 * size
    assert (after.mean(0) - before.mean(0)).norm() <= 1e-6 * size
    assert (twice - after).norm(dim=1).max() <= 1e-5 * size


def test_it_is_the_closed_form_of_two_kinds(model, images, labels, eraser):
    x = stream(model, images)[:, 0]
    across = covariance(x, labels)
    solved = torch.linalg.solve(torch.cov(x.T), across)
    expected = x - (x - x.mean(0)) @ torch.outer(solved, across) / (across @ solved)
    size = (expected - x).norm()
    assert (eraser(x) - expected).norm() <= 1e-4 * size
    assert eraser.rank == 1


def test_other_tokens_are_left_alone_and_the_rest_follows(
    model, images, labels, eraser
):
    before, after = (
        stream(model, images),
        stream(model, images, [edit(eraser)], {"x": eraser}),
    )
    assert torch.equal(before[:, 1:], after[:, 1:])
    with model.with_interventions([edit(eraser)], {"x": eraser}):
        logits = model(images)
    expected = model.run_with_hooks(images, [(SITE, lambda v, h: by_hand(eraser, v))])
    assert not torch.equal(logits, model(images))
    assert torch.equal(logits, expected)


def by_hand(eraser, value):
    x = value[:, :1].double()
    moved = (x - eraser.mean) @ eraser.right.T @ eraser.left.T
    return torch.cat([(x - moved).to(value.dtype), value[:, 1:]], 1)


def test_strength_0_changes_no_bit_and_one_half_goes_half_way(model, images, eraser):
    with model.with_interventions([edit(eraser, 0.0)], {"x": eraser}):
        assert torch.equal(model(images), model(images)), "within"
        nothing = model(images)
    assert torch.equal(nothing, model(images))
    ends = [
        stream(model, images, [edit(eraser, s)], {"x": eraser}) for s in (0, 0.5, 1)
    ]
    assert torch.allclose(ends[1], (ends[0] + ends[2]) / 2, atol=1e-5)


def test_of_several_kinds_all_are_erased(model, images):
    kinds = torch.arange(N) % 4
    shifted = images + 0.3 * kinds[:, None, None, None] * images[:1]
    found = erase_concept(model, shifted, kinds, name="k", at=AT, tokens=("cls",))
    assert found.rank == 3
    before = stream(model, shifted)[:, 0]
    after = stream(model, shifted, [edit(found)], {"k": found})[:, 0]
    for kind in range(4):
        size = covariance(before, kinds == kind).norm()
        assert covariance(after, kinds == kind).norm() <= 1e-5 * size


def test_labels_of_patches_are_erased_from_patches(model, images):
    patches = tuple(GRID.label(token) for token in range(1, GRID.n_tokens))
    masks = torch.zeros(N, *GRID.image_size, dtype=torch.bool)
    masks[::2, 3:20, :14] = True
    shown = patches_showing(masks, GRID)
    lit = images + 2.0 * masks[:, None]
    found = erase_concept(model, lit, shown, name="m", at=AT, tokens=patches)
    before = stream(model, lit)[:, 1:].flatten(0, 1)
    after = stream(model, lit, [edit(found)], {"m": found})[:, 1:].flatten(0, 1)
    size = covariance(before, shown.flatten()).norm()
    assert covariance(after, shown.flatten()).norm() <= 1e-5 * size


def test_a_patch_shows_what_a_quarter_of_it_shows():
    masks = torch.zeros(2, 32, 32, dtype=torch.bool)
    masks[0, :2, :8] = True  # a quarter of the first patch
    masks[0, 8:16, 8:16] = True
    masks[1, :1, :15] = True  # an eighth of two
    found = patches_showing(masks, GRID)
    assert found.nonzero().tolist() == [[0, 0], [0, 5]]
    with pytest.raises(ValueError, match=r"mask of image 0 .* shape \(4, 4\)"):
        patches_showing([torch.ones(4, 4, dtype=torch.bool)], GRID)
    with pytest.raises(ValueError, match="there is no mask"):
        patches_showing([], GRID)


def test_the_fit_is_of_the_plain_modules_stream(model, images, eraser):
    plain = plain_streams(model, images)[1][:, 0].double()
    assert torch.allclose(eraser.mean, plain.mean(0), atol=1e-5)
    assert eraser.n_images == N
    assert "1 of 32 dimensions of L1.resid_post at cls" in repr(eraser)


def test_an_edit_is_json_that_names_its_eraser(model, eraser):
    given = edit(eraser, 0.5)
    assert from_json(to_json([given]), model) == [given]
    with pytest.raises(InterventionError, match="needs the name of a source"):
        Intervention(AT, "erase")
    with pytest.raises(InterventionError, match=r"from 0 .* to 1 .*got 2"):
        Intervention(AT, "erase", ("cls",), 2.0, "x")


@pytest.mark.parametrize(
    ("given", "sources", "message"),
    [
        (("L2.resid_post", ("cls",)), None, "was fitted to L1.resid_post.*fit one"),
        ((AT, ()), None, "some not among them"),
        ((AT, ("cls", "(0,1)")), None, r"\(0,1\) not among them"),
        ((AT, ("cls",)), torch.zeros(32), "must be an eraser, from erase_concept"),
    ],
)
def test_an_eraser_is_used_where_it_was_fitted(model, eraser, given, sources, message):
    address, tokens = given
    found = Intervention(address, "erase", tokens, source="x")
    with pytest.raises(InterventionError, match=message):
        found.hooks(model, {"x": eraser if sources is None else sources})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (torch.ones(N, dtype=torch.bool), "all labels are True"),
        (torch.rand(N), "whole numbers or booleans.*float32"),
        (torch.arange(N - 1), r"of shape \(120,\)"),
        (torch.zeros(N, 3, dtype=torch.int64), r"\(120, 1\) here.*\(120, 3\)"),
        (torch.tensor(1), "got torch.int64 of shape"),
    ],
)
def test_labels_that_do_not_fit_are_refused(model, images, given, message):
    with pytest.raises(ValueError, match=message):
        erase_concept(model, images, given, name="x", at=AT, tokens=("cls",))


def test_places_and_images_without_a_concept_are_refused(model, images, labels):
    def attempt(images=images, labels=labels, at=AT, tokens=("cls",)):
        erase_concept(model, images, labels, name="x", at=at, tokens=tokens)

    with pytest.raises(ValueError, match=r"the same in all images.*a later layer"):
        attempt(at="L0.resid_pre")
    with pytest.raises(ValueError, match="two images at least"):
        attempt(images[:1])
    with pytest.raises(InterventionError, match="no such vector at each token"):
        attempt(at="L1.MLP.n3")
    with pytest.raises(InterventionError, match="no token 'reg0'"):
        attempt(tokens=("reg0",))
