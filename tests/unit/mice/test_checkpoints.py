from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from tests.unit.mice.short_training import CPU, SHORT, run
from vitwidgets.mice.checkpoints import (
    CheckpointError,
    load_checkpoint,
    save_checkpoint,
)
from vitwidgets.mice.training_state import start

if TYPE_CHECKING:
    from pathlib import Path

    from vitwidgets.mice.sprites import Sprite


def test_resuming_is_bit_identical(sprites: tuple[Sprite, ...], tmp_path: Path) -> None:
    straight = start(SHORT, CPU)
    losses = run(straight, sprites)
    for stop in (1, 2, 3, 4):
        first = start(SHORT, CPU)
        before = run(first, sprites, until=stop)
        save_checkpoint(first, tmp_path / "checkpoint.pt")
        torch.manual_seed(99)
        resumed = load_checkpoint(tmp_path / "checkpoint.pt", CPU)
        assert resumed.step == stop
        assert before + run(resumed, sprites) == losses
        for name, tensor in straight.model.state_dict().items():
            assert torch.equal(tensor, resumed.model.state_dict()[name]), name


def test_the_length_may_change_before_the_cooldown_and_not_after(
    sprites: tuple[Sprite, ...], tmp_path: Path
) -> None:
    path = tmp_path / "checkpoint.pt"
    longer = replace(SHORT, steps=8, cooldown=4)
    state = start(SHORT, CPU)
    before = run(state, sprites, until=3)
    save_checkpoint(state, path)
    resumed = load_checkpoint(path, CPU, recipe=longer)
    assert before + run(resumed, sprites) == run(start(longer, CPU), sprites)
    run(state, sprites, until=4)
    save_checkpoint(state, path)
    with pytest.raises(CheckpointError, match="before either cooldown"):
        load_checkpoint(path, CPU, recipe=longer)
    with pytest.raises(CheckpointError, match="seed=7"):
        load_checkpoint(path, CPU, recipe=replace(SHORT, seed=7))


def test_a_file_that_is_no_checkpoint_is_named(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    for content in (b"", b"nonsense"):
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match=r"checkpoint\.pt"):
            load_checkpoint(path, CPU)


def test_a_failed_save_leaves_the_old_checkpoint(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(start(SHORT, CPU), path)
    kept = path.read_bytes()

    def fail(_: object, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(torch, "save", fail)
    with pytest.raises(OSError, match="disk full"):
        save_checkpoint(start(SHORT, CPU), path)
    assert path.read_bytes() == kept
