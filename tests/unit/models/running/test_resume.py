"""A run resumed at a block is the rest of the full run."""

from __future__ import annotations

import functools

import pytest
import torch

from tests.parity import entries
from tests.parity.variants import VARIANTS, build, images
from tests.unit.models.traces import add_one
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import (
    HookError,
    InvalidReplacementError,
    StaleCacheError,
    UnknownSiteError,
)
from vitwidgets.models.running import resume

CLOSE = 2e-6  # of the largest logit: a product of matrices of another shape rounds so


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


@functools.cache
def entry(name):
    return HookedViT(entries.build(name))


def before(block):
    return f"blocks.{block}.hook_resid_pre"


def assert_close(logits, expected):
    assert logits.shape == expected.shape
    assert (logits - expected).abs().max() <= CLOSE * expected.abs().max()


def repeated(stream, count):
    return stream.expand(count, *stream.shape[1:])


@pytest.mark.parametrize("name", entries.ENTRIES)
def test_families_give_the_logits_of_the_full_run_from_any_block(name):
    model = entry(name)
    for batch in (1, 2):
        x = entries.inputs(name, batch)
        logits, cache = model.run_with_cache(x, "blocks.*.hook_resid_pre")
        assert torch.equal(logits, model(x))
        for block in range(model.config.n_layers):
            assert torch.equal(model.resume(cache, block), logits), block
            given = cache[before(block)].clone()
            assert torch.equal(model.resume(cache, block, residual=given), logits)


@pytest.mark.parametrize("name", entries.ENTRIES)
def test_families_give_each_variant_its_own_logits(name):
    model = entry(name)
    x = entries.inputs(name, 1)
    logits, cache = model.run_with_cache(x, "blocks.*.hook_resid_pre")
    donors = [entries.inputs(name, 1, seed=seed) for seed in (2, 3)]
    if not x.is_floating_point():
        # Where a text ends is part of the run, not of the stream.
        donors = [torch.where(x == x.max(), x, donor.clamp(max=40)) for donor in donors]
    runs = [model.run_with_cache(donor, "blocks.*.hook_resid_pre") for donor in donors]
    expected = torch.cat([logits, *(run[0] for run in runs)])
    assert (expected[0] - expected[1]).abs().max() > 1e-4
    for block in range(model.config.n_layers):
        site = before(block)
        stream = torch.cat([cache[site], *(run[1][site] for run in runs)])
        assert_close(model.resume(cache, block, residual=stream), expected)
        # One at a time, it is the very same run.
        alone = model.resume(cache, block, residual=stream, batch_size=1)
        assert torch.equal(alone, expected)


@pytest.mark.parametrize("name", VARIANTS)
def test_options_of_timms_vision_transformer_likewise(name):
    model = HookedViT(build(name))
    for batch in (1, 3):
        logits, cache = model.run_with_cache(images(model.module, batch))
        for block in range(3):
            assert torch.equal(model.resume(cache, block), logits), block


@pytest.mark.parametrize("block", [0, 1, 2])
def test_hooks_do_what_they_do_in_a_full_run(model, block):
    x = images(model.module, batch=1)
    _, cache = model.run_with_cache(x)
    at = list(model.sites).index(before(block))
    for site in model.sites[at:]:
        hooks = [(site, lambda value, hook: value * 1.1 + 0.1)]
        expected = model.run_with_hooks(x, hooks)
        assert torch.equal(model.resume(cache, block, fwd_hooks=hooks), expected), site
        assert model.receipt[site].fired == 1
        assert model.receipt[site].largest_change > 0.01


def test_earlier_blocks_and_the_patch_embedding_do_not_run(model, x):
    calls = []
    parts = {
        "patches": model.module.patch_embed.proj,
        **{f"block {i}": block.norm1 for i, block in enumerate(model.module.blocks)},
    }
    _, cache = model.run_with_cache(x)
    model.resume(cache, 0)  # the shape of the patches is found once
    for name, part in parts.items():
        part.register_forward_hook(lambda *_, name=name: calls.append(name))
    model.resume(cache, 1, residual=cache[before(1)].repeat(4, 1, 1), batch_size=3)
    assert calls == ["block 1", "block 2"] * 3
    calls.clear()
    model.module(x)
    assert calls == list(parts)


def test_variants_are_told_apart_by_their_hooks(model):
    x = images(model.module, batch=1)
    _, cache = model.run_with_cache(x)
    n_heads, seen = 4, []
    stream = repeated(cache[before(1)], n_heads)

    def one_head_each(z, hook):
        seen.append(hook.variants)
        z = z.clone()
        for row, head in enumerate(range(n_heads)[hook.variants]):
            z[row, :, head] = 0
        return z

    site = "blocks.1.attn.hook_z"
    for size, count in ((None, 1), (1, 4), (3, 2), (4, 1), (9, 1)):
        seen.clear()
        logits = model.resume(
            cache,
            1,
            residual=stream,
            fwd_hooks=[(site, one_head_each)],
            batch_size=size,
        )
        assert model.receipt[site].fired == len(seen) == count
        assert [v for part in seen for v in range(n_heads)[part]] == [0, 1, 2, 3]
        for head in range(n_heads):

            def without(z, hook, head=head):
                assert hook.variants is None
                return z.index_fill(2, torch.tensor([head]), 0)

            assert_close(
                logits[head : head + 1], model.run_with_hooks(x, [(site, without)])
            )
    assert (logits[0] - logits[1]).abs().max() > 1e-3


def test_many_variants_run_a_few_at_a_time(model):
    _, cache = model.run_with_cache(images(model.module, batch=1))
    sizes = []

    def note(value, hook):
        assert len(value) == hook.variants.stop - hook.variants.start
        sizes.append(len(value))

    stream = repeated(cache[before(2)], 100)
    logits = model.resume(cache, 2, residual=stream, fwd_hooks=[("hook_pooled", note)])
    assert sum(sizes) == len(logits) == 100
    assert max(sizes) <= 16
    assert max(sizes) - min(sizes) <= 1


def test_outer_hooks_apply_and_come_first(model, x):
    site = "blocks.2.attn.hook_z"
    double = [(site, lambda value, hook: value * 2)]
    _, cache = model.run_with_cache(x)
    expected = model.run_with_hooks(x, [*double, (site, add_one)])
    with model.hooks(double):
        assert torch.equal(
            model.resume(cache, 1, fwd_hooks=[(site, add_one)]), expected
        )
        assert [hook.fired for hook in model.receipt.hooks] == [1, 1]
    assert model.receipt[site].fired == 1


def test_a_hook_on_the_stream_itself_sees_what_was_given(model, x):
    _, cache = model.run_with_cache(x)
    given, seen = torch.randn_like(cache[before(1)]), []

    def look(value, hook):
        seen.append(value.clone())
        return value + 1

    with model.hooks([(before(1), look)]):
        shifted = model.resume(cache, 1, residual=given)
    assert torch.equal(seen[0], given)
    assert torch.equal(shifted, model.resume(cache, 1, residual=given + 1))


def test_hooks_that_would_never_be_reached_are_refused(model, x):
    _, cache = model.run_with_cache(x)
    for site in ("hook_embed", "blocks.0.attn.hook_z", "blocks.1.hook_resid_post"):
        with pytest.raises(HookError, match=rf"{site}.*never be reached.*blocks\.2"):
            model.resume(cache, 2, fwd_hooks=[(site, add_one)])
    refusal = pytest.raises(HookError, match=r"blocks.0.attn.hook_z")
    with model.hooks([("blocks.*.attn.hook_z", add_one)]):
        model(x)
        with refusal:
            model.resume(cache, 1)
        model.resume(cache, 0)


def test_inside_a_hook_of_a_resumed_run_the_model_is_the_plain_one(model, x):
    plain, seen = model(x), []
    _, cache = model.run_with_cache(x)

    def call(value, hook):
        seen.extend([model(x), model.module(x), model.resume(cache, 2)])
        return value + 1

    logits = model.resume(cache, 1, fwd_hooks=[("blocks.1.attn.hook_z", call)])
    assert all(torch.equal(inner, plain) for inner in seen)
    assert len(seen) == 3
    expected = model.resume(cache, 1, fwd_hooks=[("blocks.1.attn.hook_z", add_one)])
    assert torch.equal(logits, expected)


def test_a_resumed_run_in_a_hook_of_a_full_run(model, x):
    plain = model(x)
    _, cache = model.run_with_cache(x)
    seen = []
    model.run_with_hooks(
        x, [("hook_pooled", lambda value, hook: seen.append(model.resume(cache, 1)))]
    )
    assert torch.equal(seen[0], plain)


def test_images_of_another_size_keep_their_grid():
    model = HookedViT(build("any size"))
    x = torch.randn(1, 3, 24, 56, generator=torch.Generator().manual_seed(0))
    logits, cache = model.run_with_cache(x)
    model.resume(model.run_with_cache(images(model.module))[1], 1)
    for block in range(3):
        assert torch.equal(model.resume(cache, block), logits)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_other_precisions(dtype):
    model = HookedViT(build("inner norms", dtype))
    logits, cache = model.run_with_cache(images(model.module, dtype=dtype))
    for block in range(3):
        assert torch.equal(model.resume(cache, block), logits)


def test_autocast_and_inference_mode(model, x):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits, cache = model.run_with_cache(x)
        assert torch.equal(model.resume(cache, 1), logits)
    with torch.inference_mode():
        logits, cache = model.run_with_cache(x)
        assert torch.equal(model.resume(cache, 1), logits)


def test_a_compiled_model_is_resumed_by_its_eager_original(model, x):
    logits, cache = model.run_with_cache(x)
    model.module.compile()
    assert torch.equal(model.resume(cache, 1), logits)


def test_a_gradient_passes_a_resumed_run(model, x):
    _, cache = model.run_with_cache(x)
    with torch.enable_grad():
        stream = cache[before(1)].clone().requires_grad_()
        logits = model.resume(cache, 1, residual=stream, batch_size=1)
        (gradient,) = torch.autograd.grad(logits[:, 3].sum(), stream)
        again = stream.detach().clone().requires_grad_()
        value = model.module.blocks[2](model.module.blocks[1](again))
        plain = model.module.forward_head(model.module.norm(value))
        (expected,) = torch.autograd.grad(plain[:, 3].sum(), again)
    torch.testing.assert_close(gradient, expected)


def test_weights_that_were_changed_since_need_a_residual(model, x):
    _, cache = model.run_with_cache(x)
    model.module.head.weight.mul_(2)
    with pytest.raises(StaleCacheError, match=r"weights were changed.*as residual"):
        model.resume(cache, 1)
    logits = model.resume(cache, 1, residual=cache[before(1)])
    assert torch.equal(logits, model(x))


def test_a_residual_needs_no_stream_in_the_cache(model, x):
    _, cache = model.run_with_cache(x, "blocks.*.attn.hook_z")
    with pytest.raises(UnknownSiteError, match="hook_resid_pre' was not kept"):
        model.resume(cache, 1)
    given = model.run_with_cache(x)[1][before(1)]
    assert torch.equal(model.resume(cache, 1, residual=given), model(x))


def test_a_cache_that_was_cut_or_moved_is_resumed_likewise(model):
    x = images(model.module, batch=3)
    logits, cache = model.run_with_cache(x)
    assert_close(model.resume(cache.images([2, 0]), 1), logits[[2, 0]])
    assert torch.equal(model.resume(cache.to("cpu"), 1), logits)


def test_a_cache_of_two_texts_needs_a_variant_of_each():
    name = "text of ViT-B-32"
    model = entry(name)
    logits, cache = model.run_with_cache(entries.inputs(name, 2))
    stream = cache[before(1)]
    assert_close(model.resume(cache, 1, residual=stream, batch_size=1), logits)
    with pytest.raises(InvalidReplacementError, match="3 variants, the cache 2 texts"):
        model.resume(cache, 1, residual=stream[[0, 1, 1]])


def test_batches_of_variants_keep_within_the_working_set():
    config = entry("vit_tiny_patch16_224").config
    small = resume.usual_batch_size(config, torch.zeros(1, 10, 48))
    large = resume.usual_batch_size(config, torch.zeros(1, 10_000, 48))
    assert small == 16
    assert 1 <= large < 16
