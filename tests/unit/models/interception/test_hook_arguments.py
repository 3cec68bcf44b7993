"""What is no list of hook functions is refused before anything runs."""

from __future__ import annotations

import functools

import pytest
import torch

from tests.unit.models.traces import add_one, traces

Z = "blocks.1.attn.hook_z"


@pytest.fixture(autouse=True)
def _model_is_as_before(model, x):
    before, plain = traces(model.module), model.module(x)
    model.run_with_hooks(x, [("hook_logits", add_one)])
    yield
    assert traces(model.module) == before
    assert torch.equal(model.module(x), plain)
    assert model.receipt["hook_logits"].fired == 1


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (lambda value: value, r"\(value\)"),
        (lambda: None, r"\(\)"),
        (lambda module, inputs, output: output, r"\(module, inputs, output\)"),
        (lambda value, *, hook: value, r"\(value, \*, hook\)"),
    ],
)
def test_other_parameters_are_named_with_the_site(model, x, function, parameters):
    expected = rf"the hook on '{Z}' has the parameters {parameters}: .*fn\(value, hook"
    with pytest.raises(TypeError, match=expected):
        model.run_with_hooks(x, [("hook_embed", add_one), (Z, function)])
    with pytest.raises(TypeError, match=expected), model.hooks([(Z, function)]):
        pytest.fail("the block was entered")
    _, cache = model.run_with_cache(x)
    with pytest.raises(TypeError, match=expected):
        model.resume(cache, 1, fwd_hooks=[(Z, function)])
    model.run_with_hooks(x, [("hook_logits", add_one)])


@pytest.mark.parametrize(
    "function",
    [
        lambda *both: both[0] + 1,
        lambda value, hook, by=1: value + by,
        functools.partial(lambda by, value, hook: value + by, 1),
        type("Adds", (), {"__call__": lambda self, value, hook: value + 1})(),
        type("Adds", (), {"by": lambda self, value, hook: value + 1})().by,
    ],
)
def test_whatever_takes_two_arguments_is_a_hook(model, x, function):
    expected = model.run_with_hooks(x, [(Z, add_one)])
    assert torch.equal(model.run_with_hooks(x, [(Z, function)]), expected)
    model.run_with_hooks(x, [("hook_logits", add_one)])


def test_a_tuple_is_no_replacement(model, x):
    with pytest.raises(ValueError, match=rf"hook on '{Z}' returned a tuple: return a"):
        model.run_with_hooks(x, [(Z, lambda value, hook: (value, hook))])


@pytest.mark.parametrize(
    ("hooks", "message"),
    [
        ((Z, add_one), rf"the pair for '{Z}' itself: put it into a list, \[\('{Z}',"),
        ({Z: add_one}, r"list of pairs .* give list\(hooks\.items\(\)\)"),
        (add_one, "list of pairs .* got <function add_one"),
        (None, "list of pairs .* got None"),
        (Z, "list of pairs .* got 'blocks"),
        ([(add_one, Z)], "each hook is a pair .* got .*add_one"),
        ([Z], "each hook is a pair .* got 'blocks"),
    ],
)
def test_what_is_no_list_of_pairs(model, x, hooks, message):
    with pytest.raises(TypeError, match=message):
        model.run_with_hooks(x, hooks)
