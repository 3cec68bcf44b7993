"""A run leaves nothing on the module of any family, however it ends."""

from __future__ import annotations

import pytest
import torch
from torch.overrides import _get_current_function_mode_stack

from tests.parity.entries import ENTRIES, build, inputs
from tests.parity.test_families_reading import logits_of
from tests.parity.test_writing import own
from vitwidgets.models import HookedViT

pytestmark = pytest.mark.usefixtures("no_grad")


def left_on(module):
    """Everything about a module that a run may have changed."""
    tables = (
        "_forward_hooks",
        "_forward_pre_hooks",
        "_forward_hooks_always_called",
        "_forward_hooks_with_kwargs",
        "_forward_pre_hooks_with_kwargs",
        "_backward_hooks",
        "_backward_pre_hooks",
    )
    hooks = [
        (path, table, list(getattr(part, table)))
        for path, part in module.named_modules()
        for table in tables
        if getattr(part, table)
    ]
    own_code = {
        (path, attribute, str(value))
        for path, part in module.named_modules()
        for attribute, value in vars(part).items()
        if attribute in {"forward", "training", "fused_attn", "__call__"}
    }
    switches = (torch.backends.mha.get_fastpath_enabled(), torch.is_grad_enabled())
    weights = {key: value._version for key, value in module.state_dict().items()}
    return hooks, own_code, switches, weights, _get_current_function_mode_stack()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("name", ENTRIES)
def test_nothing_is_left_after_an_exception_at_five_depths(name, error):
    module, x = build(name), inputs(name)
    plain, before = logits_of(module, x), left_on(module)
    model = HookedViT(module)
    assert left_on(module) == before

    def fail(value, hook):
        raise error(hook.name)

    last = len(model.sites) - 1
    for site in [model.sites[depth * last // 4] for depth in range(5)]:
        with pytest.raises(error, match=site):
            model.run_with_hooks(x, [("*", own), (site, fail)])
        assert left_on(module) == before, site
    assert torch.equal(logits_of(module, x), plain)
    with pytest.raises(error):
        interrupted(model, x, error)
    assert left_on(module) == before


def interrupted(model, x, error):
    with model.hooks([("*", own)]):
        model.run_with_cache(x)
        raise error


@pytest.mark.parametrize("name", ENTRIES)
def test_nothing_is_left_after_success_or_a_generator_that_is_closed(name):
    module, x = build(name), inputs(name)
    plain, before = logits_of(module, x), left_on(module)
    model = HookedViT(module)

    def runs():
        with model.hooks([("*", own)]):
            while True:
                yield model.run_with_cache(x)

    generator = runs()
    next(generator)
    generator.close()
    assert left_on(module) == before
    model.run_with_cache(x)
    model.run_with_hooks(x, [("*", own)])
    assert left_on(module) == before
    assert torch.equal(logits_of(module, x), plain)
