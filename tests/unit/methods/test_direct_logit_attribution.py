from __future__ import annotations

import pytest
import torch

from tests.parity import entries, variants
from vitwidgets.methods.direct_logit_attribution import (
    attribution_sites,
    direct_logit_attribution,
)
from vitwidgets.methods.logit_lens import LogitLens
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import (
    StaleCacheError,
    UnknownSiteError,
    UnsupportedModelError,
)

POOLED_BY_ATTENTION = "it pools by attention of its own"
VARIANTS = (
    "plain",
    "layer scale",
    "qk norm",
    "inner norms",
    "registers",
    "registers, positions of patches only",
    "no prefix, average",
    "average, norm before pooling",
    "average with prefix",
    "norm first",
    "no final norm",
    "no positions",
    "no biases",
    "any size",
    "rms norm",
    "SwiGLU",
    "GLU",
    "gated attention",
    "wide heads",
)
ENTRIES = (
    "deit_tiny_distilled_patch16_224",
    "vit_base_patch16_rpn_224",
    "vit_base_patch16_xp_224",
    "vit_pwee_patch16_reg1_gap_256",
    "vit_small_patch16_18x2_224",
    "vit_dpwee_patch16_reg1_gap_256",
    "eva02_base_patch16_clip_224",
    "eva02_enormous_patch14_clip_224",
    "vit_base_patch16_sapiens2",
    "beit_base_patch16_224",
    "vit_relpos_medium_patch16_rpn_224",
    "naflexvit_base_patch16_par_gap",
    "naflexvit_base_patch16_gap, rotary, gated",
)


def module_of(name, dtype=torch.float64):
    if name in variants.VARIANTS:
        return variants.build(name, dtype)
    return entries.build(name, dtype)


def images_of(name, module, dtype=torch.float64):
    if name in variants.VARIANTS:
        return variants.images(module, dtype=dtype)
    return entries.inputs(name, dtype=dtype)


def run(name, dtype=torch.float64):
    module = module_of(name, dtype)
    model, x = HookedViT(module), images_of(name, module, dtype)
    with torch.no_grad():
        plain = module(x)
        _, cache = model.run_with_cache(x, attribution_sites(model))
    return model, cache, plain


def sizes(found):
    return torch.stack([term.value.abs() for term in found.terms()]).sum(0)


@pytest.mark.parametrize("name", [*VARIANTS, *ENTRIES])
def test_terms_add_up_to_what_the_plain_model_says(name):
    model, cache, logits = run(name)
    each = logits.log_softmax(-1)
    for measure, versus, expected in (
        ("logit", None, logits[:, 1]),
        ("difference", 3, logits[:, 1] - logits[:, 3]),
        ("log_probability", None, each[:, 1]),
    ):
        found = direct_logit_attribution(
            model, cache, 1, versus=versus, measure=measure
        )
        assert ((found.sum - expected).abs() <= 1e-9 * sizes(found)).all()
        assert torch.allclose(found.depth[:, -1], expected, rtol=0, atol=1e-9)
        assert torch.equal(found.value, expected)


@pytest.mark.parametrize("name", ["plain", "layer scale", *ENTRIES])
def test_in_single_precision_they_add_up_to_rounding(name):
    model, cache, logits = run(name, torch.float32)
    found = direct_logit_attribution(model, cache, 2)
    assert ((found.sum - logits[:, 2]).abs() <= 1e-5 * sizes(found)).all()
    found = direct_logit_attribution(model, cache, 2, measure="log_probability")
    expected = logits.double().log_softmax(-1)[:, 2]
    assert ((found.sum - expected).abs() <= 1e-5 * sizes(found)).all()


def test_terms_are_those_of_each_image_alone():
    model, cache, _ = run("average, norm before pooling")
    together = direct_logit_attribution(model, cache, 4, measure="log_probability")
    for image in range(2):
        alone = direct_logit_attribution(
            model, cache.images(image), 4, measure="log_probability"
        )
        for one, both in zip(alone.terms(), together.terms(), strict=True):
            assert one.address == both.address
            assert torch.allclose(one.value[0], both.value[image], rtol=0, atol=1e-12)


def test_every_term_has_its_own_address():
    model, cache, _ = run("norm first")
    addresses = [
        term.address for term in direct_logit_attribution(model, cache, 0).terms()
    ]
    assert len(set(addresses)) == len(addresses)
    assert addresses[:3] == ["embedding", "position", "embedding bias"]
    assert addresses[3:10] == [
        "L0.H0",
        "L0.H1",
        "L0.H2",
        "L0.H3",
        "L0.attention bias",
        "L0.MLP",
        "L0.MLP bias",
    ]
    assert addresses[-2:] == ["norm bias", "class bias"]


def test_a_model_without_biases_has_no_terms_for_them():
    model, cache, _ = run("no biases")
    terms = direct_logit_attribution(model, cache, 0).terms()
    assert not [term for term in terms if term.address.startswith("L1.attention")]
    assert not [term for term in terms if term.address.endswith("MLP bias")]


@pytest.mark.parametrize(
    "name",
    [
        "plain",
        "registers",
        "no prefix, average",
        "average, norm before pooling",
        "deit_tiny_distilled_patch16_224",
        "vit_small_patch16_18x2_224",
    ],
)
def test_depth_is_the_lens_with_the_norm_frozen(name):
    model, cache, _ = run(name)
    found = direct_logit_attribution(model, cache, 1)
    lens = LogitLens(model, cache, norm="final")
    tokens = model.unembedding.pooled_tokens(model.config.n_tokens)

    def mean(site):
        return lens.logits(site, tokens)[..., 1].mean(1)

    expected = [mean(-1)]
    for layer in range(model.config.n_layers):
        expected += [mean(f"blocks.{layer}.hook_resid_mid"), mean(layer)]
    assert torch.allclose(found.depth, torch.stack(expected, 1), rtol=0, atol=1e-9)


@pytest.mark.parametrize("measure", ["logit", "log_probability"])
def test_depth_is_the_sum_of_the_terms_so_far(measure):
    model, cache, _ = run("layer scale")
    found = direct_logit_attribution(model, cache, 1, measure=measure)
    constant = found.norm_bias + found.class_bias + found.remainder
    total = constant + found.embedding + found.position
    expected = [total]
    for layer in range(model.config.n_layers):
        total = total + found.heads[:, layer].sum(1) + found.attention_bias[:, layer]
        expected.append(total)
        total = total + found.mlp[:, layer] + found.mlp_bias[:, layer]
        expected.append(total)
    assert torch.allclose(found.depth, torch.stack(expected, 1), rtol=0, atol=1e-9)


def test_without_a_stream_between_the_depth_stays_for_attention():
    model, cache, _ = run("vit_pwee_patch16_reg1_gap_256")
    depth = direct_logit_attribution(model, cache, 1).depth
    assert torch.equal(depth[:, 1::2], depth[:, 2::2])


def test_a_difference_is_that_of_two_logits_term_by_term():
    model, cache, _ = run("plain")
    both = direct_logit_attribution(model, cache, 1, versus=5, measure="difference")
    one, other = (direct_logit_attribution(model, cache, each) for each in (1, 5))
    for name in ("embedding", "heads", "mlp", "attention_bias", "class_bias", "depth"):
        expected = getattr(one, name) - getattr(other, name)
        assert torch.allclose(getattr(both, name), expected, rtol=0, atol=1e-12)


def test_a_log_probability_leaves_minus_the_entropy():
    model, cache, logits = run("plain")
    found = direct_logit_attribution(model, cache, 1, measure="log_probability")
    p = logits.softmax(-1)
    entropy = -(p * p.log()).sum(-1)
    assert torch.allclose(found.remainder, -entropy, rtol=0, atol=1e-12)
    assert "entropy" in found.note
    every = [direct_logit_attribution(model, cache, each) for each in range(10)]
    heads = torch.stack([each.heads for each in every], -1)
    expected = heads[..., 1] - (heads * p[:, None, None]).sum(-1)
    assert torch.allclose(found.heads, expected, rtol=0, atol=1e-12)
    assert not every[0].note


def test_what_is_frozen_is_named():
    frozen = {
        name: direct_logit_attribution(*run(name)[:2], 0).frozen
        for name in (
            "no final norm",
            "qk norm",
            "inner norms",
            "norm first",
            "gated attention",
            "vit_base_patch16_rpn_224",
        )
    }
    assert frozen == {
        "no final norm": (),
        "qk norm": ("the final norm",),
        "inner norms": ("the final norm", "the norm of what heads give"),
        "norm first": ("the final norm", "the norm before the first block"),
        "gated attention": ("the final norm", "the gate on what heads give"),
        "vit_base_patch16_rpn_224": (
            "the final norm",
            "the norm after each attention",
            "the norm after each MLP",
        ),
    }


def test_several_attentions_side_by_side_are_one_term():
    model, cache, _ = run("vit_small_patch16_18x2_224")
    found = direct_logit_attribution(model, cache, 0)
    assert found.heads.isnan().all()
    assert "side by side" in found.whole[0]
    addresses = [term.address for term in found.terms()]
    assert "L0.attention" in addresses
    assert "L0.H0" not in addresses
    with pytest.raises(UnsupportedModelError, match="side by side"):
        found.head_sources(0, 0)
    with pytest.raises(UnsupportedModelError, match="side by side"):
        found.neurons(0)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no head", "it has no classifier"),
        ("attention pooling", POOLED_BY_ATTENTION),
        ("no pooling", "does not pool"),
        ("cait_xxs24_224", "its class token joins after these blocks"),
    ],
)
def test_models_whose_tokens_have_no_logits_are_refused(name, reason):
    module = module_of(name)
    model, x = HookedViT(module), images_of(name, module)
    with torch.no_grad():
        _, cache = model.run_with_cache(x, attribution_sites(model))
    with pytest.raises(UnsupportedModelError, match=reason):
        direct_logit_attribution(model, cache, 0)


@pytest.mark.parametrize(
    ("target", "options", "error", "message"),
    [
        (10, {}, IndexError, "there is no class 10: it runs from 0 to 9"),
        (-1, {}, IndexError, "there is no class -1"),
        ("cat", {}, TypeError, r"integer .* model.class_names.index\('cat'\)"),
        (1.5, {}, TypeError, "class must be an integer from 0 to 9, got 1.5"),
        (1, {"measure": "difference", "versus": "dog"}, TypeError, r"index\('dog'\)"),
        (1, {"measure": "odds"}, ValueError, "measure must be 'logit', 'difference'"),
        (1, {"versus": 2}, ValueError, "give measure='difference'"),
        (1, {"measure": "difference"}, ValueError, "give the other one as versus"),
        (1, {"measure": "difference", "versus": 1}, ValueError, "both class 1"),
        (1, {"measure": "difference", "versus": 10}, IndexError, "no class 10"),
    ],
)
def test_what_makes_no_sense_is_an_error(target, options, error, message):
    model, cache, _ = run("plain")
    with pytest.raises(error, match=message):
        direct_logit_attribution(model, cache, target, **options)


@pytest.mark.parametrize(
    "site",
    ["hook_logits", "hook_embed", "blocks.1.mlp.hook_post", "blocks.2.hook_mlp_out"],
)
def test_a_run_that_lacks_a_site_says_which(site):
    module = variants.build("plain")
    model = HookedViT(module)
    kept = [each for each in attribution_sites(model) if each != site]
    with torch.no_grad():
        _, cache = model.run_with_cache(variants.images(module), kept)
    with pytest.raises(UnknownSiteError, match=site):
        direct_logit_attribution(model, cache, 0)


def test_weights_that_changed_after_the_run_are_an_error():
    model, cache, _ = run("plain")
    with torch.no_grad():
        model.module.blocks[1].mlp.fc2.weight.mul_(2)
    with pytest.raises(StaleCacheError, match="run it again"):
        direct_logit_attribution(model, cache, 0)


def test_what_hooks_write_is_a_term_of_its_own():
    module = variants.build("plain", torch.float64)
    model, x = HookedViT(module), variants.images(module, dtype=torch.float64)
    noise = torch.linspace(-3, 3, 32, dtype=torch.float64)
    hooks = [("blocks.1.hook_resid_post", lambda value, _: value + noise)]
    with torch.no_grad(), model.hooks(hooks):
        logits, cache = model.run_with_cache(x, attribution_sites(model))
    found = direct_logit_attribution(model, cache, 1)
    direction = module.norm.weight * module.head.weight[1]
    scale = cache["blocks.2.hook_resid_post"][:, 0].var(-1, correction=0)
    scale = (scale + module.norm.eps).sqrt()
    expected = (noise * (direction - direction.mean())).sum() / scale
    assert torch.allclose(found.by_hooks, expected, rtol=1e-9)
    assert torch.allclose(found.sum, logits[:, 1], rtol=0, atol=1e-9)
    assert found.terms()[-1].address == "hooks"


def test_an_attention_that_hooks_replaced_is_one_term():
    module = variants.build("plain", torch.float64)
    model, x = HookedViT(module), variants.images(module, dtype=torch.float64)
    hooks = [("blocks.1.hook_attn_out", lambda value, _: value * 3 + 1)]
    with torch.no_grad(), model.hooks(hooks):
        logits, cache = model.run_with_cache(x, attribution_sites(model))
    found = direct_logit_attribution(model, cache, 1)
    assert found.heads[:, 1].isnan().all()
    assert not found.heads[:, [0, 2]].isnan().any()
    assert "hooks replaced" in found.whole[0]
    assert torch.allclose(found.sum, logits[:, 1], rtol=0, atol=1e-9)
