"""Budgets, indices and devices that are none: what was given, and what to give."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.unit.models.traces import traces
from vitwidgets.models.errors import CacheBudgetError


@pytest.fixture(name="cache")
def _cache(model, x):
    return model.run_with_cache(x)[1]


@pytest.fixture(name="saved")
def _saved(cache, tmp_path):
    cache.save(tmp_path / "c.safetensors")
    return tmp_path / "c.safetensors"


@pytest.mark.parametrize(
    ("budget", "refusal"),
    [
        ("1GB", (TypeError, "budget is '1GB'; give a whole number of bytes, such as")),
        (None, (TypeError, "budget is None; give a whole")),
        (float("nan"), (TypeError, "budget is nan; give a whole")),
        (float("inf"), (TypeError, "budget is inf; give a whole")),
        (0.5, (TypeError, r"budget is 0\.5; give a whole")),
        (True, (TypeError, "budget is True; give a whole")),
        ([1], (TypeError, r"budget is \[1\]; give a whole")),
        (-1, (ValueError, "budget is -1, and a cache can't hold fewer than 0")),
        (1, (CacheBudgetError, r"more than the budget of 1 bytes.*budget=\d+")),
    ],
)
def test_what_is_no_budget(model, saved, x, budget, refusal):
    error, message = refusal
    before, plain = traces(model.module), model.module(x)
    with pytest.raises(error, match=message):
        model.run_with_cache(x, budget=budget)
    with pytest.raises(error, match=message):
        model.load_cache(saved, x, budget=budget)
    assert traces(model.module) == before
    assert torch.equal(model.module(x), plain)


@pytest.mark.parametrize("budget", [1e9, np.int64(10**9), 10**9])
def test_whole_numbers_of_any_kind_are_budgets(model, x, budget):
    assert model.run_with_cache(x, budget=budget)[1].budget == 10**9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.pattern(-1), "no layer -1: it runs from 0 to 2"),
        (lambda c: c.pattern(0, -1), "no head -1: it runs from 0 to 3"),
        (lambda c: c.pattern(0, query=-1), "no query -1: it runs from 0 to 16"),
        (lambda c: c.result(-1), "no layer -1: it runs from 0 to 2"),
        (lambda c: c.result(0, -4), "no head -4: it runs from 0 to 3"),
        (lambda c: c.result(0, token=-1), "no token -1: it runs from 0 to 16"),
        (lambda c: c.images(-1), "no image -1: it runs from 0 to 1"),
        (lambda c: c.images([0, -1]), "no image -1: it runs from 0 to 1"),
    ],
)
def test_no_index_counts_from_the_end(cache, call, message):
    with pytest.raises(IndexError, match=message):
        call(cache)


def test_a_slice_of_images_may(cache):
    last = cache["hook_logits"][1:]
    assert torch.equal(cache.images(slice(-1, None))["hook_logits"], last)


@pytest.mark.parametrize("device", ["nowhere", "cuda:99", object()])
def test_a_device_that_is_not_there(cache, device):
    held = cache.nbytes
    with pytest.raises(ValueError, match=r"the device .* cannot be used .*give 'cpu'"):
        cache.to(device)
    assert cache.nbytes == held
