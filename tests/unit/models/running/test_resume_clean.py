"""Nothing is left after a resumed run, and nobody else is disturbed by one."""

from __future__ import annotations

import threading

import pytest
import torch

from tests.parity.variants import images
from tests.unit.models.traces import (
    add_one,
    interrupted_at_line,
    traces,
)
from vitwidgets.models import HookedViT
from vitwidgets.models.interception import detours
from vitwidgets.models.interception import session as interception
from vitwidgets.models.running import resume

SITE = "blocks.1.attn.hook_z"


@pytest.fixture(name="cache")
def _cache(model, x):
    return model.run_with_cache(x)[1]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize(
    "site", ["blocks.1.hook_resid_pre", SITE, "blocks.2.mlp.hook_post", "hook_logits"]
)
def test_nothing_is_left_after_an_exception_in_a_hook(model, x, cache, site, error):
    before, plain = traces(model.module), model.module(x)

    def fail(value, hook):
        raise error

    with pytest.raises(error):
        model.resume(cache, 1, fwd_hooks=[(site, fail)])
    assert traces(model.module) == before
    assert torch.equal(model.module(x), plain)


def test_nothing_is_left_after_an_exception_in_the_module(model, x, cache):
    before = traces(model.module)

    def fail(*_):
        raise ZeroDivisionError

    for part in (model.module.pos_drop, model.module.blocks[1].mlp, model.module.norm):
        handle = part.register_forward_pre_hook(fail)
        with pytest.raises(ZeroDivisionError):
            model.resume(cache, 1)
        handle.remove()
        assert traces(model.module) == before


@pytest.mark.parametrize("file", [detours, resume, interception])
def test_an_interrupt_at_any_line_leaves_nothing(model, x, cache, file):
    model.resume(cache, 1)
    before = traces(model.module)
    line = 1
    while interrupted_at_line(
        line,
        file.__file__,
        lambda: model.resume(cache, 1, fwd_hooks=[(SITE, add_one)]),
    ):
        assert traces(model.module) == before, line
        line += 1
    assert line > 20


def test_a_resumed_run_leaves_nothing(model, x, cache):
    before = traces(model.module)
    model.resume(cache, 2)
    assert traces(model.module) == before


def at_the_same_time(work, meanwhile):
    """Call `meanwhile` in another thread while `work(pause)` is in its pause."""
    reached, go_on, failures = threading.Event(), threading.Event(), []

    def pause(value=None, hook=None):
        reached.set()
        assert go_on.wait(30)

    def run():
        try:
            with torch.no_grad():
                work(pause)
        except BaseException as error:  # noqa: BLE001
            failures.append(error)
            reached.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert reached.wait(30)
        meanwhile()
    finally:
        go_on.set()
        thread.join()
    assert not failures


def test_other_threads_run_the_whole_model_meanwhile(model, x, cache):
    plain, got = model(x), {}

    def work(pause):
        got["resumed"] = model.resume(cache, 2, fwd_hooks=[("hook_pooled", pause)])

    def meanwhile():
        assert "forward" in vars(model.module.blocks[0])
        assert torch.equal(model.module(x), plain)
        y = images(model.module, seed=9)
        logits, other = model.run_with_cache(y)
        assert not torch.equal(logits, plain)
        assert torch.equal(model.resume(other, 1), logits)
        assert torch.equal(model.resume(other, 2), logits)
        assert "forward" in vars(model.module.blocks[0])

    at_the_same_time(work, meanwhile)
    assert torch.equal(got["resumed"], plain)
    assert "forward" not in vars(model.module.blocks[0])


def test_the_module_can_be_attached_again_meanwhile(model, x, cache):
    plain = model(x)

    def work(pause):
        model.resume(cache, 2, fwd_hooks=[("hook_pooled", pause)])

    def meanwhile():
        assert torch.equal(HookedViT(model.module)(x), plain)

    at_the_same_time(work, meanwhile)


def test_threads_that_resume_at_different_blocks_do_not_mix(model):
    inputs = [images(model.module, seed=seed) for seed in range(4)]
    runs = [model.run_with_cache(x) for x in inputs]
    wrong = []

    def work(index):
        logits, cache = runs[index]
        with torch.no_grad():
            for turn in range(20):
                got = model.resume(cache, (index + turn) % 3)
                if not torch.equal(got, logits):
                    wrong.append((index, turn))

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert all("forward" not in vars(part) for part in model.module.modules())
