from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from tests.unit.mice.short_training import CPU, SHORT, run
from vitwidgets.mice.checkpoints import load_checkpoint, save_checkpoint
from vitwidgets.mice.training_state import start, start_from

if TYPE_CHECKING:
    from pathlib import Path

    from vitwidgets.mice.sprites import Sprite


def test_equal_seeds_give_equal_weights_and_others_others() -> None:
    one, same, other = (
        start(replace(SHORT, seed=seed), CPU).model.head.weight for seed in (3, 3, 4)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_decay_is_for_matrices_and_kernels_only() -> None:
    state = start(SHORT, CPU)
    decayed, free = (
        {id(parameter) for parameter in group["params"]}
        for group in state.optimizer.param_groups
    )
    for name, parameter in state.model.named_parameters():
        exempt = name.endswith("bias") or "norm" in name
        exempt = exempt or name in ("cls_token", "pos_embed")
        assert id(parameter) in (free if exempt else decayed), name
    assert [g["weight_decay"] for g in state.optimizer.param_groups] == [0.05, 0.0]


def test_going_on_keeps_weights_and_remembers_the_recipe(
    sprites: tuple[Sprite, ...], tmp_path: Path
) -> None:
    trained = start(SHORT, CPU)
    run(trained, sprites)
    later = replace(SHORT, seed=5)
    state = start_from(trained, later)
    for name, tensor in trained.model.state_dict().items():
        assert torch.equal(tensor, state.model.state_dict()[name]), name
    assert (state.step, state.recipe, state.earlier) == (0, later, (SHORT,))
    assert state.seconds == trained.seconds > 0
    save_checkpoint(state, tmp_path / "checkpoint.pt")
    assert load_checkpoint(tmp_path / "checkpoint.pt", CPU).earlier == (SHORT,)
