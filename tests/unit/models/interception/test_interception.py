"""Nothing is left behind, nobody else is disturbed, nesting does what it says."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest
import torch

from tests.parity.variants import build
from tests.unit.models.traces import add_one, interrupted_at_line, traces
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import HookError
from vitwidgets.models.interception import session as interception
from vitwidgets.models.interception.session import Session

SITES_BY_DEPTH = [
    "hook_embed",
    "blocks.0.hook_resid_pre",
    "blocks.1.attn.hook_rot_k",
    "blocks.1.attn.hook_pattern",
    "blocks.2.mlp.hook_post",
    "hook_logits",
]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("site", SITES_BY_DEPTH)
@pytest.mark.parametrize("others", [[], [("*", add_one)]])
def test_nothing_is_left_after_an_exception_in_a_hook(model, x, site, error, others):
    before, plain = traces(model.module), model(x)

    def fail(value, hook):
        raise error("from the hook")

    with pytest.raises(error, match="from the hook"):
        model.run_with_hooks(x, [*others, (site, fail)])
    with pytest.raises(error, match="from the hook"), model.hooks([(site, fail)]):
        model.run_with_cache(x)
    assert traces(model.module) == before
    assert torch.equal(model(x), plain)


@pytest.mark.parametrize("path", ["patch_embed", "blocks.0.attn.proj", "norm", "head"])
def test_nothing_is_left_after_an_exception_in_the_module(model, x, path):
    part = model.module.get_submodule(path)

    def fail(*_):
        raise RuntimeError("from the module")

    handle = part.register_forward_hook(fail)
    before = traces(model.module)
    with pytest.raises(RuntimeError, match="from the module"):
        model.run_with_cache(x)
    with pytest.raises(RuntimeError, match="from the module"):
        model.run_with_hooks(x, [("blocks.2.hook_resid_pre", add_one)])
    assert traces(model.module) == before
    handle.remove()


def test_nothing_is_left_after_an_exception_in_the_block_of_the_caller(model, x):
    before = traces(model.module)

    def fail_in_a_block():
        with model.hooks([("*", add_one)]):
            model(x)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_in_a_block()
    assert traces(model.module) == before


@pytest.mark.parametrize("call", ["hooks", "block"])
def test_an_interrupt_at_any_line_of_a_session_leaves_nothing(model, x, call):
    before = traces(model.module)

    def run():
        if call == "hooks":
            return model.run_with_hooks(x, [("blocks.1.attn.hook_z", add_one)])
        with model.hooks([("blocks.1.attn.hook_z", add_one)]):
            return model(x)

    line = 1
    while interrupted_at_line(line, interception.__file__, run):
        assert traces(model.module) == before, line
        line += 1
    assert line > 50


def test_a_generator_that_is_dropped_inside_a_block_leaves_nothing(model, x):
    before = traces(model.module)

    def generator():
        with model.hooks([("hook_logits", add_one)]):
            yield model(x)
            yield model(x)

    running = generator()
    changed = next(running)
    assert traces(model.module) != before
    running.close()
    assert traces(model.module) == before
    assert torch.equal(model(x) + 1, changed)


def test_a_generator_closed_in_another_context_leaves_nothing(model, x):
    before = traces(model.module)
    plain = model(x)

    def generator():
        with model.hooks([("hook_logits", add_one)]):
            yield

    async def opened_and_closed():
        running = generator()

        async def opened():
            next(running)

        await asyncio.create_task(opened())
        running.close()

    asyncio.run(opened_and_closed())
    assert traces(model.module) == before
    assert torch.equal(model(x), plain)


def test_weights_and_flags_stay_as_they_are(model, x):
    before = traces(model.module)
    weights = {key: value.clone() for key, value in model.module.state_dict().items()}
    model.run_with_cache(x)
    model.run_with_hooks(x, [("*", add_one)])
    assert traces(model.module) == before
    after = model.module.state_dict()
    assert all(torch.equal(after[key], value) for key, value in weights.items())


def test_outside_calls_and_blocks_nothing_is_on_the_module(model, x):
    before = traces(model.module)
    _, cache = model.run_with_cache(x)
    assert len(cache) > 0
    assert before["hooks"] == 0
    assert traces(model.module) == before


def test_only_the_taps_that_are_needed_are_installed(model, x):
    counts = []

    def count(value, hook):
        counts.append(traces(model.module)["hooks"])

    model.run_with_hooks(x, [("blocks.1.attn.hook_z", count)])
    model.run_with_hooks(x, [("blocks.1.attn.hook_pattern", count)])
    with model.hooks([("blocks.1.attn.hook_z", count)]):
        model(x)
    # In a block, two more note where the model's own forward begins and ends.
    assert counts == [1, 4, 1 + 2]


def test_a_part_that_a_foreign_hook_of_the_model_calls_by_hand_is_not_tapped(model, x):
    projection = model.module.blocks[1].attn.proj
    z = torch.ones(1, 1, projection.in_features)
    expected, results = projection(z), []
    handle = model.module.register_forward_pre_hook(
        lambda *_: results.append(projection(z))
    )
    site = "blocks.1.attn.hook_z"
    try:
        model.run_with_hooks(x, [(site, add_one)])
        assert model.receipt[site].fired == 1
        _, cache = model.run_with_cache(x, site)
        assert cache[site].shape[1] > 1
        model.resume(model.run_with_cache(x)[1], 1, fwd_hooks=[(site, add_one)])
        assert model.receipt[site].fired == 1
    finally:
        handle.remove()
    assert all(torch.equal(result, expected) for result in results)


def test_what_a_run_kept_goes_with_its_cache_and_not_some_time_later(model, x):
    gc.collect()
    gc.disable()
    try:
        _, cache = model.run_with_cache(x, "blocks.1.hook_resid_post")
        kept = weakref.ref(cache["blocks.1.hook_resid_post"])
        del cache
        assert kept() is None
    finally:
        gc.enable()


def test_nested_blocks_apply_outer_hooks_first(model, x):
    plain = model(x)
    with model.hooks([("hook_logits", lambda value, hook: value * 2)]):
        with model.hooks([("hook_logits", add_one)]):
            assert torch.equal(model(x), plain * 2 + 1)
        assert torch.equal(model(x), plain * 2)
        inside = model.run_with_hooks(x, [("hook_logits", add_one)])
        assert torch.equal(inside, plain * 2 + 1)
    assert torch.equal(model(x), plain)


def test_a_cache_inside_a_block_holds_what_the_hooks_left(model, x):
    _, before = model.run_with_cache(x)
    site = "blocks.1.attn.hook_pattern"
    with model.hooks([(site, lambda value, hook: value.flip(-1))]):
        _, cache = model.run_with_cache(x)
    assert torch.equal(cache[site], before[site].flip(-1))
    assert torch.equal(cache.pattern(1, 2, 3), before[site][:, 2, 3].flip(-1))
    assert torch.equal(
        cache["blocks.1.attn.hook_attn_scores"],
        before["blocks.1.attn.hook_attn_scores"],
    )
    stream = "blocks.2.hook_resid_pre"
    assert not torch.equal(cache[stream], before[stream])


def test_two_hooked_models_of_one_module_and_of_two_do_not_mix(model, x):
    plain = model(x)
    twin, other = HookedViT(model.module), HookedViT(build("plain", seed=3))
    other_plain = other(x)
    with model.hooks([("hook_logits", add_one)]):
        with other.hooks([("hook_logits", lambda value, hook: value - 5)]):
            assert torch.equal(model(x), plain + 1)
            assert torch.equal(other(x), other_plain - 5)
        with twin.hooks([("hook_logits", add_one)]):
            assert torch.equal(model(x), plain + 1 + 1)
    assert torch.equal(twin(x), plain)


def test_inside_a_hook_the_model_is_the_plain_one(model, x):
    plain, seen = model(x), []

    def look(value, hook):
        seen.append(model(x))
        seen.append(model.run_with_cache(x)[0])
        seen.append(model.run_with_hooks(x, [("hook_logits", add_one)]))
        seen.append(model.module(x))

    logits = model.run_with_hooks(x, [("hook_embed", look), ("hook_logits", add_one)])
    assert torch.equal(logits, plain + 1)
    for got, right in zip(seen, [plain, plain, plain + 1, plain], strict=True):
        assert torch.equal(got, right)
    assert model.receipt["hook_logits"].fired == 1


def test_a_failed_run_inside_a_block_does_not_spoil_the_next(model, x):
    """The first run stops between the change of resid_mid and its use."""
    plain, state = model(x), {"fail": True}

    def middle(value, hook):
        return value + 1 if state["fail"] else None

    def later(value, hook):
        if state["fail"]:
            raise ValueError

    with model.hooks(
        [("blocks.1.hook_resid_mid", middle), ("blocks.1.mlp.hook_pre", later)]
    ):
        with pytest.raises(ValueError, match=r"^$"):
            model(x)
        state["fail"] = False
        assert torch.equal(model(x), plain)


def test_a_block_without_a_forward_pass_says_that_no_hook_was_reached(model):
    with (
        pytest.raises(HookError, match="'hook_logits' was never reached"),
        model.hooks([("hook_logits", add_one)]),
    ):
        pass


def test_a_part_of_the_forward_pass_is_not_silently_enough(model, x):
    with (
        pytest.raises(HookError, match="'hook_logits' was never reached"),
        model.hooks([("hook_logits", add_one)]),
    ):
        model.module.forward_features(x)


def test_other_peoples_hooks_stay_and_are_seen(model, x):
    part = model.module.blocks[1].mlp.act
    handle = part.register_forward_hook(lambda m, args, out: out * 0.5)
    try:
        _, cache = model.run_with_cache(x)
        pre = cache["blocks.1.mlp.hook_pre"]
        expected = torch.nn.functional.gelu(pre) * 0.5
        assert torch.equal(cache["blocks.1.mlp.hook_post"], expected)
        assert len(part._forward_hooks) == 1
    finally:
        handle.remove()


def test_a_session_that_is_closed_twice_or_never_opened_does_no_harm(model):
    before = traces(model.module)
    session = Session(model.module, model._taps, [])
    session.open()
    session.close()
    session.close()
    assert traces(model.module) == before
