from __future__ import annotations

import math

import pytest
import torch
from torch.testing import assert_close

from tests.parity.variants import about, build, images
from vitwidgets.models import HookedViT

DTYPES = (torch.float32, torch.bfloat16, torch.float16, torch.float64)
WIDE = ("attn_scores", "hook_pattern", "hook_scale")
VARIANTS = ("plain", "qk norm", "inner norms", "rms norm", "gated attention")


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", VARIANTS)
def test_what_is_derived_is_what_a_hook_sees(name, dtype):
    model = HookedViT(build(name, dtype))
    x = images(model.module, dtype=dtype)
    seen = {}
    plain = model.module(x)
    logits, cache = model.run_with_cache(x)
    model.run_with_hooks(
        x, [("*", lambda value, hook: seen.update({hook.name: value}))]
    )
    assert torch.equal(logits, plain)
    for site, value in seen.items():
        wide = torch.promote_types(dtype, torch.float32)
        assert cache[site].dtype == (wide if site.endswith(WIDE) else dtype), site
        assert_close(cache[site], value, rtol=0, atol=0, msg=about(site))


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_pattern_is_the_softmax_of_the_very_q_and_k_of_the_run(dtype):
    model = HookedViT(build("plain", dtype))
    _, cache = model.run_with_cache(images(model.module, dtype=dtype))
    q, k = (cache[f"blocks.2.attn.hook_{letter}"].double() for letter in "qk")
    scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / math.sqrt(8)
    truth = scores.softmax(-1)
    for got, expected in (
        (cache.pattern(2), truth),
        (cache.pattern(2, head=3), truth[:, 3]),
        (cache.pattern(2, head=3, query=16), truth[:, 3, 16]),
        (cache.pattern(2, query=16), truth[:, :, 16]),
    ):
        assert_close(got.double(), expected, rtol=0, atol=1e-6)
        ones = torch.ones_like(expected[..., 0])
        assert_close(got.sum(-1).double(), ones, rtol=0, atol=1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
def test_bytes_held_follow_the_dtype(dtype):
    model = HookedViT(build("plain", dtype))
    x = images(model.module, dtype=dtype)
    _, cache = model.run_with_cache(x)
    _, single = HookedViT(build("plain")).run_with_cache(x.float())
    assert cache.nbytes == single.nbytes * dtype.itemsize // 4
