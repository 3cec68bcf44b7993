"""Blocks with branches side by side and differential attention, against hand-work."""

from __future__ import annotations

import copy

import pytest
import timm
import torch
from torch.testing import assert_close

from tests.parity.test_writing import own, perturbed
from tests.parity.variants import about
from tests.unit.models.unusual_blocks import (
    DIFFERENTIAL,
    SCALING,
    THINGS,
    UNUSUAL,
    ByHand,
    build,
    images,
    lambda_of,
)
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import (
    CacheBudgetError,
    ModelStateError,
    UnknownSiteError,
    UnsupportedModelError,
)
from vitwidgets.models.sites import axes_of

BY_HAND = (*SCALING, *THINGS)


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


@pytest.mark.parametrize("name", UNUSUAL)
def test_everything_cached_or_written_back_leaves_the_logits_bit_for_bit(name):
    module, x = build(name), images(dtype=torch.float32)
    plain = module(x)
    model = HookedViT(module)
    logits, cache = model.run_with_cache(x)
    assert torch.equal(logits, plain)
    assert list(cache) == list(model.sites)
    reached = {}

    def keep(value, hook):
        reached[hook.name] = value.clone()

    model.run_with_hooks(x, [("*", keep)])
    assert list(reached) == list(model.sites), "the order is that of the forward pass"
    for site in model.sites:
        assert torch.equal(cache[site], reached[site]), site
        assert torch.equal(model.run_with_hooks(x, [(site, own)]), plain), site
    assert torch.equal(model.run_with_hooks(x, [("*", own)]), plain)


@pytest.mark.parametrize("name", BY_HAND)
def test_every_site_in_the_blocks_is_what_hand_work_gives(name):
    module, x = build(name, torch.float64), images()
    by_hand = ByHand(module)
    assert_close(by_hand(x), module(x), rtol=1e-9, atol=1e-9)
    model = HookedViT(module)
    _, cache = model.run_with_cache(x, "blocks.*")
    in_blocks = {site for site in model.sites if site.startswith("blocks.")}
    assert in_blocks == set(by_hand.values)
    for site, value in by_hand.values.items():
        assert_close(cache[site], value, rtol=1e-9, atol=1e-9, msg=about(site))


@pytest.mark.parametrize("name", BY_HAND)
def test_a_change_of_any_site_in_the_blocks_does_what_hand_work_does(name):
    module, x = build(name, torch.float64), images()
    model, plain = HookedViT(module), module(x)
    for site in model.sites:
        if not site.startswith("blocks."):
            continue
        change = perturbed(site)
        logits = model.run_with_hooks(x, [(site, change)])
        assert_close(
            logits,
            ByHand(module, {site: change})(x),
            rtol=1e-9,
            atol=1e-9,
            msg=about(site),
        )
        assert (logits - plain).abs().max() > 1e-7, f"{site} has no effect"


@pytest.mark.parametrize("name", UNUSUAL)
def test_the_axes_of_a_site_are_those_of_its_value(name):
    model = HookedViT(build(name))
    config = model.config
    lengths = {
        "batch": 2,
        **dict.fromkeys(("token", "query", "key"), config.n_tokens),
        "head": config.n_heads,
        "d_head": config.d_head,
        "d_model": config.d_model,
        "d_mlp": config.d_mlp,
        "class": config.n_classes,
        "1": 1,
    }
    _, cache = model.run_with_cache(images(dtype=torch.float32))
    for site, value in cache.items():
        shape = [lengths[axis] for axis in axes_of(site)]
        if site.endswith(("hook_q", "hook_k")) and f"{site[:-1]}rot_q2" in cache:
            shape[2:] = [2 * shape[2], shape[3] // 2]
        elif site.rpartition("_")[2] in {"q", "k", "q2", "k2"} and "rot" in site:
            shape[3] //= 2 if f"{site.rpartition('rot')[0]}rot_q2" in cache else 1
        assert list(value.shape) == shape, site


@pytest.mark.parametrize("name", UNUSUAL)
def test_a_donors_stream_gives_the_donors_logits(name):
    model = HookedViT(build(name))
    x, donor = (images(seed=seed, dtype=torch.float32) for seed in (1, 2))
    expected, cache = model.run_with_cache(donor, "*hook_resid*")
    streams = [site for site in model.sites if "hook_resid" in site]
    assert len(streams) == (4 if name in SCALING else 6)
    for site in streams:
        logits = model.run_with_hooks(x, [(site, lambda value, hook: cache[hook.name])])
        assert torch.equal(logits, expected), site


@pytest.mark.parametrize("name", UNUSUAL)
def test_zeroing_a_head_is_zeroing_its_columns(name):
    module, x = build(name), images(dtype=torch.float32)
    model = HookedViT(module)
    width = model.config.d_head

    def zero(value, hook):
        value = value.clone()
        value[:, :, 1] = 0
        return value

    for site in model.sites:
        if not site.endswith("hook_z"):
            continue
        surgery = copy.deepcopy(module)
        projection = projection_of(surgery, site)
        projection.weight[:, width : 2 * width] = 0
        written = model.run_with_hooks(x, [(site, zero)])
        assert torch.equal(written, surgery(x)), site
        assert not torch.equal(written, module(x)), site


def projection_of(module, site):
    _, layer, attn, _ = site.split(".")
    block = module.blocks[int(layer)]
    if hasattr(block, "attns"):
        return block.attns[int(attn[4:] or 0)].attn.proj
    if hasattr(block, "attn"):
        return block.attn.proj
    return block.out_proj or block.attn_out_proj


@pytest.mark.parametrize("name", ["differential", *DIFFERENTIAL])
def test_the_pattern_of_differences_is_that_of_the_modules_eager_path(name):
    module, x = build(name), images(dtype=torch.float32)
    model = HookedViT(module)
    _, cache = model.run_with_cache(x)
    eager = copy.deepcopy(module)
    for layer, block in enumerate(eager.blocks):
        attention = getattr(block, "attn", block)
        attention.fused_attn = False
        seen = []
        attention.attn_drop.register_forward_pre_hook(
            lambda _, args, seen=seen: seen.append(args[0])
        )
        eager(x)
        both = seen[0].unflatten(1, (-1, 2))
        patterns = [both[:, :, 0], both[:, :, 1]]
        for half, pattern in zip(("", "2"), patterns, strict=True):
            found = cache[f"blocks.{layer}.attn.hook_pattern{half}"]
            assert_close(found, pattern, rtol=0, atol=1e-6)
            assert_close(found.sum(-1), torch.ones_like(found[..., 0]))
        diff = cache[f"blocks.{layer}.attn.hook_diff_pattern"]
        factor = lambda_of(attention)
        assert abs(float(factor)) > 0.1
        expected = patterns[0] - factor * patterns[1]
        assert_close(diff, expected, rtol=0, atol=1e-6 * (1 + abs(float(factor))))
        sums = diff.sum(-1)
        assert_close(sums, (1 - factor).expand_as(sums), rtol=1e-5, atol=1e-5)
        mix = torch.einsum(
            "bhqk,bkhd->bqhd", diff, cache[f"blocks.{layer}.attn.hook_v"]
        )
        assert_close(
            cache[f"blocks.{layer}.attn.hook_attn_mix"], mix, rtol=0, atol=1e-5
        )


@pytest.mark.parametrize("name", ["differential", *DIFFERENTIAL])
def test_either_pattern_of_a_query_may_be_replaced_and_moves_no_other(name):
    module, x = build(name, torch.float64), images()
    model = HookedViT(module)
    _, plain = model.run_with_cache(x)
    attention = getattr(module.blocks[0], "attn", module.blocks[0])
    factors = {"pattern": 1.0, "pattern2": -lambda_of(attention), "diff_pattern": 1.0}
    v = plain["blocks.0.attn.hook_v"]
    for ending, factor in factors.items():
        site = f"blocks.0.attn.hook_{ending}"

        def change(value, hook):
            value = value.clone()
            value[:, 2, 3] = value[:, 2, 3].flip(-1)
            return value

        with model.hooks([(site, change)]):
            _, cache = model.run_with_cache(x)
        moved = cache[site] - plain[site]
        by_hand = factor * torch.einsum("bhqk,bkhd->bqhd", moved, v)
        mix = (
            cache["blocks.0.attn.hook_attn_mix"] - plain["blocks.0.attn.hook_attn_mix"]
        )
        assert_close(mix, by_hand, rtol=1e-9, atol=1e-12)
        assert int((mix.abs().amax((0, 3)) > 1e-9).sum()) == 1
        diff = cache["blocks.0.attn.hook_diff_pattern"]
        still = plain["blocks.0.attn.hook_diff_pattern"]
        assert_close(diff - still, factor * moved, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["differential", "differential attention"])
def test_a_pass_that_broke_off_between_the_two_calls_spoils_no_later_one(name):
    module, x = build(name), images(dtype=torch.float32)
    model, plain = HookedViT(module), module(x)
    armed = [True]

    def fail(value, hook):
        if armed:
            armed.clear()
            raise ValueError(hook.name)

    sites = ["blocks.0.attn.hook_rot_k", "blocks.0.attn.hook_diff_pattern"]
    with model.hooks([(sites[0], fail), (sites[1], own)]):
        with pytest.raises(ValueError, match="rot_k"):
            model(x)
        assert torch.equal(model(x), plain)


@pytest.mark.parametrize("name", SCALING)
def test_a_block_that_adds_once_says_why_it_has_no_middle(name):
    model = HookedViT(build(name))
    x = images(dtype=torch.float32)
    for ending in ("hook_resid_mid", "hook_attn_out", "hook_mlp_out", "ln2.hook_scale"):
        with pytest.raises(UnknownSiteError, match="as one, hook_block_out"):
            model.run_with_cache(x, f"blocks.1.{ending}")


@pytest.mark.parametrize("name", UNUSUAL)
def test_the_estimate_is_no_less_than_what_a_cache_holds(name):
    model = HookedViT(build(name))
    x = images(dtype=torch.float32)
    for wanted in (None, "*.hook_[qkv]", "*.hook_z", "*.mlp*.hook_pre", "*pattern*"):
        _, cache = model.run_with_cache(x, wanted)
        with pytest.raises(CacheBudgetError):
            model.run_with_cache(x, wanted, budget=cache.nbytes - 1)


@pytest.mark.parametrize("name", ["projected apart", *DIFFERENTIAL])
def test_attention_without_the_fused_function_is_refused(name):
    module = build(name)
    getattr(module.blocks[1], "attn", module.blocks[1]).fused_attn = False
    with pytest.raises(ModelStateError, match=r"block 1 does not use PyTorch's fused"):
        HookedViT(module)


def test_branches_with_other_heads_are_refused():
    module = build("two branches")
    module.blocks[1].attns[1].attn = timm.layers.Attention(32, 8).eval()
    with pytest.raises(UnsupportedModelError, match="attentions of block 1 differ"):
        HookedViT(module)
