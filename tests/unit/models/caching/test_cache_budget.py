from __future__ import annotations

import gc
import weakref

import pytest
import torch

from tests.parity.variants import build, images
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import StaleCacheError

SQUARE = 2 * 4 * 17 * 17 * 4  # bytes of a block's scores, or its pattern
PATTERNS = [f"blocks.{layer}.attn.hook_pattern" for layer in range(3)]


@pytest.fixture(name="held")
def _held(model, x):
    """Bytes held for all patterns."""
    return model.run_with_cache(x, PATTERNS)[1].nbytes


def storages(*tensors):
    found = (tensor.untyped_storage() for tensor in tensors)
    return sum({s.data_ptr(): s.nbytes() for s in found}.values())


def test_what_is_derived_is_kept_for_the_next_reading(model, x, held):
    _, cache = model.run_with_cache(x, PATTERNS)
    first = cache[PATTERNS[1]]
    assert cache[PATTERNS[1]] is first
    assert cache.pattern(1) is first
    assert cache.nbytes == held + SQUARE
    assert torch.equal(first, model.run_with_cache(x)[1][PATTERNS[1]])


def test_bytes_are_those_of_all_memory_that_the_cache_keeps_alive(model, x):
    _, cache = model.run_with_cache(x)
    read = [cache[site] for site in model.sites]
    assert cache.nbytes == storages(*read)


def test_what_was_read_longest_ago_goes_first(model, x, held):
    _, cache = model.run_with_cache(x, PATTERNS, budget=held + 2 * SQUARE)
    zero, one = cache[PATTERNS[0]], cache[PATTERNS[1]]
    assert cache[PATTERNS[0]] is zero  # so that 1 is the one read longest ago
    two = cache[PATTERNS[2]]
    assert cache.nbytes == held + 2 * SQUARE == cache.budget
    assert cache[PATTERNS[0]] is zero
    assert cache[PATTERNS[2]] is two
    again = cache[PATTERNS[1]]
    assert again is not one
    assert torch.equal(again, one)


def test_what_is_dropped_is_freed(model, x, held):
    _, cache = model.run_with_cache(x, PATTERNS, budget=held + SQUARE)
    first = weakref.ref(cache[PATTERNS[0]])
    gc.collect()
    assert first() is not None
    cache[PATTERNS[1]]
    gc.collect()
    assert first() is None


def test_the_budget_is_never_passed_whatever_is_read(model, x, held):
    for budget in (held, held + SQUARE - 1, held + SQUARE, held + 3 * SQUARE):
        _, cache = model.run_with_cache(x, PATTERNS, budget=budget)
        for _ in range(2):
            for site in cache:
                cache[site]
                assert held <= cache.nbytes <= budget
        assert torch.equal(cache[PATTERNS[0]], cache.pattern(0))


def test_views_of_what_is_held_take_no_room(model, x):
    _, cache = model.run_with_cache(x, "blocks.*.attn.hook_z")
    before = cache.nbytes
    assert cache["blocks.1.attn.hook_attn_mix"] is cache["blocks.1.attn.hook_z"]
    assert cache.nbytes == before


def test_a_kept_value_that_its_reader_changed_is_computed_anew(model, x):
    _, cache = model.run_with_cache(x)
    right = cache[PATTERNS[1]].clone()
    cache[PATTERNS[1]].zero_()
    assert torch.equal(cache[PATTERNS[1]], right)


@pytest.mark.parametrize(
    ("name", "derived", "changed"),
    [
        ("plain", "attn.hook_pattern", "attn.hook_k"),
        ("plain", "hook_resid_mid", "hook_attn_out"),
        ("qk norm", "attn.hook_pattern", "attn.k_norm.weight"),
        ("inner norms", "mlp.hook_post", "mlp.norm.bias"),
    ],
)
def test_a_kept_value_goes_stale_with_what_it_came_from(name, derived, changed):
    site = f"blocks.1.{derived}"
    with torch.no_grad():
        model = HookedViT(build(name))
        _, cache = model.run_with_cache(images(model.module))
        kept = cache[site]
        assert cache[site] is kept
        if "hook" in changed:
            cache[f"blocks.1.{changed}"].add_(1)
        else:
            model.module.blocks[1].get_parameter(changed).add_(1)
        with pytest.raises(StaleCacheError):
            cache[site]


def test_with_gradients_nothing_is_kept(model, x):
    with torch.enable_grad():
        _, cache = model.run_with_cache(x.clone().requires_grad_())
        before = cache.nbytes
        assert cache[PATTERNS[1]].requires_grad
    assert not cache[PATTERNS[1]].requires_grad
    with torch.enable_grad():
        assert cache[PATTERNS[1]].requires_grad
    assert cache.nbytes == before


def test_under_inference_mode_nothing_is_kept(model, x):
    with torch.inference_mode():
        _, cache = model.run_with_cache(x)
        before = cache.nbytes
        cache[PATTERNS[1]].zero_()
        assert cache[PATTERNS[1]].sum() > 0
    assert cache.nbytes == before


@pytest.mark.parametrize("name", ["inner norms", "gated attention"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_parts_of_results_are_those_of_the_whole(name, dtype):
    with torch.no_grad():
        model = HookedViT(build(name, dtype))
        _, cache = model.run_with_cache(images(model.module, dtype=dtype))
        whole = cache["blocks.1.attn.hook_result"]
        z = cache["blocks.1.attn.hook_z"]
        weight = model.module.blocks[1].attn.proj.weight
    assert torch.equal(cache.result(1), whole)
    close = {"rtol": 2e-6, "atol": 2e-6} if dtype is torch.float32 else {}
    for head in range(4):
        columns = weight[:, 8 * head : 8 * head + 8]
        expected = (z[:, :, head].double() @ columns.double().T).to(dtype)
        torch.testing.assert_close(cache.result(1, head), expected, **close)
        for token in (0, 16):
            torch.testing.assert_close(
                cache.result(1, head, token), expected[:, token], **close
            )
    torch.testing.assert_close(cache.result(1, token=5), whole[:, 5], **close)


def test_parts_of_a_result_that_a_hook_wrote_are_what_it_wrote(model, x):
    with model.hooks([("blocks.1.attn.hook_result", lambda v, h: v * 2)]):
        _, cache = model.run_with_cache(x)
    whole = cache["blocks.1.attn.hook_result"]
    _, plain = model.run_with_cache(x)
    assert torch.equal(whole, 2 * plain["blocks.1.attn.hook_result"])
    assert torch.equal(cache.result(1, 2, 3), whole[:, 3, 2])


def test_one_head_of_one_token_needs_no_other(model, x):
    _, cache = model.run_with_cache(x)
    seen = []

    class Sizes(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            out = func(*args, **(kwargs or {}))
            if func is torch.einsum:
                seen.append(tuple(out.shape))
            return out

    with Sizes():
        cache.result(1, head=2, token=3)
        cache.result(1, head=2)
    assert seen == [(2, 1, 1, 32), (2, 17, 1, 32)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3,), "no layer 3: it runs from 0 to 2"),
        ((0, 4), "no head 4: it runs from 0 to 3"),
        ((0, 0, 17), "no token 17: it runs from 0 to 16"),
    ],
)
def test_results_that_do_not_exist_name_the_range(model, x, arguments, message):
    _, cache = model.run_with_cache(x)
    with pytest.raises(IndexError, match=message):
        cache.result(*arguments)
    with pytest.raises(KeyError, match="not kept by this run"):
        model.run_with_cache(x, "hook_embed")[1].result(0, 1)
