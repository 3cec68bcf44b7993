"""Every family in other precisions and modes, at other sizes, and site by site."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from tests.parity.entries import ENTRIES, build, inputs, precision, some
from tests.parity.plain_hooks import forward
from tests.parity.test_families_reading import logits_of
from tests.parity.test_writing import own
from tests.parity.timm_entries import TIMM
from tests.parity.variants import about
from vitwidgets.models import HookedViT

pytestmark = pytest.mark.usefixtures("no_grad", "slow_path")


@pytest.mark.parametrize("name", ENTRIES)
def test_a_site_asked_for_alone_is_bit_for_bit_as_among_all(name):
    model, x = HookedViT(build(name)), inputs(name)
    _, everything = model.run_with_cache(x)
    for site in some(model.sites, name, 25):
        _, cache = model.run_with_cache(x, site)
        assert torch.equal(cache[site], everything[site]), site


@pytest.mark.parametrize("name", ENTRIES)
def test_half_precision_is_read_and_written_bit_for_bit(name):
    module, x = build(name, torch.bfloat16), inputs(name, dtype=torch.bfloat16)
    plain = logits_of(module, x)
    model = HookedViT(module)
    logits, cache = model.run_with_cache(x)
    assert torch.equal(logits, plain)
    assert torch.equal(model.run_with_hooks(x, [("*", own)]), plain)
    for site in model.sites:
        if site.endswith(("hook_pattern", "hook_pattern2")) and is_derived(name, site):
            assert cache[site].dtype == torch.float32
            sums = cache[site].double().sum(-1)
            assert_close(sums, torch.ones_like(sums), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ENTRIES)
def test_autocast_and_inference_mode_are_read_and_written_bit_for_bit(name):
    module, x = build(name), inputs(name)
    model = HookedViT(module)
    for mode in (torch.autocast("cpu", dtype=torch.bfloat16), torch.inference_mode()):
        with mode:
            plain = logits_of(module, x)
            assert torch.equal(model.run_with_cache(x)[0], plain)
            assert torch.equal(model.run_with_hooks(x, [("*", own)]), plain)


def is_derived(name, site):
    """Whether a softmax is fused away: CaiT's main blocks compute theirs, as it is."""
    return not (name.startswith("cait") and site.startswith("blocks"))


OTHER_SIZES = {
    "vit_small_patch14_reg4_dinov2": {"dynamic_img_size": True},
    "deit_tiny_distilled_patch16_224": {"dynamic_img_size": True},
    "eva02_tiny_patch14_224": {"dynamic_img_size": True},
    "vit_small_patch16_dinov3": {},
    "vit_pe_core_tiny_patch16_384": {"dynamic_img_size": True},
    "vit_small_patch16_rope_mixed_224": {"dynamic_img_size": True},
    "naflexvit_base_patch16_gap": {},
    "qwen3_vit_88m": {},
    "deepseek_vit_412m": {},
    "gemma4_vit_167m": {},
}


@pytest.mark.parametrize("name", OTHER_SIZES)
def test_images_of_another_oblong_size_are_read_exactly(name):
    options = {**TIMM[name], **OTHER_SIZES[name]}
    module = build(name, torch.float64, changes=options)
    patch = 14 if "patch14" in name or "deepseek" in name else 16
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(2, 3, 4 * patch, 2 * patch, generator=generator).double()
    expected = forward(module, x)
    model = HookedViT(module)
    logits, cache = model.run_with_cache(x)
    assert torch.equal(logits, module(x))
    error = precision(name)
    for site, value in expected.items():
        assert_close(cache[site], value, rtol=error, atol=error, msg=about(site))
    assert torch.equal(model.run_with_hooks(x, [("*", own)]), logits)
