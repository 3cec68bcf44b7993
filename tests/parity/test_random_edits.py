"""Random sets of edits at random sites, against the plain model written out."""

from __future__ import annotations

import functools

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from tests.parity.reference import forward
from tests.parity.variants import VARIANTS, about, build, images
from vitwidgets.models import HookedViT


@functools.cache
def hooked(name):
    return HookedViT(build(name, torch.float64))


@st.composite
def edits(draw):
    model = hooked(draw(st.sampled_from(list(VARIANTS))))
    sites = draw(st.lists(st.sampled_from(model.sites), min_size=1, max_size=6))
    seeds = [draw(st.integers(0, 2**31 - 1)) for _ in sites]
    return model, [
        (site, changer(site, seed)) for site, seed in zip(sites, seeds, strict=True)
    ]


def changer(site, seed):
    """Change a random share of the entries, from none to all."""

    def change(value, hook=None):
        generator = torch.Generator().manual_seed(seed)
        share = torch.rand(1, generator=generator)
        chosen = torch.rand(value.shape, generator=generator) < share
        noise = 0.3 * torch.randn(value.shape, generator=generator).to(value.dtype)
        positive = site.endswith(("hook_scale", "hook_pattern"))
        new = value * noise.exp() if positive else value + noise
        return torch.where(chosen, new, value)

    return change


@settings(max_examples=60, deadline=None)
@given(edits())
def test_any_set_of_edits_has_the_plain_models_effect(case):
    model, hooks = case
    x = images(model.module, dtype=torch.float64)
    in_turn: dict = {}
    for site, change in hooks:
        before = in_turn.get(site, lambda value: value)
        in_turn[site] = lambda value, a=before, b=change: b(a(value))
    with torch.no_grad():
        expected = forward(model.module, x, in_turn)
        with model.hooks(hooks):
            logits, cache = model.run_with_cache(x)
            again = model(x)
        alone = model.run_with_hooks(x, hooks)
    assert torch.equal(logits, again)
    assert torch.equal(logits, alone)
    for site, value in expected.items():
        assert_close(cache[site], value, rtol=1e-8, atol=1e-8, msg=about(site))
    assert_close(logits, expected["hook_logits"], rtol=1e-8, atol=1e-8)
