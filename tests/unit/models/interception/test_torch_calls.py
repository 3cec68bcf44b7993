"""Calls are caught while their module runs, by the thread that asked, and only then."""

from __future__ import annotations

import threading

import pytest
import timm
import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from vitwidgets.models import HookedViT
from vitwidgets.models.interception.tap import CallTap
from vitwidgets.models.interception.torch_calls import CallCatcher

ATTENTION = nn.functional.scaled_dot_product_attention


class Other(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


def catcher(found, acts=lambda: True):
    def handler(run, function, args, kwargs):
        found.append(function)
        return function(*args, **kwargs)

    tap = CallTap(nn.Identity(), ATTENTION, handler, ())
    return CallCatcher(None, acts, [tap])


def attend():
    q = torch.ones(1, 1, 2, 2)
    return ATTENTION(q, q, q)


def depth():
    return torch._C._len_torch_function_stack()


def test_only_the_named_function_is_caught_and_only_meanwhile():
    found = []
    mode = catcher(found)
    attend()
    mode.begin()
    torch.ones(2).softmax(0)
    attend()
    mode.end()
    attend()
    assert found == [ATTENTION]
    assert depth() == 0


def test_a_run_that_does_not_act_catches_nothing():
    found = []
    mode = catcher(found, acts=lambda: False)
    mode.begin()
    attend()
    mode.end()
    assert found == []


def test_the_end_leaves_the_modes_of_others_as_they_are():
    mode = catcher([])
    with Other() as below:
        mode.begin()
        with Other() as above:
            mode.end()
            stack = torch.overrides._get_current_function_mode_stack()
            assert stack == [below, above]
            mode.end()  # nothing is left to do
        assert depth() == 1
    assert depth() == 0


def test_another_thread_is_not_caught():
    found = []
    mode = catcher(found)
    mode.begin()
    thread = threading.Thread(target=attend)
    thread.start()
    thread.join()
    mode.end()
    assert found == []


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_exception_inside_attention_leaves_no_mode(error):
    module = timm.create_model("eva02_tiny_patch14_224", depth=1, img_size=28).eval()
    model = HookedViT(module)
    x = torch.zeros(1, 3, 28, 28)

    def fail(value, hook):
        raise error("inside")

    depths = []

    def run():
        with model.hooks([("blocks.0.attn.hook_rot_q", fail)]):
            try:
                model(x)
            finally:
                depths.append(depth())

    with pytest.raises(error, match="inside"):
        run()
    assert depth() == 0
    if error is RuntimeError:
        assert depths == [0]
