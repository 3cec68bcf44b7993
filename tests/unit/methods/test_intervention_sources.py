"""What interventions refuse to take, before anything runs."""

from __future__ import annotations

import re

import pytest
import torch

from tests.parity import entries
from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from vitwidgets.methods.interventions import (
    Intervention,
    InterventionError,
    bind,
    from_json,
    site_means,
    to_json,
)
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import (
    StaleCacheError,
    UnknownSiteError,
    UnsupportedModelError,
)

GRID = GRIDS["square, cls"]
X = pixels(GRID, 2)
PATCH = Intervention("L1.H2", source="d")


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


@pytest.fixture(name="model")
def _model():
    return hooked_vit(GRID)


def cache_of(model, count=1):
    return model.run_with_cache(pixels(model.grid, count))[1]


def refused(model, intervention, sources, message, error=InterventionError):
    calls = []
    handle = model.module.register_forward_hook(lambda *_: calls.append(1))
    for attempt in (
        lambda: bind(model, [intervention], sources),
        lambda: model.with_interventions([intervention], sources).__enter__(),
    ):
        with pytest.raises(error, match=message):
            attempt()
    handle.remove()
    assert not calls


def test_a_source_that_is_not_there_is_named_with_those_that_are(model):
    other = {"cat": cache_of(model)}
    refused(model, PATCH, other, "'d', which is not among the sources.*: 'cat'")
    refused(model, PATCH, None, "none at all")


def test_a_donor_of_another_model_is_refused(model):
    twin = hooked_vit(GRID)
    refused(model, PATCH, {"d": cache_of(twin)}, "of another model")
    larger = hooked_vit(GRIDS["oblong, five"])
    refused(model, PATCH, {"d": cache_of(larger)}, "of another model")


def test_a_donor_of_several_images_is_refused(model):
    refused(model, PATCH, {"d": cache_of(model, 3)}, "a run of 3 images.*resample")


def test_a_donor_that_did_not_keep_the_site_is_refused(model):
    _, cache = model.run_with_cache(X[:1], "hook_embed")
    refused(model, PATCH, {"d": cache}, "was not kept by this run", UnknownSiteError)


def test_a_donor_from_before_the_weights_were_changed_is_refused(model):
    cache = cache_of(model)
    model.module.blocks[0].mlp.fc1.weight.mul_(2)
    refused(model, PATCH, {"d": cache}, "run it again", StaleCacheError)


def test_sources_of_another_kind_are_refused(model):
    vector = torch.zeros(8)
    cases = {
        "patch": (vector, "'d' of L1.H2 must be a run of the donor.*got a Tensor"),
        "mean": (cache_of(model), "must be means, from site_means"),
        "steer": (cache_of(model), "must be a vector"),
        "resample": (vector, "must be a run"),
    }
    for kind, (source, message) in cases.items():
        given = Intervention("L1.H2", kind, source="d")
        refused(model, given, {"d": source}, message)
    refused(model, PATCH, [cache_of(model)], "sources are a dict of names")


@pytest.mark.parametrize(
    ("vector", "message"),
    [
        (torch.zeros(32), r"shape \(8,\), got 'd' of shape \(32,\)"),
        (torch.zeros(1, 8), r"got 'd' of shape \(1, 8\)"),
        (torch.zeros(8, dtype=torch.int64), "a floating-point vector.*torch.int64"),
        (torch.full((8,), torch.nan), "a NaN or an infinity"),
    ],
)
def test_bad_vectors_are_refused(model, vector, message):
    refused(model, Intervention("L1.H2", "steer", source="d"), {"d": vector}, message)


def test_means_without_the_site_are_refused(model):
    means = site_means(model, X, "blocks.0.attn.hook_z")
    given = Intervention("L1.H2", "mean", source="d")
    refused(model, given, {"d": means}, "are without 'blocks.1.attn.hook_z'")


def test_means_count_their_images_and_follow_their_dtype():
    model = HookedViT(entries.build("vit_tiny_patch16_224", torch.float64))
    x = entries.inputs("vit_tiny_patch16_224", 5, dtype=torch.float64)
    told = []
    means = site_means(
        model,
        x,
        "blocks.*.hook_resid_pre",
        batch_size=2,
        progress=lambda *progress: told.append(progress),
    )
    assert means.n_images == 5
    assert told == [(2, 5), (4, 5), (5, 5)]
    assert list(means.values) == ["blocks.0.hook_resid_pre", "blocks.1.hook_resid_pre"]
    taken = []
    block = model.module.blocks[1]
    handle = block.register_forward_pre_hook(lambda _, args: taken.append(args[0]))
    model.module(x)
    handle.remove()
    found = means.values["blocks.1.hook_resid_pre"]
    assert found.dtype == torch.float64
    assert torch.allclose(found, taken[0].mean(0, keepdim=True), rtol=0, atol=1e-12)


def test_means_that_are_not_of_one_image_are_refused():
    model = HookedViT(entries.build("samvit_base_patch16"))
    x = entries.inputs("samvit_base_patch16", 2)
    with pytest.raises(UnsupportedModelError, match="values for 2 images"):
        site_means(model, x, "blocks.0.attn.hook_q")


def test_places_that_the_model_lacks_are_refused(model):
    cases = {
        "L3.H0": ("there is no block 3", UnknownSiteError),
        "L1.H4": ("no head 4 .*from 0 to 3", InterventionError),
        "L1.MLP.n128": ("no neuron 128 .*from 0 to 127", InterventionError),
        "L1.H0@reg0": ("no token 'reg0'.*: 'cls'", InterventionError),
    }
    for address, (message, error) in cases.items():
        refused(model, Intervention(address, "zero"), {}, message, error)


def test_a_site_that_its_family_lacks_is_refused_with_the_reason():
    model = HookedViT(entries.build("vit_base_patch16_xp_224"))
    given = Intervention("L0.attn_out", "zero")
    refused(model, given, {}, "side by side", UnknownSiteError)
    with pytest.raises(InterventionError, match=r"intervention 1 .*side by side"):
        from_json(to_json([given]), model)


def test_queries_within_windows_are_refused():
    model = HookedViT(entries.build("samvit_base_patch16"))
    message = "attends within windows.*use its z, L0.H1"
    refused(model, Intervention("L0.H1.q", "zero"), {}, message)


def test_half_a_head_of_differential_attention_is_no_head():
    model = HookedViT(entries.build("vit_dpwee_patch16_reg1_gap_256"))
    x = entries.inputs("vit_dpwee_patch16_reg1_gap_256", 1)
    _, cache = model.run_with_cache(x)
    given = Intervention("L0.H1.q", source="d")
    refused(model, given, {"d": cache}, "has 8 parts for 4 heads.*use the head's z")


def test_noise_on_one_number_is_refused(model):
    given = Intervention("L1.MLP.n7@cls", "noise")
    refused(model, given, {}, re.escape("L1.MLP.n7 at one token is one number"))


def test_a_donor_of_another_image_size_is_refused_and_the_model_stays_clean():
    name = "vit_small_patch14_dinov2"
    model = HookedViT(entries.build(name, changes={"img_size": 42, "depth": 2,
        "embed_dim": 48, "num_heads": 4, "dynamic_img_size": True}))  # fmt: skip
    small, large = torch.randn(1, 3, 42, 42), torch.randn(1, 3, 56, 42)
    _, donor = model.run_with_cache(large)
    refused(
        model,
        Intervention("L0.H1@cls", source="d"),
        {"d": donor},
        "source 'd' does not fit: .*13 tokens here, and 10 at the model's own",
    )
    before = model(small)
    whole = Intervention("L0.H1", source="d")
    with pytest.raises(InterventionError, match="of another image size"):
        model.run_with_hooks(small, bind(model, [whole], {"d": donor}).fwd_hooks)
    assert torch.equal(model(small), before)
    with model.with_interventions([whole], {"d": donor}):
        assert model(large).shape == before.shape


def test_the_model_is_clean_after_an_error_within_the_block(model):
    before = model(X)

    def fails():
        with model.with_interventions([Intervention("L1.H2", "zero")]):
            assert not torch.equal(model(X), before)
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert torch.equal(model(X), before)
    assert not any(part._forward_hooks for part in model.module.modules())
