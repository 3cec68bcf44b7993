from __future__ import annotations

import pytest
import timm
import torch

from tests.unit.methods.plain_runs import embedded, plain_run
from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from vitwidgets.methods.intervening.site_means import SiteMeans, site_means
from vitwidgets.methods.knock_out import knock_out, knock_out_sites
from vitwidgets.methods.patching.metrics import Metric
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import UnsupportedModelError

GRID = GRIDS["oblong, five"]
X, OTHERS = pixels(GRID, 5), pixels(GRID, 4, seed=7)
SET = ["L0.H1", "L1.H3@cls", "L2.H0@(2,1)", "L0.MLP", "L2.MLP@cls"]
LAYERS = range(3)
EVERYTHING = [
    *(f"L{layer}.H{head}" for layer in LAYERS for head in range(4)),
    *(f"L{layer}.MLP" for layer in LAYERS),
]
SOME = {"progress": False}


@pytest.fixture(name="model", scope="module")
def _model():
    return hooked_vit(GRID)


@pytest.fixture(name="means", scope="module")
def _means(model):
    return site_means(model, OTHERS, knock_out_sites(model))


def is_in(members, name, layer, token, head=None):
    """Whether a set has a component at a token, from its text alone."""
    component = f"L{layer}.MLP" if name == "mlp" else f"L{layer}.H{head}"
    label = "cls" if token == 0 else f"({(token - 5) // 3},{(token - 5) % 3})"
    return component in members or f"{component}@{label}" in members


@torch.no_grad()
def by_hand(model, members, *, inside, among=("z", "mlp")):
    """Logits with the mean in the place of what is in a set, or of what is not."""
    module = model.module
    _, means = plain_run(module, embedded(module, OTHERS))
    changes = {}
    for name in among:
        for layer in LAYERS:

            def change(value, name=name, layer=layer):
                new = value.clone()
                mean = means[name, layer].mean(0)
                for token in range(value.shape[1]):
                    for head in range(4) if name == "z" else [None]:
                        place = token if head is None else (token, head)
                        if is_in(members, name, layer, token, head) == inside:
                            new[(slice(None), *torch.tensor(place).view(-1))] = mean[
                                place
                            ]
                return new

            changes[name, layer] = change
    return plain_run(module, embedded(module, X), changes)[0]


METRICS = {
    "logit": lambda logits, whole: logits.gather(1, whole.argmax(1, keepdim=True))[
        :, 0
    ],
    "difference": lambda logits, whole: (
        logits.gather(1, whole.topk(2).indices) * torch.tensor([1, -1])
    ).sum(1),
    "probability": lambda logits, whole: logits.softmax(1).gather(
        1, whole.argmax(1, keepdim=True)
    )[:, 0],
    "kl": lambda logits, whole: torch.nn.functional.kl_div(
        logits.log_softmax(1), whole.log_softmax(1), log_target=True, reduction="none"
    ).sum(1),
}


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("among", [("z", "mlp"), ("z",)], ids=["all", "heads"])
def test_equals_means_put_in_by_hand(model, means, metric, among):
    members = [name for name in SET if "MLP" not in name or "mlp" in among]
    found = knock_out(
        model,
        X,
        members,
        means=means,
        metric=metric,
        among="heads" if among == ("z",) else "heads and MLPs",
        batch_size=2,
        **SOME,
    )
    with torch.no_grad():
        whole = model.module(X)
    runs = [
        whole,
        by_hand(model, members, inside=False, among=among),
        by_hand(model, members, inside=True, among=among),
        by_hand(model, [], inside=False, among=among),
    ]
    expected = torch.stack([METRICS[metric](run, whole) for run in runs], 1)
    torch.testing.assert_close(found.values, expected.double(), rtol=1e-4, atol=1e-5)
    means_of = expected.double().mean(0).tolist()
    whole, kept, removed, nothing = means_of
    assert len({round(value, 4) for value in means_of}) == 4
    assert found.faithfulness == pytest.approx(
        (kept - nothing) / (whole - nothing), rel=1e-3
    )
    assert found.completeness == pytest.approx(
        (whole - removed) / (whole - nothing), rel=1e-3
    )
    assert found.n_images == 5


def test_everything_is_faithful_and_complete(model, means):
    found = knock_out(model, X, EVERYTHING, means=means, **SOME)
    assert found.faithfulness == 1
    assert found.completeness == 1
    assert found.kept == found.whole != found.nothing == found.removed


def test_an_empty_set_does_nothing(model, means):
    found = knock_out(model, X, [], means=means, **SOME)
    assert found.faithfulness == 0
    assert found.completeness == 0


def test_a_metric_with_a_class_is_of_that_class(model, means):
    found = knock_out(model, X, SET, means=means, metric=Metric("logit", 3), **SOME)
    expected = by_hand(model, SET, inside=True)[:, 3].mean()
    assert found.removed == pytest.approx(float(expected), abs=1e-4)
    assert found.metric == "logit of class 3"
    largest = knock_out(
        model, X, SET, means=means, metric=lambda rows, _: rows.amax(-1), **SOME
    )
    expected = by_hand(model, SET, inside=True).amax(-1).mean()
    assert largest.removed == pytest.approx(float(expected), abs=1e-4)


def test_images_are_gone_through_once(model, means):
    whole = knock_out(model, X, SET, means=means, **SOME)
    one_by_one = knock_out(
        model, (image for image in X), SET, means=means, batch_size=1, **SOME
    )
    torch.testing.assert_close(whole.values, one_by_one.values, rtol=0, atol=1e-5)


def test_the_model_is_left_as_it_was(model, means):
    before = model(X)
    knock_out(model, X, SET, means=means, **SOME)
    assert torch.equal(model(X), before)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"components": ["L7.H1"]}, IndexError, "there is no block 7"),
        ({"components": ["L0.H4"]}, IndexError, "there is no head 4"),
        (
            {"components": ["L0.H1.q"]},
            ValueError,
            r"L0.H1.q is not a head .* or an MLP",
        ),
        ({"components": ["H1"]}, ValueError, "'H1' is no address"),
        (
            {"components": ["L0.MLP"], "among": "heads"},
            ValueError,
            "L0.MLP is not a head .*among='heads and MLPs'",
        ),
        ({"among": "MLPs"}, ValueError, "among must be .* 'MLPs'"),
        ({"metric": "loss"}, ValueError, "metric must be .* 'loss'"),
        ({"metric": Metric("logit", 6)}, IndexError, "there is no class 6"),
        ({"means": {}}, TypeError, "means are what site_means"),
        ({"means": SiteMeans({}, 3)}, ValueError, "means are without 'blocks.0.attn"),
        ({"images": pixels(GRIDS["one row"], 2)}, ValueError, "8 x 32 pixels"),
    ],
)
def test_what_cannot_be_knocked_out_is_an_error(model, means, change, error, message):
    options = {"images": X, "components": SET, "means": means, **SOME, **change}
    images, components = options.pop("images"), options.pop("components")
    with pytest.raises(error, match=message):
        knock_out(model, images, components, **options)


def test_means_of_another_model_are_an_error(model):
    other = hooked_vit(GRIDS["one row"])
    means = site_means(other, pixels(GRIDS["one row"], 2), knock_out_sites(other))
    with pytest.raises(ValueError, match=r"shape \(1, 5, 4, 8\).*\(1, 20, 4, 8\)"):
        knock_out(model, X, SET, means=means, **SOME)


def test_a_share_of_nothing_is_an_error(model, means):
    found = knock_out(
        model, X, SET, means=means, metric=lambda rows, _: 0 * rows[:, 0] + 2, **SOME
    )
    assert found.kept == 2
    with pytest.raises(ValueError, match="2 with everything and 2 with nothing"):
        _ = found.faithfulness


def test_halves_side_by_side_have_no_mlp_of_their_own():
    module = timm.create_model(
        "vit_tiny_patch16_224",
        img_size=32,
        embed_dim=32,
        depth=1,
        num_heads=4,
        num_classes=5,
        block_fn=timm.models.vision_transformer.ParallelScalingBlock,
    )
    model = HookedViT(module.eval())
    images = torch.randn(2, 3, 32, 32)
    means = site_means(model, images, knock_out_sites(model))
    with pytest.raises(UnsupportedModelError, match="give among='heads'"):
        knock_out(model, images, ["L0.H1"], means=means, **SOME)
    found = knock_out(model, images, ["L0.H1"], means=means, among="heads", **SOME)
    assert found.whole != found.removed
