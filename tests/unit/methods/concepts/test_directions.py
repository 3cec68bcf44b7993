"""Directions of concepts, against plain means, gradients and objectives by hand."""

from __future__ import annotations

import json

import pytest
import torch

from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels, plain_streams
from tests.unit.widgets.small_clip import CLIP, TOKENIZER, TOWER
from vitwidgets.methods import (
    ConceptDirection,
    concept_from_images,
    concept_from_probe,
    concept_from_words,
)
from vitwidgets.methods.concepts.logistic_regression import (
    PENALTY,
    logistic_regression,
)
from vitwidgets.methods.interventions import InterventionError
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import UnknownSiteError

GRID = GRIDS["square, cls"]
AT = "L1.resid_post"
NAMES = ["cat", "dog", "fish", "tree", "car", "moon"]


@pytest.fixture(name="model", scope="module")
def _model():
    return hooked_vit(GRID)


def sets(count=24, shift=0.5):
    shown, other = pixels(GRID, count), pixels(GRID, count, seed=2)
    shown += shift * pixels(GRID, 1, seed=9)
    return shown, other


def plain_values(model, images, tokens):
    return plain_streams(model, images)[1].double()[:, tokens]


@pytest.mark.parametrize(
    ("tokens", "indices"), [(("cls",), [0]), (("(0,1)", "cls"), [0, 2])]
)
def test_of_images_it_is_the_difference_of_plain_means(model, tokens, indices):
    shown, other = sets()
    found = concept_from_images(
        model, shown, other, name="bright", at=AT, tokens=tokens, batch_size=7
    )
    expected = [plain_values(model, each, indices).mean((0, 1)) for each in sets()]
    assert torch.allclose(found.vector, expected[0] - expected[1], atol=1e-5)
    assert found.origin == "difference of the means of 24 and 24 images"
    assert found.tokens == tuple(sorted(tokens, reverse=True))


def test_a_probe_is_at_the_minimum_of_its_objective():
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(90, 7, generator=generator).double() * torch.arange(1, 8) + 3
    labels = values[:, 2] + 2 * torch.randn(90, generator=generator).double() > 4
    found = logistic_regression(values, labels)
    size = values.std(0, correction=0)
    weight = (found.weight * size).requires_grad_()
    bias = (found.bias + values.mean(0) @ found.weight).requires_grad_()
    logits = (values - values.mean(0)) / size @ weight + bias
    losses = torch.where(labels, -logits.sigmoid().log(), -(-logits).sigmoid().log())
    halves = 0.5 * losses[labels].mean() + 0.5 * losses[~labels].mean()
    (halves + PENALTY / 2 * weight.square().sum()).backward()
    assert weight.grad.norm() < 1e-6
    assert abs(bias.grad) < 1e-6
    assert found.weight.norm() > 0.05


def test_a_probe_is_judged_by_images_that_it_has_not_seen(model):
    noise = pixels(GRID, 40), pixels(GRID, 40, seed=2)
    chance = concept_from_probe(model, *noise, name="nothing", at=AT, tokens=("cls",))
    assert chance.held_out.count == 20
    assert chance.held_out.guessing == 10
    # 60 cases of 32 numbers are nearly always told apart by a fit to themselves.
    assert 3 <= chance.held_out.right <= 17
    real = concept_from_probe(
        model, *sets(40, 2.0), name="bright", at=AT, tokens=("cls",)
    )
    assert real.held_out.accuracy >= 0.9
    assert real.held_out.interval[0] < real.held_out.accuracy
    assert real.origin == "probe of 80 images"


def test_a_probes_strength_leads_from_one_mean_to_the_other(model):
    given = sets(16, 1.0)
    found = concept_from_probe(model, *given, name="x", at=AT, tokens=("cls",), seed=3)
    shown, other = (plain_values(model, each, [0])[:, 0] for each in given)
    gap = (shown.mean(0) - other.mean(0)) @ found.vector / found.vector.norm() ** 2
    # The same along the direction, but for the quarter that was held out.
    assert gap == pytest.approx(1, abs=0.35)


def test_of_words_it_is_the_gradient_of_their_logits():
    module = hooked_vit(GRID).module
    model = HookedViT(module, class_names=NAMES)
    found = concept_from_words(
        model, ["cat", "fish"], ["dog"], at="L2.resid_post", tokens=("cls",)
    )
    stream = torch.randn(32, generator=torch.Generator().manual_seed(1))
    stream = stream.requires_grad_()
    scale = stream.detach().std(correction=0)
    normed = (stream - stream.mean()) / scale * module.norm.weight + module.norm.bias
    logits = module.head(normed)
    ((logits[0] + logits[2]) / 2 - logits[1]).backward()
    expected = stream.grad.double() / stream.grad.double().norm()
    assert torch.allclose(found.vector, expected, atol=1e-5)
    assert found.name == "cat, fish - dog"
    assert found.origin == "words: cat, fish rather than dog"


def test_of_a_clip_it_says_these_words_rather_than_those_at_most():
    templates = ("a photo of a {}", "{}")
    found = concept_from_words(
        TOWER,
        ["red", "two cats"],
        ["dog"],
        at="L2.resid_post",
        tokens=("cls",),
        templates=templates,
    )
    each = [
        torch.stack(
            [
                CLIP.encode_text(TOKENIZER([t.replace("{}", word)]), normalize=True)[0]
                for t in templates
            ]
        ).mean(0)
        for word in ("red", "two cats", "dog")
    ]
    red, cats, dog = (vector / vector.norm() for vector in each)
    visual = CLIP.visual
    stream = torch.randn(32, generator=torch.Generator().manual_seed(1))
    stream = stream.requires_grad_()
    scale = stream.detach().std(correction=0)
    normed = (stream - stream.mean()) / scale * visual.ln_post.weight
    (normed @ visual.proj @ ((red + cats) / 2 - dog).detach()).backward()
    expected = stream.grad.double() / stream.grad.double().norm()
    assert torch.allclose(found.vector, expected, atol=1e-5)
    assert float(found.vector.norm()) == pytest.approx(1)


def test_words_that_cannot_be_led_to_are_refused(model):
    named = HookedViT(model.module, class_names=NAMES)

    def attempt(toward, away, at="L2.resid_post"):
        concept_from_words(named, toward, away, at=at, tokens=("cls",))

    with pytest.raises(ValueError, match=r"'horse' is no class.*no text side"):
        attempt(["horse"], ["dog"])
    with pytest.raises(ValueError, match="words to lead away from are empty"):
        attempt(["cat"], [])
    with pytest.raises(ValueError, match="words of both sides hold 'cat' twice"):
        attempt(["cat"], ["cat"])
    with pytest.raises(InterventionError, match="no place of it"):
        attempt(["cat"], ["dog"], "L2.H1")
    with pytest.raises(UnknownSiteError, match="no block 7"):
        attempt(["cat"], ["dog"], "L7.resid_post")


def test_sets_that_are_too_small_are_named(model, tmp_path):
    shown, other = sets(4)
    with pytest.raises(ValueError, match="images with the concept are 1, and 2"):
        concept_from_images(model, shown[:1], other, name="x", at=AT)
    with pytest.raises(ValueError, match="images without the concept are 4, and 8"):
        concept_from_probe(model, sets(9)[0], other, name="x", at=AT)
    with pytest.raises(ValueError, match=r"images without the concept: .* empty"):
        concept_from_images(model, shown, tmp_path, name="x", at=AT)


def test_equal_sets_have_no_direction(model):
    shown, _ = sets(4)
    with pytest.raises(InterventionError, match="'x' is of length 0"):
        concept_from_images(model, shown, shown, name="x", at=AT)


def test_json_gives_the_same_again(model):
    given = concept_from_probe(model, *sets(), name="ünï", at=AT, tokens=("cls",))
    found = ConceptDirection.from_json(given.to_json())
    assert torch.equal(found.vector, given.vector)
    assert repr(found) == repr(given)
    assert found.held_out == given.held_out
    assert found.steer(2.0) == given.steer(2.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: "{", "this is no JSON"),
        (lambda r: "[]", "this is no direction"),
        (lambda r: json.dumps({**r, "version": 9}), "of version 9"),
        (lambda r: json.dumps({**r, "vector": ["a"]}), "cannot be used"),
        (lambda r: json.dumps({**r, "vector": [0.0, 0.0]}), "of length 0"),
        (lambda r: json.dumps({**r, "vector": [[1.0]]}), "cannot be used.*one vector"),
        (lambda r: json.dumps({**r, "address": "L1"}), "no address"),
        (lambda r: json.dumps({**r, "name": " "}), "needs a name"),
    ],
)
def test_other_json_is_refused(change, message):
    good = ConceptDirection("x", torch.ones(3), AT, ("cls",), "by hand")
    with pytest.raises(InterventionError, match=message):
        ConceptDirection.from_json(change(json.loads(good.to_json())))
