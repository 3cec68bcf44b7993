"""Every site of every variant holds what the plain model has there."""

from __future__ import annotations

import pytest
import timm
import torch
from torch.testing import assert_close

from tests.parity.reference import forward
from tests.parity.variants import VARIANTS, about, build, images
from vitwidgets.models import HookedViT

pytestmark = pytest.mark.usefixtures("no_grad")


@pytest.mark.parametrize("name", VARIANTS)
def test_every_site_holds_the_plain_models_value(name):
    module = build(name, torch.float64)
    x = images(module, dtype=torch.float64)
    model = HookedViT(module)
    expected = forward(module, x)
    logits, cache = model.run_with_cache(x)
    assert list(cache) == list(model.sites)
    assert set(cache) == set(expected)
    for site, value in expected.items():
        assert_close(cache[site], value, rtol=1e-10, atol=1e-10, msg=about(site))
    assert torch.equal(cache["hook_logits"], logits)


@pytest.mark.parametrize("name", VARIANTS)
def test_logits_with_everything_cached_are_bit_identical(name):
    module = build(name)
    x = images(module)
    plain = module(x)
    model = HookedViT(module)
    assert torch.equal(model(x), plain)
    assert torch.equal(model.run_with_cache(x)[0], plain)


@pytest.mark.parametrize("name", ["plain", "qk norm", "gated attention", "rms norm"])
def test_a_site_asked_for_alone_is_bit_for_bit_as_among_all(name):
    model = HookedViT(build(name))
    x = images(model.module)
    _, everything = model.run_with_cache(x)
    for site in model.sites:
        _, cache = model.run_with_cache(x, site)
        assert torch.equal(cache[site], everything[site]), site


def test_what_is_derived_is_bit_for_bit_what_the_module_computed():
    """Against forward hooks on the module itself, not against another derivation."""
    module = build("inner norms")
    block = module.blocks[1]
    seen = {}

    def keep(name, which):
        def hook(_, args, output=None):
            seen[name] = args[0] if which == "input" else output

        return hook

    handles = [
        block.norm2.register_forward_pre_hook(keep("hook_resid_mid", "input")),
        block.norm1.register_forward_hook(keep("ln1.hook_ln_out", "output")),
        block.norm2.register_forward_hook(keep("ln2.hook_ln_out", "output")),
        block.mlp.fc2.register_forward_pre_hook(keep("mlp.hook_post", "input")),
        module.norm.register_forward_hook(keep("ln_final.hook_ln_out", "output")),
    ]
    x = images(module)
    module(x)
    for handle in handles:
        handle.remove()
    _, cache = HookedViT(module).run_with_cache(x)
    for name, value in seen.items():
        site = name if name.startswith("ln_final") else f"blocks.1.{name}"
        assert torch.equal(cache[site], value), site


@pytest.mark.parametrize("name", ["plain", "qk norm", "wide heads", "eager attention"])
def test_patterns_are_the_eager_softmax_and_mix_the_values(name):
    module = build(name)
    x = images(module)
    _, cache = HookedViT(module).run_with_cache(x)
    eager = {}
    for block in module.blocks:
        block.attn.fused_attn = False
        block.attn.attn_drop.register_forward_pre_hook(
            lambda m, args: eager.update({m: args[0]})
        )
    module(x)
    for layer, block in enumerate(module.blocks):
        pattern = cache.pattern(layer)
        assert pattern.dtype == torch.float32
        assert_close(pattern, eager[block.attn.attn_drop], rtol=0, atol=1e-6)
        sums = pattern.double().sum(-1)
        assert_close(sums, torch.ones_like(sums), rtol=0, atol=1e-6)
        v = cache[f"blocks.{layer}.attn.hook_v"]
        mixed = torch.einsum("bhqk,bkhd->bqhd", pattern, v)
        z = cache[f"blocks.{layer}.attn.hook_z"]
        assert_close(mixed, z, rtol=1e-6, atol=1e-6 * float(v.abs().max()))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_patterns_are_float32_and_sum_to_one(dtype):
    module = build("plain", dtype)
    x = images(module, dtype=dtype)
    logits, cache = HookedViT(module).run_with_cache(x)
    assert torch.equal(logits, module(x))
    for layer in range(3):
        sums = cache.pattern(layer).sum(-1)
        assert_close(sums, torch.ones_like(sums), rtol=0, atol=1e-6)


def test_other_image_sizes_of_a_model_that_takes_them():
    module = build("any size", torch.float64)
    x = torch.randn(2, 3, 48, 32, dtype=torch.float64)
    expected = forward(module, x)
    _, cache = HookedViT(module).run_with_cache(x)
    for site, value in expected.items():
        # timm resamples positions in float32, whatever the model's dtype.
        assert_close(cache[site], value, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["test_vit", "test_vit2", "test_vit3", "test_vit4"])
def test_timms_own_small_models(name):
    torch.manual_seed(0)
    module = timm.create_model(name).eval().double()
    x = torch.randn(1, 3, *module.patch_embed.img_size, dtype=torch.float64)
    expected = forward(module, x)
    model = HookedViT(module)
    logits, cache = model.run_with_cache(x)
    assert torch.equal(logits, module(x))
    for site in model.sites:
        assert_close(cache[site], expected[site], rtol=1e-9, atol=1e-9)


ENTRYPOINTS = {
    "deit3_small_patch16_224": {"img_size": 64},
    "flexivit_small": {"img_size": 64},
    "vit_betwixt_patch16_reg4_gap_256": {"img_size": 64},
    "vit_small_patch14_reg4_dinov2": {"img_size": 56},
    "vit_tiny_r_s16_p8_224": {"img_size": 64},
    "vit_wee_patch16_reg1_gap_256": {"img_size": 64},
}


@pytest.mark.parametrize("name", ENTRYPOINTS)
def test_timms_models_cut_to_two_blocks_are_exact(name):
    torch.manual_seed(0)
    module = timm.create_model(name, depth=2, **ENTRYPOINTS[name]).eval()
    x = torch.randn(1, 3, *module.patch_embed.img_size)
    plain = module(x)
    model = HookedViT(module)
    logits, cache = model.run_with_cache(x)
    assert torch.equal(logits, plain)
    assert len(cache) == len(model.sites)
    own = model.run_with_hooks(x, [(lambda _: True, lambda value, hook: value.clone())])
    assert torch.equal(own, plain)
