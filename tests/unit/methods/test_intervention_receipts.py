"""Receipts are green for what was asked for, and red for anything else."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from tests.parity import entries
from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from vitwidgets.methods.interventions import (
    Intervention,
    InterventionError,
    bind,
    receipt_of,
)
from vitwidgets.models import HookedViT
from vitwidgets.models.interception import session
from vitwidgets.models.running import resume

GRID = GRIDS["square, cls"]
X, Y = pixels(GRID, 1), pixels(GRID, 1, seed=2)
EDITS = (
    Intervention("L1.H2", tokens=("cls",), source="donor"),
    Intervention("L1.H3", tokens=("(0,1)",), source="donor", strength=0.5),
    Intervention("L2.MLP", "zero"),
)


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


@pytest.fixture(name="model")
def _model():
    return hooked_vit(GRID)


@pytest.fixture(name="cache")
def _cache(model):
    return model.run_with_cache(X)[1]


@pytest.fixture(name="bound")
def _bound(model):
    return bind(model, EDITS, {"donor": model.run_with_cache(Y)[1]})


def replaced(bound, index, change):
    """Hooks of which one is for another site, or another function."""
    hooks = list(bound.fwd_hooks)
    hooks[index] = change(*hooks[index])
    return hooks


def only(receipt, *patterns):
    assert not receipt.is_clean
    assert len(receipt.problems) == len(patterns), receipt.problems
    for problem, pattern in zip(receipt.problems, patterns, strict=True):
        assert pattern in problem


def test_a_resumed_run_is_proved(model, cache, bound):
    logits = model.resume(cache, bound.first_block, fwd_hooks=bound.fwd_hooks)
    receipt = receipt_of(model, X, bound, logits)
    assert receipt.is_clean
    assert receipt.problems == ()
    assert receipt.difference == 0.0
    assert [edit.intervention for edit in receipt.edits] == list(EDITS)
    assert [edit.fired for edit in receipt.edits] == [1, 1, 1]
    site = "blocks.1.attn.hook_z"
    assert [e.site for e in receipt.edits] == [site, site, "blocks.2.hook_mlp_out"]


def test_the_size_of_a_change_is_that_at_the_site(model, cache, bound):
    logits = model.run_with_hooks(X, bound.fwd_hooks)
    head, half, mlp = receipt_of(model, X, bound, logits).edits
    site = "blocks.1.attn.hook_z"
    donor = bound.sources["donor"]
    moved = (donor[site] - cache[site])[0, :, 2:]
    assert head.largest_change == pytest.approx(float(moved[0, 0].abs().max()))
    own = cache[site][0, :, 2:]
    assert head.relative_change == pytest.approx(
        float(moved[0, 0].norm() / own[0, 0].norm()), rel=1e-5
    )
    assert half.largest_change == pytest.approx(0.5 * float(moved[2, 1].abs().max()))
    assert half.relative_change == pytest.approx(
        0.5 * float(moved[2, 1].norm() / own[2, 1].norm()), rel=1e-5
    )
    assert mlp.relative_change == pytest.approx(1.0)


def test_own_value_and_no_edit_are_clean_and_change_nothing(model, cache):
    own = bind(model, [Intervention("L1.H2", source="own")], {"own": cache})
    receipt = receipt_of(model, X, own, model.run_with_hooks(X, own.fwd_hooks))
    assert receipt.is_clean
    assert receipt.edits[0].largest_change == receipt.edits[0].relative_change == 0.0
    assert receipt.edits[0].fired == 1
    plain = receipt_of(model, X, bind(model, []), model(X))
    assert plain.is_clean
    assert plain.edits == ()


def test_variants_that_run_in_parts_fire_once_a_part(model, bound):
    images = X.expand(5, -1, -1, -1)
    _, cache = model.run_with_cache(images)
    hooks = bound.fwd_hooks
    logits = model.resume(cache, 1, fwd_hooks=hooks, batch_size=2)
    receipt = receipt_of(model, images, bound, logits)
    assert receipt.is_clean, receipt.problems
    assert [edit.fired for edit in receipt.edits] == [3, 3, 3]


def test_a_receipt_kept_from_the_run_does_as_well(model, bound):
    logits = model.run_with_hooks(X, bound.fwd_hooks)
    run = model.receipt
    model(X)
    assert receipt_of(model, X, bound, logits, run=run).is_clean
    model(X)
    only(receipt_of(model, X, bound, logits), "the run had edits at no site")


def test_an_edit_that_was_dropped_is_seen(model, cache, bound):
    logits = model.resume(cache, 1, fwd_hooks=list(bound.fwd_hooks)[:-1])
    receipt = receipt_of(model, X, bound, logits)
    only(receipt, "should have had them at", "the logits differ")
    assert receipt.edits[2].site is None
    assert receipt.edits[2].fired == 0


def test_an_edit_that_does_nothing_is_seen(model, cache, bound):
    hooks = replaced(bound, 2, lambda site, _: (site, lambda value, hook: None))
    logits = model.resume(cache, 1, fwd_hooks=hooks)
    only(receipt_of(model, X, bound, logits), "the logits differ")


def test_one_edit_too_many_is_seen(model, cache, bound):
    more = [*bound.fwd_hooks, ("blocks.2.attn.hook_z", lambda z, hook: 2 * z)]
    logits = model.resume(cache, 1, fwd_hooks=more)
    only(receipt_of(model, X, bound, logits), "the run had edits", "the logits differ")


def test_a_block_that_is_the_wrong_one_is_seen(model, bound):
    _, function = bound.fwd_hooks[2]
    hooks = replaced(bound, 2, lambda *_: ("blocks.0.hook_mlp_out", function))
    moved = dataclasses.replace(bound, fwd_hooks=hooks)
    logits = model.run_with_hooks(X, moved.fwd_hooks)
    only(receipt_of(model, X, moved, logits), "blocks.0.hook_mlp_out", "logits differ")


@pytest.mark.parametrize("other", ["L1.H1@cls", "L1.H2@(0,0)"])
def test_a_wrong_head_or_token_at_the_right_site_is_seen(model, cache, bound, other):
    wrong = bind(model, [Intervention(other, source="donor")], bound.sources)
    hooks = replaced(bound, 0, lambda *_: wrong.fwd_hooks[0])
    logits = model.resume(cache, 1, fwd_hooks=hooks)
    only(receipt_of(model, X, bound, logits), "the logits differ")


def test_an_edit_that_reaches_beside_its_component_is_seen(
    model, cache, bound, monkeypatch
):
    monkeypatch.setattr(
        "vitwidgets.methods.intervening.component.Component.replaced",
        lambda self, value, new: value + 1,
    )
    logits = model.resume(cache, 1, fwd_hooks=bound.fwd_hooks)
    only(
        receipt_of(model, X, bound, logits),
        f"patch at L1.H2 changed {17 * 32 - 8} numbers beside L1.H2 at cls",
        f"patch at L1.H3 changed {17 * 32 - 8} numbers beside L1.H3 at (0,1)",
    )


def test_logits_of_another_run_are_seen(model, bound):
    logits = model.run_with_hooks(X, bound.fwd_hooks)
    only(receipt_of(model, X, bound, logits + 1e-3), "the logits differ by 0.001")


def left(module):
    module.blocks[1].register_forward_hook(lambda *_: None)


def left_before(module):
    module.blocks[1].attn.register_forward_pre_hook(lambda *_: None)


def detoured(module):
    part = module.blocks[0]
    part.forward = type(part).forward.__get__(part)


def changed_mode(module):
    module.blocks[1].norm1.train()


def changed_weight(module):
    module.norm.bias.mul_(1.0)


LEFT = {
    left: "a hook in _forward_hooks of blocks.1 is still there",
    left_before: "a hook in _forward_pre_hooks of blocks.1.attn is still there",
    detoured: "a forward of its own of blocks.0 is still there",
    changed_mode: "another mode",
    changed_weight: "the weights were changed",
}


@pytest.mark.parametrize("mutation", LEFT)
def test_what_is_left_on_the_module_is_seen(model, cache, mutation):
    donor = bind(model, [Intervention("L1.H2", "zero")])
    logits = model.resume(cache, 1, fwd_hooks=donor.fwd_hooks)
    mutation(model.module)
    only(receipt_of(model, X, donor, logits), LEFT[mutation])


def test_a_session_that_leaves_a_hook_behind_is_seen(model, cache, bound, monkeypatch):
    close = session.Session.close

    def careless(self):
        hooks = self._hooks
        close(self)
        for table, hook, entry in hooks[-1:]:
            table[hook] = entry

    monkeypatch.setattr(session.Session, "close", careless)
    logits = model.resume(cache, 1, fwd_hooks=bound.fwd_hooks)
    monkeypatch.undo()
    receipt = receipt_of(model, X, bound, logits)
    only(receipt, "a hook in _forward_hooks of blocks.2.drop_path2 is still there")


def test_a_detour_that_is_left_behind_is_seen(model, cache, bound, monkeypatch):
    monkeypatch.setattr(resume, "take_down", lambda part, session: None)
    logits = model.resume(cache, 1, fwd_hooks=bound.fwd_hooks)
    monkeypatch.undo()
    receipt = receipt_of(model, X, bound, logits)
    assert {p.rpartition(" of ")[2] for p in receipt.problems} == {
        "patch_embed is still there",
        "blocks.0 is still there",
    }


def test_hooks_that_a_person_has_put_there_are_no_problem(model):
    model.module.blocks[1].register_forward_hook(lambda *_: None)
    bound = bind(model, [Intervention("L1.H2", "zero")])
    logits = model.run_with_hooks(X, bound.fwd_hooks)
    assert receipt_of(model, X, bound, logits).is_clean


def test_a_hook_of_a_person_that_is_gone_is_seen(model):
    handle = model.module.blocks[1].register_forward_hook(lambda *_: None)
    bound = bind(model, [Intervention("L1.H2", "zero")])
    logits = model.run_with_hooks(X, bound.fwd_hooks)
    handle.remove()
    only(receipt_of(model, X, bound, logits), "1 hooks that the module had are gone")


def test_logits_of_another_number_of_images_are_refused(model, bound):
    logits = model.run_with_hooks(X.expand(2, -1, -1, -1), bound.fwd_hooks)
    with pytest.raises(InterventionError, match=r"\(1, 6\), got \(2, 6\)"):
        receipt_of(model, X, bound, logits)


@pytest.mark.parametrize("name", ["ViT-B-32", "samvit_base_patch16", "cait_xxs24_224"])
def test_other_families_are_proved_as_well(name):
    model = HookedViT(entries.build(name))
    x, y = entries.inputs(name, 1), entries.inputs(name, 1, seed=2)
    _, cache = model.run_with_cache(x)
    edits = [
        Intervention("L1.H1@(0,1)", source="d"),
        Intervention("L1.MLP.n3", "zero"),
        Intervention("L1.resid_post", "noise", strength=0.5),
    ]
    bound = bind(model, edits, {"d": model.run_with_cache(y)[1]})
    logits = model.resume(cache, 1, fwd_hooks=bound.fwd_hooks)
    assert receipt_of(model, x, bound, logits).is_clean
    only(receipt_of(model, x, bound, model(x)), "no site", "the logits differ")
