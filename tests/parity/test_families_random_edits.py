"""Random sets of edits at random sites of every family, against plain hooks."""

from __future__ import annotations

import functools

import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from tests.parity.entries import ENTRIES, build, inputs, precision
from tests.parity.plain_hooks import forward
from tests.parity.test_random_edits import changer
from tests.parity.variants import about
from vitwidgets.models import HookedViT


@functools.cache
def hooked(name):
    return HookedViT(build(name, torch.float64))


@pytest.mark.parametrize("name", ENTRIES)
@settings(max_examples=5, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(data=st.data())
def test_any_set_of_edits_has_the_effect_of_plain_hooks(name, data):
    model = hooked(name)
    sites = data.draw(st.sets(st.sampled_from(model.sites), min_size=1, max_size=6))
    seeds = st.integers(0, 2**31 - 1)
    edits = {site: changer(site, data.draw(seeds)) for site in sorted(sites)}
    x, error = inputs(name, dtype=torch.float64), 10 * precision(name)
    with torch.no_grad():
        expected = forward(model.module, x, edits)
        with model.hooks(list(edits.items())):
            logits, cache = model.run_with_cache(x)
        alone = model.run_with_hooks(x, list(edits.items()))
    assert torch.equal(logits, alone)
    for site, value in expected.items():
        assert_close(cache[site], value, rtol=error, atol=error, msg=about(site))
    assert_close(logits, expected["hook_logits"], rtol=error, atol=error)
