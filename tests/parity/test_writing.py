"""What is written at a site has the effect that it has in the plain model."""

from __future__ import annotations

import copy

import pytest
import torch
from torch.testing import assert_close

from tests.parity.reference import forward
from tests.parity.variants import VARIANTS, about, build, images
from vitwidgets.models import HookedViT

pytestmark = pytest.mark.usefixtures("no_grad")


def noise_like(value, seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(value.shape, generator=generator, dtype=torch.float64).to(value)


def perturbed(site, seed=0):
    """A random, non-uniform change that keeps scales positive and patterns sensible."""

    def change(value, hook=None):
        factor = 0.3 * noise_like(value, seed)
        if site.endswith(("hook_scale", "hook_pattern")):
            return value * factor.exp()
        new = value + factor * (1 + value.abs())
        return torch.where(value.isinf(), value, new)  # masked is masked

    return change


def own(value, hook):
    return value.clone()


@pytest.mark.parametrize("name", VARIANTS)
def test_writing_own_values_changes_nothing_bit_for_bit(name):
    model = HookedViT(build(name))
    x = images(model.module)
    plain = model(x)
    for site in model.sites:
        assert torch.equal(model.run_with_hooks(x, [(site, own)]), plain), site
        assert model.receipt[site].fired == 1
        assert model.receipt[site].largest_change == 0.0
    assert torch.equal(model.run_with_hooks(x, [("*", own)]), plain)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
@pytest.mark.parametrize("name", ["plain", "inner norms", "gated attention"])
def test_own_values_change_nothing_in_other_precisions(name, dtype):
    model = HookedViT(build(name, dtype))
    x = images(model.module, dtype=dtype)
    plain = model.module(x)
    for site in model.sites:
        assert torch.equal(model.run_with_hooks(x, [(site, own)]), plain), site


@pytest.mark.parametrize("name", ["plain", "qk norm", "SwiGLU"])
def test_own_values_change_nothing_under_autocast_and_inference_mode(name):
    model = HookedViT(build(name))
    x = images(model.module)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        plain = model.module(x)
        assert torch.equal(model.run_with_cache(x)[0], plain)
        assert torch.equal(model.run_with_hooks(x, [("*", own)]), plain)
    with torch.inference_mode():
        plain = model.module(x)
        assert torch.equal(model.run_with_cache(x)[0], plain)
        assert torch.equal(model.run_with_hooks(x, [("*", own)]), plain)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_change_of_any_site_has_the_plain_models_effect(name):
    module = build(name, torch.float64)
    x = images(module, dtype=torch.float64)
    model = HookedViT(module)
    plain = model(x)
    sites = [s for s in model.sites if not s.startswith("blocks.") or ".1." in s]
    for site in sites:
        expected = forward(module, x, {site: perturbed(site)})["hook_logits"]
        logits = model.run_with_hooks(x, [(site, perturbed(site))])
        assert_close(logits, expected, rtol=1e-9, atol=1e-9, msg=about(site))
        # What the pool does not read in the last norm has no effect, all else has.
        assert (logits - plain).abs().max() > 1e-7, site
        assert model.receipt[site].largest_change > 1e-3


@pytest.mark.parametrize("layer", [0, 2])
def test_first_and_last_block_likewise(layer):
    module = build("plain", torch.float64)
    x = images(module, dtype=torch.float64)
    model = HookedViT(module)
    plain = model(x)
    for site in (s for s in model.sites if s.startswith(f"blocks.{layer}.")):
        expected = forward(module, x, {site: perturbed(site)})["hook_logits"]
        logits = model.run_with_hooks(x, [(site, perturbed(site))])
        assert_close(logits, expected, rtol=1e-9, atol=1e-9)
        assert (logits - plain).abs().max() > 1e-7, site


@pytest.mark.parametrize("name", ["plain", "inner norms", "registers", "GLU"])
def test_one_changed_element_has_the_plain_models_effect(name):
    module = build(name, torch.float64)
    x = images(module, dtype=torch.float64)
    model = HookedViT(module)
    plain = model(x)
    for site in model.sites:

        def change(value, hook=None):
            value = value.clone()
            first = (0,) * value.dim()
            value[first] += 1.0 + value[first].abs()
            return value

        expected = forward(module, x, {site: change})["hook_logits"]
        logits = model.run_with_hooks(x, [(site, change)])
        assert_close(logits, expected, rtol=1e-9, atol=1e-9, msg=about(site))
        assert (logits[0] - plain[0]).abs().max() > 1e-9, site
        assert torch.equal(logits[1], plain[1]), site


@pytest.mark.parametrize("name", VARIANTS)
def test_a_donors_stream_at_any_block_gives_the_donors_logits(name):
    model = HookedViT(build(name))
    x, donor = images(model.module, seed=1), images(model.module, seed=2)
    donor_logits, cache = model.run_with_cache(donor, "*hook_resid*")
    assert not torch.equal(donor_logits, model(x))
    streams = [site for site in model.sites if "hook_resid" in site]
    assert len(streams) == 9
    for site in streams:
        logits = model.run_with_hooks(x, [(site, lambda value, hook: cache[hook.name])])
        assert torch.equal(logits, donor_logits), site


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("layer", [0, 2])
def test_zeroing_a_head_is_zeroing_its_columns_of_the_projection(name, layer):
    module = build(name)
    x = images(module)
    head = 2
    width = module.blocks[layer].attn.head_dim

    def zero(value, hook):
        value = value.clone()
        value[:, :, head] = 0
        return value

    written = HookedViT(module).run_with_hooks(
        x, [(f"blocks.{layer}.attn.hook_z", zero)]
    )
    surgery = copy.deepcopy(module)
    weight = surgery.blocks[layer].attn.proj.weight
    weight[:, head * width : (head + 1) * width] = 0
    assert torch.equal(written, surgery(x))
    assert not torch.equal(written, module(x))


def test_rows_of_a_pattern_that_stay_keep_the_fused_result_bit_for_bit():
    model = HookedViT(build("plain"))
    x = images(model.module)
    site = "blocks.1.attn.hook_pattern"

    def change(value, hook):
        value = value.clone()
        value[1, 2, 5] = value[1, 2, 5].flip(0)
        return value

    _, before = model.run_with_cache(x)
    with model.hooks([(site, change)]):
        _, after = model.run_with_cache(x)
    for name in ("attn.hook_attn_mix", "attn.hook_z"):
        differs = before[f"blocks.1.{name}"] != after[f"blocks.1.{name}"]
        rows = differs.any(-1).nonzero().tolist()
        assert rows == [[1, 5, 2]], name
    v = before["blocks.1.attn.hook_v"][1, :, 2]
    assert_close(
        after["blocks.1.attn.hook_attn_mix"][1, 5, 2], after[site][1, 2, 5] @ v
    )


def test_elements_of_norms_and_stream_that_stay_are_kept_bit_for_bit():
    model = HookedViT(build("plain"))
    x = images(model.module)
    _, before = model.run_with_cache(x)

    def change(value, hook):
        value = value.clone()
        value[1, 3] *= 1.5
        return value

    for site, downstream in (
        ("ln1.hook_scale", "ln1.hook_ln_out"),
        ("ln2.hook_normalized", "ln2.hook_ln_out"),
        ("hook_resid_mid", "hook_resid_post"),
        ("attn.hook_result", "hook_attn_out"),
        ("attn.hook_v", "attn.hook_q"),
    ):
        with model.hooks([(f"blocks.1.{site}", change)]):
            _, after = model.run_with_cache(x)
        name = f"blocks.1.{downstream}"
        same = before[name] == after[name]
        same[1, 3] = True
        assert bool(same.all()), site


def test_memory_layout_of_a_replacement_does_not_matter():
    model = HookedViT(build("plain"))
    x = images(model.module)
    plain = model(x)

    def transposed(value, hook):
        odd = value.transpose(0, -1).contiguous().transpose(0, -1)
        assert odd.stride() != value.stride()
        return odd

    for site in model.sites:
        assert torch.equal(model.run_with_hooks(x, [(site, transposed)]), plain), site


def test_gradients_flow_through_written_values():
    with torch.enable_grad():
        module = build("plain")
        x = images(module).requires_grad_()
        plain = torch.autograd.grad(module(x).square().sum(), x)[0]
        model = HookedViT(module)
        written = model.run_with_hooks(x, [("*hook_z", lambda value, hook: value * 1)])
        got = torch.autograd.grad(written.square().sum(), x)[0]
        leaf = {}

        def cut(value, hook):
            leaf["z"] = value.detach().requires_grad_()
            return leaf["z"]

        logits = model.run_with_hooks(x, [("blocks.1.attn.hook_z", cut)])
        at_z = torch.autograd.grad(logits[0, 0], leaf["z"])[0]
    assert torch.equal(got, plain)
    step = 1e-2 * at_z / at_z.norm()
    moved = [
        model.run_with_hooks(x, [("blocks.1.attn.hook_z", lambda v, _, s=s: v + s)])
        for s in (step, -step)
    ]
    slope = (moved[0][0, 0] - moved[1][0, 0]) / 2e-2
    assert_close(slope, at_z.norm(), rtol=2e-2, atol=0)
