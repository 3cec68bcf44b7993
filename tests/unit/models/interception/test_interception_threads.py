"""Threads and tasks: hooks act for the one that opened the session alone."""

from __future__ import annotations

import asyncio
import threading

import torch

from tests.parity.variants import images
from tests.unit.models.traces import add_one, traces


def test_threads_with_different_hooks_do_not_see_each_other(model, x):
    def scaled(by):
        return [("blocks.1.attn.hook_z", lambda value, hook: value * by)]

    factors = [0.0, 2.0, -1.0]
    plain = model.module(x)
    right = {by: model.run_with_hooks(x, scaled(by)) for by in factors}
    start, results = threading.Barrier(len(factors) + 1), []

    def work(name, call, times):
        start.wait()
        with torch.no_grad():
            results.extend((name, call()) for _ in range(times))

    threads = [
        threading.Thread(
            target=work, args=(by, lambda b=by: model.run_with_hooks(x, scaled(b)), 25)
        )
        for by in factors
    ]
    threads.append(
        threading.Thread(target=work, args=("plain", lambda: model.module(x), 100))
    )
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 175
    for name, logits in results:
        assert torch.equal(logits, right.get(name, plain)), name
    assert traces(model.module)["hooks"] == 0


def test_threads_that_cache_get_whole_caches_each_their_own(model):
    inputs = [images(model.module, seed=seed) for seed in range(4)]
    right = [model.run_with_cache(x)[1] for x in inputs]
    got = {}

    def work(index):
        with torch.no_grad():
            for _ in range(10):
                got[index] = model.run_with_cache(inputs[index])[1]

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for index, expected in enumerate(right):
        assert list(got[index]) == list(model.sites)
        for site in ("blocks.0.attn.hook_q", "blocks.2.hook_resid_post"):
            assert torch.equal(got[index][site], expected[site])


def test_a_block_in_one_thread_does_not_reach_another(model, x):
    plain, seen = model(x), {}

    def look():
        with torch.no_grad():
            seen["call"] = model(x)
            seen["module"] = model.module(x)
            seen["receipt"] = model.receipt

    with model.hooks([("hook_logits", add_one)]):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert torch.equal(model(x), plain + 1)
    assert torch.equal(seen["call"], plain)
    assert torch.equal(seen["module"], plain)
    assert seen["receipt"].hooks == ()
    assert model.receipt["hook_logits"].fired == 1


def test_a_thread_that_copies_the_context_is_not_reached_either(model, x):
    plain = model(x)

    def call():
        with torch.no_grad():
            return model(x)

    async def elsewhere():
        with model.hooks([("hook_logits", add_one)]):
            here = model(x)
            return here, await asyncio.to_thread(call)

    here, there = asyncio.run(elsewhere())
    assert torch.equal(here, plain + 1)
    assert torch.equal(there, plain)


def test_a_task_that_waits_inside_a_block_does_not_reach_other_tasks(model, x):
    plain = model(x)

    async def both():
        opened, looked = asyncio.Event(), asyncio.Event()

        async def hooked():
            with model.hooks([("hook_logits", add_one)]):
                opened.set()
                await looked.wait()
                return model(x)

        async def bystander():
            await opened.wait()
            logits = model(x)
            looked.set()
            return logits

        return await asyncio.gather(hooked(), bystander())

    changed, unchanged = asyncio.run(both())
    assert torch.equal(changed, plain + 1)
    assert torch.equal(unchanged, plain)
