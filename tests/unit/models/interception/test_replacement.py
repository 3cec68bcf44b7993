from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from vitwidgets.models.errors import HookError, InvalidReplacementError
from vitwidgets.models.interception.replacement import accepted

Z = "blocks.1.attn.hook_z"
SCORES = "blocks.1.attn.hook_attn_scores"


def with_entry(value, entry):
    value = value.clone()
    value[(0,) * value.dim()] = entry
    return value


WRONG = {
    "an array": (lambda v: v.numpy(), r"returned a ndarray: return a tensor"),
    "a number": (lambda v: 0.0, r"returned a float: return a tensor"),
    "a tuple": (lambda v: (v,), r"returned a tuple"),
    "fewer tokens": (lambda v: v[:, 1:], r"shape \(2, 16, 4, 8\), expected \(2, 17, 4"),
    "flattened": (lambda v: v.flatten(2), r"shape \(2, 17, 32\), expected \(2, 17, 4"),
    "float64": (lambda v: v.double(), r"dtype torch.float64, expected torch.float32"),
    "elsewhere": (lambda v: v.to("meta"), r"device meta, expected cpu"),
    "sparse": (lambda v: v.to_sparse(), r"layout torch.sparse_coo"),
    "NaN": (
        lambda v: with_entry(v, math.nan),
        r"returned NaN .* \(0, 0, 0, 0\) \(1 in",
    ),
    "infinite": (lambda v: v / 0, r"returned an infinity"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_take_the_place_is_refused(model, x, case):
    make, message = WRONG[case]
    plain = model(x)
    with pytest.raises(InvalidReplacementError, match=message) as caught:
        model.run_with_hooks(x, [(Z, lambda value, hook: make(value))])
    assert repr(Z) in str(caught.value)
    assert torch.equal(model(x), plain)


def test_a_masked_score_is_refused_with_the_way_out(model, x):
    with pytest.raises(
        InvalidReplacementError, match=r"large negative score .*pattern"
    ):
        model.run_with_hooks(x, [(SCORES, lambda v, hook: with_entry(v, -math.inf))])
    shut = model.run_with_hooks(x, [(SCORES, lambda v, hook: with_entry(v, -1e4))])
    assert not torch.equal(shut, model(x))


def test_infinities_that_were_there_may_stay_and_go():
    old = torch.tensor([[-math.inf, 1.0], [math.nan, 2.0]])
    new, change = accepted(
        "s", old, old.clone() + torch.tensor([[0.0, 1.0], [0.0, 0.5]])
    )
    assert change == 1.0
    assert torch.equal(new.isnan(), old.isnan())
    finite = torch.zeros_like(old)
    assert accepted("s", old, finite)[1] == math.inf
    with pytest.raises(InvalidReplacementError, match="infinity"):
        accepted("s", old, torch.tensor([[math.inf, 1.0], [0.0, 2.0]]))
    with pytest.raises(InvalidReplacementError, match="NaN"):
        accepted("s", old, torch.tensor([[math.nan, 1.0], [0.0, 2.0]]))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_the_largest_change_does_not_overflow(dtype):
    top = torch.finfo(dtype).max / 2
    old, new = torch.tensor([-top, 0.0]).to(dtype), torch.tensor([top, 1.0]).to(dtype)
    _, change = accepted("s", old, new)
    assert change == pytest.approx(2 * top, rel=1e-2)


def test_strides_become_those_of_the_old_value():
    old = torch.randn(2, 3, 4)
    new, change = accepted("s", old, torch.full((1,), 2.0).expand(2, 3, 4))
    assert new.stride() == old.stride()
    assert change == pytest.approx(float((2 - old).abs().max()))


@pytest.mark.parametrize("inference", [False, True])
@pytest.mark.parametrize("site", [Z, "hook_pos_embed", "blocks.0.ln1.hook_scale"])
def test_changing_the_value_in_place_is_refused(model, x, site, inference):
    def returned(value, hook):
        value[0] = 0
        return value

    def silent(value, hook):
        value.mul_(2)

    def replaced(value, hook):
        copy = value.clone()
        value.mul_(2)
        return copy

    weights = {k: v.clone() for k, v in model.module.state_dict().items()}
    with torch.inference_mode(inference):
        for function in (returned, silent, replaced):
            with pytest.raises(HookError, match=r"in place: work on a copy"):
                model.run_with_hooks(x[:1], [(site, function)])
    after = model.module.state_dict()
    assert all(torch.equal(after[key], value) for key, value in weights.items())


def test_reading_under_inference_mode_is_no_change(model, x):
    seen = {}
    with torch.inference_mode():
        plain = model(x)
        logits = model.run_with_hooks(
            x, [("*", lambda value, hook: seen.update({hook.name: value}))]
        )
    assert torch.equal(logits, plain)
    assert list(seen) == list(model.sites)
    assert all(np.isfinite(float(value.sum())) for value in seen.values())
