"""What cannot be resumed is refused, with the reason, and leaves all as it was."""

from __future__ import annotations

import pytest
import torch

from tests.parity.variants import build
from tests.unit.models.running.test_resume import before
from tests.unit.models.traces import add_one
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import (
    InvalidReplacementError,
    ModelStateError,
    StaleCacheError,
)


@pytest.fixture(name="cache")
def _cache(model, x):
    return model.run_with_cache(x)[1]


@pytest.fixture(autouse=True)
def _model_is_as_before(model, x, cache):
    plain = model.module(x)
    model.run_with_hooks(x, [("hook_logits", add_one)])
    yield
    assert torch.equal(model.module(x), plain)
    assert model.receipt["hook_logits"].fired == 1


@pytest.mark.parametrize("block", [-1, 3])
def test_a_block_that_does_not_exist(model, cache, block):
    with pytest.raises(IndexError, match=f"no block {block}: it runs from 0 to 2"):
        model.resume(cache, block)


def test_a_block_that_is_no_number(model, cache):
    with pytest.raises(TypeError, match=r"block must be an integer, got 'blocks\.1'"):
        model.resume(cache, "blocks.1")
    with pytest.raises(TypeError, match=r"batch_size must be an integer, got 2\.5"):
        model.resume(cache, 1, batch_size=2.5)


def test_no_cache(model):
    with pytest.raises(TypeError, match="run_with_cache gave, not from a dict"):
        model.resume({}, 1)


def test_another_models_cache(model, x):
    other = HookedViT(build("plain", seed=5))
    with pytest.raises(ValueError, match="cache is another model's"):
        model.resume(other.run_with_cache(x)[1], 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r[0], r"shape \(17, 32\), .*\(variants, 17, 32\)"),
        (lambda r: r[:, :-1], r"shape \(2, 16, 32\).*\(variants, 17, 32\)"),
        (lambda r: r[:0], "no variant"),
        (lambda r: r.double(), r"float64.*float32.*\.to\(torch\.float32\)"),
        (lambda r: r.to("meta"), "is on meta"),
        (
            lambda r: r.index_fill(1, torch.tensor(3), torch.nan),
            r"64 values.*NaN.*index \(0, 3, 0\)",
        ),
        (lambda r: r.where(r < r.max(), torch.inf), "1 values.*infinite"),
    ],
)
def test_a_residual_that_does_not_fit(model, cache, change, message):
    with pytest.raises(InvalidReplacementError, match=message):
        model.resume(cache, 1, residual=change(cache[before(1)]))


def test_a_residual_that_is_no_tensor(model, cache):
    with pytest.raises(TypeError, match=r"must be a tensor.*got list"):
        model.resume(cache, 1, residual=[1.0])


@pytest.mark.parametrize("size", [0, -2])
def test_a_batch_size_of_nothing(model, cache, size):
    with pytest.raises(ValueError, match=f"not {size}"):
        model.resume(cache, 1, batch_size=size)


def test_training_mode(model, cache):
    model.module.train()
    with pytest.raises(ModelStateError, match="training mode"):
        model.resume(cache, 1)
    model.module.eval()


def test_a_block_whose_forward_was_replaced(model, cache):
    block = model.module.blocks[0]
    block.forward = lambda x: x
    with pytest.raises(ModelStateError, match="of a Block has been replaced"):
        model.resume(cache, 1)
    del block.forward
    assert "forward" not in vars(model.module.patch_embed)


def test_a_stream_that_was_changed_since(model, cache):
    cache[before(1)].add_(1)
    with pytest.raises(StaleCacheError, match="hook_resid_pre' was changed"):
        model.resume(cache, 1)
