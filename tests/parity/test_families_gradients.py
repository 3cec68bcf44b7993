"""Gradients at sites of every family are those that plain hooks have."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from tests.parity.entries import ENTRIES, build, inputs, precision, some
from tests.parity.plain_hooks import forward
from tests.parity.test_families_reading import logits_of
from tests.parity.variants import about
from vitwidgets.models import HookedViT


@pytest.mark.parametrize("name", ENTRIES)
def test_gradients_at_written_values_are_those_of_plain_hooks(name):
    module, x = build(name, torch.float64), inputs(name, dtype=torch.float64)
    model, unhooked = HookedViT(module), logits_of(module, x)
    for site in some(model.sites, name, 6):
        leaf, other = [], []
        logits = model.run_with_hooks(x, [(site, cut(leaf))])
        assert torch.equal(logits, unhooked), site
        (gradient,) = torch.autograd.grad(logits.square().sum(), leaf)
        plain = forward(module, x, {site: cut(other)})["hook_logits"]
        (expected,) = torch.autograd.grad(plain.square().sum(), other)
        error = 10 * precision(name) * max(1.0, float(expected.abs().max()))
        assert_close(gradient, expected, rtol=0, atol=error, msg=about(site))


def cut(leaves):
    """Give a hook that puts a leaf of the graph in the place of a value."""

    def hook(value, point=None):
        leaves.append(value.detach().clone().requires_grad_())
        return leaves[-1]

    return hook


@pytest.mark.parametrize("name", ENTRIES)
def test_gradients_of_weights_are_the_plain_models(name):
    module, x = build(name), inputs(name)
    model = HookedViT(module)
    weights = [weight for weight in module.parameters() if weight.requires_grad]

    def gradients(logits):
        total = logits.square().sum()
        return torch.autograd.grad(total, weights, allow_unused=True)

    plain = gradients(logits_of(module, x))
    cached = gradients(model.run_with_cache(x)[0])
    written = gradients(model.run_with_hooks(x, [("*", lambda value, _: value * 1)]))
    for expected, read, own in zip(plain, cached, written, strict=True):
        if expected is None:
            assert read is None
            continue
        assert torch.equal(read, expected)
        # Gradients of shared parts may be summed in another order.
        largest = float(expected.abs().max())
        assert_close(own, expected, rtol=0, atol=1e-5 * max(1.0, largest))
