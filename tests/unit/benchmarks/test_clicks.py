"""What the benchmarks of click-to-patch count, they do count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

import vitwidgets as vw
from benchmarks import many_clicks
from benchmarks.click_to_patch import random_cells
from benchmarks.subjects import toy

if TYPE_CHECKING:
    from collections.abc import Callable

SCENES = (vw.images.sample("cat-and-dog"), vw.images.sample("dog-alone"))


def test_no_click_leads_back_to_edits_that_a_page_knows():
    present: set[tuple[int, int]] = set()
    seen = [frozenset(present)]
    for cell in random_cells(100):
        present ^= {cell}
        seen.append(frozenset(present))
    assert len(set(seen)) == 101


@pytest.mark.parametrize(
    "leave",
    [
        lambda block: block.register_forward_hook(lambda *_: None),
        lambda block: block.attn.register_forward_pre_hook(lambda *_: None),
        lambda block: block.mlp.fc1.register_full_backward_hook(lambda *_: None),
        lambda block: setattr(block, "forward", lambda x: x),
    ],
)
def test_whatever_is_left_on_a_module_counts(leave: Callable[[Any], Any]):
    module, _ = toy()
    assert many_clicks.hooks_on(module) == 0
    leave(module.blocks[3])
    assert many_clicks.hooks_on(module) == 1


def test_one_changed_bit_is_another_hash():
    module, _ = toy()
    before = many_clicks.hashes(module)
    assert len(before) == len(module.state_dict())
    with torch.no_grad():
        bias = module.blocks[3].mlp.fc1.bias
        bias[0] = torch.nextafter(bias[0], torch.tensor(9.0))
    after = many_clicks.hashes(module)
    assert [name for name in before if before[name] != after[name]] == [
        "blocks.3.mlp.fc1.bias"
    ]


def test_a_click_is_what_a_page_sends_and_a_refused_one_counts(monkeypatch):
    monkeypatch.setattr(
        many_clicks.comm.DummyComm,
        "publish_msg",
        many_clicks.comm.DummyComm.publish_msg,  # put back afterwards
    )
    view = vw.ClickToPatch(vw.load_model(), *SCENES)
    hand = many_clicks.Hand(view)
    for count in range(1, 4):
        hand.click()
        assert len(view.history) == count
        assert view.history[-1]["after"]["interventions"] == view.interventions
    assert hand.errors == 0
    before = view.interventions
    edit = {**view.interventions[0], "address": "L99.H0"}
    monkeypatch.setattr(hand, "_clicked", lambda: [edit])
    hand.click()
    assert hand.errors > 0
    assert view.interventions == before
