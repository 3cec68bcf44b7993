"""Every site of every family holds what plain hooks find there."""

from __future__ import annotations

import copy
from unittest import mock

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (as everybody writes it)
from torch import nn
from torch.testing import assert_close

from tests.parity.blueprints import (
    BLOCKS,
    PARALLEL,
    attribute,
    class_of,
    named_attentions,
    named_blocks,
    numbered,
    part,
    projection_of,
)
from tests.parity.entries import ENTRIES, build, inputs, precision
from tests.parity.open_clip_entries import build_clip
from tests.parity.plain_hooks import forward
from tests.parity.variants import about
from vitwidgets.models import HookedViT
from vitwidgets.models.families.open_clip_towers import text_tower

pytestmark = pytest.mark.usefixtures("no_grad")


def logits_of(module, x):
    out = module(x)
    return out[0] if isinstance(out, tuple) else out


@pytest.mark.parametrize("name", ENTRIES)
def test_logits_with_everything_cached_are_bit_identical(name):
    module, x = build(name), inputs(name)
    plain = logits_of(module, x)
    model = HookedViT(module)
    assert torch.equal(model(x), plain)
    logits, cache = model.run_with_cache(x)
    assert torch.equal(logits, plain)
    assert list(cache) == list(model.sites)


@pytest.mark.parametrize("name", ENTRIES)
def test_every_site_holds_the_value_that_plain_hooks_find(name):
    module, x = build(name, torch.float64), inputs(name, dtype=torch.float64)
    expected = forward(module, x)
    model = HookedViT(module)
    _, cache = model.run_with_cache(x)
    assert set(cache) == set(expected)
    error = precision(name)
    for site, value in expected.items():
        assert_close(cache[site], value, rtol=error, atol=error, msg=about(site))


@pytest.mark.parametrize("name", ENTRIES)
def test_patterns_are_the_modules_own_eager_softmax_and_mix_the_values(name):
    module, x = build(name), inputs(name)
    _, cache = HookedViT(module).run_with_cache(x)
    for prefix, eager in eager_patterns(module, x).items():
        for ending, pattern in eager.items():
            found = cache[f"{prefix}.{ending}"]
            assert_close(found, pattern, rtol=0, atol=1e-6, msg=about(prefix))
            if ending in {"hook_pattern", "hook_pattern2"}:
                sums = found.double().sum(-1)
                assert_close(sums, torch.ones_like(sums), rtol=0, atol=1e-6)
        v = operand(cache, prefix)
        mixed = torch.einsum("bhqk,bkhd->bqhd", cache[f"{prefix}.{ending}"], v)
        mix = cache[f"{prefix}.hook_attn_mix"]
        # Large scores have large rounding errors before they get into an exponent.
        scores = cache[f"{prefix}.hook_attn_scores"]
        largest = float(scores[scores.isfinite()].abs().max())
        error = (1e-6 + 2e-7 * largest) * float(v.abs().max())
        assert_close(mix, mixed, rtol=1e-6, atol=error, msg=about(prefix))


def operand(cache, prefix):
    """Values that a pattern mixes: one for each head, normed if they are."""
    normed = f"{prefix}.hook_normed_v"
    v = cache[normed if normed in cache else f"{prefix}.hook_v"]
    return v.repeat_interleave(cache[f"{prefix}.hook_z"].shape[2] // v.shape[2], 2)


def eager_patterns(module, x):
    """Patterns of the modules' own paths without fused attention, on the same input.

    By the prefixes of their sites, that which mixes the values last.
    """
    seen, handles = {}, []
    for prefix, block in named_blocks(module):
        for name, attention in named_attentions(prefix, block):
            hook = eagerly(attention, name, seen)
            handles.append(attention.register_forward_pre_hook(hook, with_kwargs=True))
    module(x)
    for handle in handles:
        handle.remove()
    return seen


def eagerly(attention, name, seen):
    """Give a hook that also runs an eager copy, and keeps its patterns."""
    eager = copy.deepcopy(attention)
    if isinstance(attention, nn.MultiheadAttention):
        options = {"need_weights": True, "average_attn_weights": False}

        def weigh(_, args, kwargs):
            pattern = eager(*args, **{**kwargs, **options})[1]
            seen[name] = {"hook_pattern": pattern}

        return weigh

    def keep(_, args):
        seen[name] = patterns_of(eager, args[0])

    setattr(eager, "use_fsdpa" if hasattr(eager, "use_fsdpa") else "fused_attn", False)
    eager.attn_drop.register_forward_pre_hook(keep)

    def run(_, args, kwargs):
        with mock.patch.object(torch, "bmm", torch.matmul):  # as open_clip means it
            eager(*args, **kwargs)

    return run


def patterns_of(attention, weights):
    """Give the patterns in what an attention drops out."""
    if hasattr(attention, "proj_w"):
        return {"hook_mixed_pattern": weights}
    if weights.dim() == 3:
        weights = weights.unflatten(0, (-1, attention.num_heads))
    if not hasattr(attention, "sub_norm"):
        return {"hook_pattern": weights}
    first, second = weights.unflatten(1, (-1, 2)).unbind(2)
    difference = first - attention._compute_lambda() * second
    patterns = {"hook_pattern": first, "hook_pattern2": second}
    return {**patterns, "hook_diff_pattern": difference}


@pytest.mark.parametrize("name", ENTRIES)
def test_results_of_heads_and_bias_scaled_are_what_attention_adds(name):
    module, x = build(name, torch.float64), inputs(name, dtype=torch.float64)
    _, cache = HookedViT(module).run_with_cache(x)
    for prefix, block in named_blocks(module):
        for index, (site, attention) in enumerate(named_attentions(prefix, block)):
            projection = projection_of(attention)
            if is_clipped(attention):
                assert f"{site}.hook_result" not in cache
                continue
            added = cache[f"{site}.hook_result"].sum(2)
            if projection.bias is not None:
                added = added + projection.bias
            out = cache[f"{prefix}.{addend_of(block, index)}"]
            if class_of(block) in PARALLEL:
                added = added + neurons_addend(block, cache[f"{prefix}.mlp.hook_post"])
            added = scaled(block, index, added)
            assert_close(out, added, rtol=1e-9, atol=1e-9)


def is_clipped(attention):
    """Whether the projection clips, so that its output is no sum of heads."""
    return getattr(getattr(attention, "o_proj", None), "use_clipped", False)


def addend_of(block, index):
    if class_of(block) in PARALLEL:
        return "hook_block_out"
    return f"hook_{numbered('attn', index)}_out"


def neurons_addend(block, neurons):
    """What the MLP of a parallel block adds."""
    if block.out_proj is None:
        return block.mlp_out_proj(neurons)
    return F.linear(neurons, block.out_proj.weight[:, block.in_split[-1] :])


def scaled(block, index, added):
    """Give an addend after LayerScale or the norm that takes its place."""
    if class_of(block) in PARALLEL:
        return block.ls(added)
    plan = BLOCKS[class_of(block)]
    if plan.attention_norm is not None:
        added = part(block, plan.attention_norm)(added)
    scale = attribute(block, plan.attentions[index].scale or "no scale")
    if scale is None:
        return added
    return scale(added) if isinstance(scale, nn.Module) else scale * added


def test_the_text_tower_of_the_class_clip_gives_what_encode_text_gives():
    clip, texts = build_clip(), inputs("text of the class CLIP")
    assert torch.equal(text_tower(clip)(texts), clip.encode_text(texts))
