from __future__ import annotations

import pytest
import torch

from tests.parity.variants import VARIANTS, build, images
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import CacheBudgetError


@pytest.mark.parametrize(
    "name",
    ["plain", "inner norms", "packed SwiGLU", "norm first", "no prefix, average"],
)
@pytest.mark.parametrize("wanted", [None, "blocks.*.hook_resid_pre", "*hook_pattern"])
def test_the_estimate_is_what_the_cache_then_holds(name, wanted):
    model = HookedViT(build(name))
    x = images(model.module, batch=3)
    with torch.no_grad():
        _, cache = model.run_with_cache(x, wanted)
        with pytest.raises(CacheBudgetError):
            model.run_with_cache(x, wanted, budget=int(cache.nbytes * 0.9))
        _, again = model.run_with_cache(x, wanted, budget=int(cache.nbytes * 1.1))
    assert again.budget == int(cache.nbytes * 1.1)


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("wanted", [None, "*hook_[qkv]", "*hook_pooled", "*mlp*"])
def test_no_cache_holds_more_than_was_estimated(name, wanted):
    model = HookedViT(build(name))
    x = images(model.module)
    with torch.no_grad():
        _, cache = model.run_with_cache(x, wanted)
        with pytest.raises(CacheBudgetError):
            model.run_with_cache(x, wanted, budget=int(cache.nbytes * 0.99))


def test_a_cache_over_budget_is_refused_before_anything_runs():
    model = HookedViT(build("plain"))
    ran = []
    handle = model.module.register_forward_hook(lambda *_: ran.append(1))
    with pytest.raises(CacheBudgetError, match=r"at most 1 images at a time") as caught:
        model.run_with_cache(images(model.module, batch=4), budget=150_000)
    handle.remove()
    assert not ran
    assert "names_filter='blocks.*.hook_resid_pre'" in str(caught.value)
    assert "budget=" in str(caught.value)


def test_memory_shared_by_sites_counts_once():
    model = HookedViT(build("plain"))
    with torch.no_grad():
        _, cache = model.run_with_cache(images(model.module), "*hook_[qkv]")
    names = ("blocks.0.attn.hook_q", "blocks.0.attn.hook_k", "blocks.0.attn.hook_v")
    owned = sum(cache[name].numel() * 4 for name in names)
    assert cache.nbytes == 3 * owned
