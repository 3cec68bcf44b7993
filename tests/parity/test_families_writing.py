"""What is written at a site of any family has the effect that plain hooks have."""

from __future__ import annotations

import copy

import pytest
import torch
from torch.testing import assert_close

from tests.parity.blueprints import named_attentions, named_blocks, projection_of
from tests.parity.entries import ENTRIES, build, inputs, precision, some
from tests.parity.open_clip_entries import OPEN_CLIP
from tests.parity.plain_hooks import forward
from tests.parity.test_families_reading import logits_of
from tests.parity.test_writing import own, perturbed
from tests.parity.variants import about
from vitwidgets.models import HookedViT

pytestmark = pytest.mark.usefixtures("no_grad", "slow_path")


@pytest.mark.parametrize("name", ENTRIES)
def test_writing_own_values_changes_nothing_bit_for_bit(name):
    module, x = build(name), inputs(name)
    model = HookedViT(module)
    plain = logits_of(module, x)
    for site in model.sites:
        assert torch.equal(model.run_with_hooks(x, [(site, own)]), plain), site
        assert model.receipt[site].largest_change == 0.0
    assert torch.equal(model.run_with_hooks(x, [("*", own)]), plain)


@pytest.mark.parametrize("name", ENTRIES)
def test_a_random_change_of_any_site_has_the_effect_of_plain_hooks(name):
    """Plain hooks for one block, the first or the last: they are the slower ones."""
    module, x = build(name, torch.float64), inputs(name, dtype=torch.float64)
    model = HookedViT(module)
    plain, error = model(x), precision(name)
    chosen = f"blocks.{(ENTRIES.index(name) % 2) * (model.config.n_layers - 1)}."
    for site in model.sites:
        change = perturbed(site)
        logits = model.run_with_hooks(x, [(site, change)])
        assert (logits - plain).abs().max() > 1e-7, f"{site} has no effect"
        if site.startswith("blocks.") and not site.startswith(chosen):
            continue
        expected = forward(module, x, {site: change})["hook_logits"]
        assert_close(logits, expected, rtol=error, atol=error, msg=about(site))


@pytest.mark.parametrize("name", ENTRIES)
def test_one_changed_element_has_the_effect_of_plain_hooks(name):
    module, x = build(name, torch.float64), inputs(name, dtype=torch.float64)
    model, error = HookedViT(module), precision(name)
    for site in some(model.sites, name, 14):

        def change(value, hook=None):
            value = value.clone()
            value[(0,) * value.dim()] += 1.0
            return value

        expected = forward(module, x, {site: change})["hook_logits"]
        logits = model.run_with_hooks(x, [(site, change)])
        assert_close(logits, expected, rtol=error, atol=error, msg=about(site))


@pytest.mark.parametrize("name", ENTRIES)
def test_a_donors_stream_at_any_block_gives_the_donors_logits(name):
    module = build(name)
    model = HookedViT(module)
    x, donor = inputs(name, seed=1), inputs(name, seed=2)
    donor_logits, cache = model.run_with_cache(donor, "*hook_resid*")
    assert not torch.equal(donor_logits, model(x))
    streams = [site for site in model.sites if "hook_resid" in site]
    blocks = [prefix for prefix, _ in named_blocks(module)]
    assert len(streams) >= 2 * len(blocks)
    last = [prefix for prefix in blocks if prefix.startswith("blocks")][-1]
    for site in streams:
        # A stream of class tokens goes beside that of the patches.
        both = [f"{last}.hook_resid_post"] if site.startswith("token_blocks") else []
        hooks = [([site, *both], lambda value, hook: cache[hook.name])]
        assert torch.equal(model.run_with_hooks(x, hooks), donor_logits), site


@pytest.mark.parametrize("name", ENTRIES)
def test_zeroing_a_head_is_zeroing_its_columns_of_the_projection(name):
    module, x = build(name), inputs(name)
    model = HookedViT(module)
    plain, head = model(x), 1

    def zero(value, hook):
        value = value.clone()
        value[:, :, head] = 0
        return value

    for prefix in attentions_of(module):
        site = f"{prefix}.hook_z"
        written = model.run_with_hooks(x, [(site, zero)])
        surgery = copy.deepcopy(module)
        weight = projection_of(attentions_of(surgery)[prefix]).weight
        width = model.run_with_cache(x, site)[1][site].shape[-1]
        weight[:, head * width : (head + 1) * width] = 0
        assert torch.equal(written, logits_of(surgery, x)), site
        assert not torch.equal(written, plain), site


def attentions_of(module):
    """Attentions of a model by the prefixes of their sites."""
    return dict(
        named
        for prefix, block in named_blocks(module)
        for named in named_attentions(prefix, block)
    )


@pytest.mark.parametrize("name", OPEN_CLIP)
def test_torchs_attention_leaves_its_fast_path_only_to_be_written(name):
    module, x = build(name), inputs(name)
    model = HookedViT(module)
    slow = logits_of(module, x)
    torch.backends.mha.set_fastpath_enabled(True)
    fast = logits_of(module, x)
    assert torch.equal(model.run_with_cache(x)[0], fast)
    own_stream = model.run_with_hooks(x, [("*hook_resid_mid", own)])
    assert torch.equal(own_stream, fast)
    written = model.run_with_hooks(x, [("*attn.hook_z", own)])
    assert torch.equal(written, slow)
    assert_close(written, fast, rtol=0, atol=2e-6 * float(fast.abs().max()))
