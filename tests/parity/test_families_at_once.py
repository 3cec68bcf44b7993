"""Threads, nested calls and shared parts: each run has its own edits and no other."""

from __future__ import annotations

import threading

import pytest
import torch

from tests.parity.entries import build, inputs, some
from tests.parity.test_families_reading import logits_of
from tests.parity.test_random_edits import changer
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import ModelStateError

pytestmark = pytest.mark.usefixtures("no_grad", "slow_path")

ONE_OF_EACH_KIND = (
    "vit_tiny_patch16_224",
    "eva02_tiny_patch14_224",
    "vit_small_patch16_dinov3",
    "beit_base_patch16_224",
    "vit_relpos_small_patch16_224",
    "vit_base_patch16_xp_224",
    "vit_small_patch16_18x2_224",
    "vit_dlittle_patch16_reg1_gap_256",
    "cait_xxs24_224",
    "samvit_base_patch16",
    "gemma4_vit_167m",
    "naflexvit_base_patch16_gap",
    "ViT-B-32",
    "text of ViT-B-32",
    "EVA02-B-16",
)


@pytest.mark.parametrize("name", ONE_OF_EACH_KIND)
def test_threads_with_edits_of_their_own_do_not_disturb_each_other(name):
    model, x = HookedViT(build(name)), inputs(name)
    plain = logits_of(model.module, x)
    jobs = [
        (site, changer(site, seed))
        for seed, site in enumerate(some(model.sites, name, 5))
    ]
    expected = [model.run_with_hooks(x, [job]) for job in jobs]
    wrong: list[str] = []
    start = threading.Barrier(4)

    def work(first):
        start.wait()
        with torch.no_grad():
            for index in range(first, first + len(jobs)):
                job = index % len(jobs)
                if not torch.equal(model.run_with_hooks(x, [jobs[job]]), expected[job]):
                    wrong.append(jobs[job][0])
                if not torch.equal(logits_of(model.module, x), plain):
                    wrong.append("plain")

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("name", ONE_OF_EACH_KIND)
def test_a_call_inside_a_hook_is_the_plain_models(name):
    model, x = HookedViT(build(name)), inputs(name)
    plain = logits_of(model.module, x)
    other = inputs(name, seed=9)
    plain_other = logits_of(model.module, other)
    for seed, site in enumerate(some(model.sites, name, 5)):
        change = changer(site, seed)
        inside = []

        def hook(value, point, change=change, inside=inside):
            inside.append(model(other))
            _, cache = model.run_with_cache(other)
            inside.append(cache["hook_logits"])
            return change(value)

        expected = model.run_with_hooks(x, [(site, change)])
        assert torch.equal(model.run_with_hooks(x, [(site, hook)]), expected), site
        assert all(torch.equal(logits, plain_other) for logits in inside), site
        assert torch.equal(logits_of(model.module, x), plain)


@pytest.mark.parametrize("name", ONE_OF_EACH_KIND)
def test_the_plain_module_and_a_second_model_of_it_are_not_disturbed(name):
    module, x = build(name), inputs(name)
    first, second = HookedViT(module), HookedViT(module)
    plain = logits_of(module, x)
    for seed, site in enumerate(some(first.sites, name, 5)):
        change = changer(site, seed)
        alone = first.run_with_hooks(x, [(site, change)])
        with first.hooks([(site, change)]):
            assert torch.equal(first(x), alone), site
            with second.hooks([(site, change)]):
                twice = second(x)
            again = first.run_with_hooks(x, [(site, change)])
        assert torch.equal(twice, again), site
        assert torch.equal(second(x), plain)


def test_a_model_that_shares_blocks_is_not_reached():
    """Or refuses: a hook is on the blocks, but it is not this model's."""
    name = "vit_tiny_patch16_224"
    module, other, x = build(name), build(name), inputs(name)
    other.blocks = module.blocks
    other.head.weight.mul_(2)
    plain = other(x)
    model, sharing = HookedViT(module), HookedViT(other)
    with model.hooks([("blocks.0.attn.hook_z", lambda value, hook: value + 1)]):
        model(x)
        for run in (sharing, lambda x: sharing.run_with_cache(x)[0]):
            try:
                logits = run(x)
            except ModelStateError:
                continue
            assert torch.equal(logits, plain)
