"""The proof of a prediction, and what turns it red."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.widgets.small_classifier import MODEL
from tests.unit.widgets.small_patcher import (
    CLEAN,
    DONOR,
    edit,
    on,
    opened,
    predicted,
    value,
)
from vitwidgets.models import HookedViT

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


def test_a_proof_is_of_the_prediction_on_show() -> None:
    view = opened()
    edits = [edit("L0.H1"), edit("L1.resid_pre", "cls", kind="zero")]
    predicted(view, *edits)
    proof = view.answers()["receipt"](interventions=edits).result
    assert proof["problems"] == []
    assert proof["difference"] <= proof["allowed"]
    head, stream = proof["edits"]
    assert (head["address"], head["site"], head["fired"]) == (
        *("L0.H1", "blocks.0.attn.hook_z", 1),
    )
    assert stream["tokens"] == ["cls"]
    change = value("blocks.0.attn.hook_z", DONOR) - value("blocks.0.attn.hook_z", CLEAN)
    assert head["largest_change"] == pytest.approx(float(change[:, :, 1].abs().max()))
    assert stream["relative_change"] == pytest.approx(1)
    nothing = view.answers()["receipt"](interventions=[]).result
    assert nothing["problems"] == nothing["edits"] == []
    assert nothing["difference"] == 0


def mutated(monkeypatch: pytest.MonkeyPatch, change: Callable[[Any], Any]) -> None:
    true = HookedViT.resume

    def wrong(self: HookedViT, *given: Any, fwd_hooks: Any, **rest: Any) -> Tensor:
        return true(self, *given, fwd_hooks=change(fwd_hooks), **rest)

    monkeypatch.setattr(HookedViT, "resume", wrong)


def test_a_dropped_edit_turns_the_proof_red(monkeypatch: pytest.MonkeyPatch) -> None:
    view = opened(interventions=on(edit("L0.H1"), edit("L1.H1")))
    mutated(monkeypatch, lambda hooks: hooks[:1])
    _ = view.prediction
    monkeypatch.undo()
    proof = view.receipt()
    assert not proof.is_clean
    assert "should have had" in proof.problems[0]
    assert proof.edits[1].site is None


def test_an_edit_at_the_wrong_block_turns_the_proof_red(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = opened(interventions=on(edit("L0.H1")))
    mutated(
        monkeypatch, lambda hooks: [("blocks.1.attn.hook_z", hook) for _, hook in hooks]
    )
    _ = view.prediction
    monkeypatch.undo()
    assert not view.receipt().is_clean


def test_a_hook_that_is_left_behind_turns_the_proof_red() -> None:
    view = opened(interventions=on(edit("L0.H1")))
    _ = view.prediction
    handle = MODEL.module.register_forward_hook(lambda *_: None)
    try:
        proof = view.receipt()
    finally:
        handle.remove()
    assert "still there" in proof.problems[0]
    assert view.receipt().is_clean
