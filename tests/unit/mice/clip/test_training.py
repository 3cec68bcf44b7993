from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
import torch

from tests.unit.mice.clip.short_training import CPU, SHORT, run
from vitwidgets.mice.checkpoints import CheckpointError, save_checkpoint
from vitwidgets.mice.clip.batches import render_captioned
from vitwidgets.mice.clip.recipe import ClipRecipe
from vitwidgets.mice.clip.training_state import (
    load_clip_checkpoint,
    start_clip,
    start_clip_from,
)

if TYPE_CHECKING:
    from pathlib import Path

    from vitwidgets.mice.clip.drawings import Drawings

pytestmark = pytest.mark.usefixtures("_tiny")


def test_the_loss_falls(drawings: Drawings) -> None:
    recipe = replace(
        SHORT, steps=30, batch=16, warmup=3, cooldown=10, chunk=32, learning_rate=5e-3
    )
    few = render_captioned((1, 2), recipe.chunk, drawings)  # again and again
    with patch("vitwidgets.mice.clip.training.render_captioned", lambda *_, **__: few):
        losses = run(start_clip(recipe, CPU), drawings)
    assert len(losses) == 30
    assert losses[0] > 0.8 * math.log(16)
    assert sum(losses[-5:]) / 5 < 0.75 * math.log(16)


def test_the_first_loss_is_the_contrastive_loss_of_the_batch(
    drawings: Drawings,
) -> None:
    recipe = replace(SHORT, hidden_patches=0.0)
    (loss,) = run(start_clip(recipe, CPU), drawings, until=1)
    batch = render_captioned(
        (3_000_017, recipe.seed, 0),
        recipe.chunk,
        drawings,
        siblings=recipe.siblings,
        lettered=recipe.lettered,
    )
    model = start_clip(recipe, CPU).model
    images = (batch.images.float() / 127.5 - 1).permute(0, 3, 1, 2)
    with torch.no_grad():
        seen = model.encode_image(images)
        read = model.encode_text(batch.tokens[0])
    seen = seen / seen.norm(dim=-1, keepdim=True)
    read = read / read.norm(dim=-1, keepdim=True)
    scores = (seen @ read.T / 0.07).tolist()
    total = 0.0
    for i in range(8):
        total -= scores[i][i] - math.log(sum(math.exp(s) for s in scores[i]))
        total -= scores[i][i] - math.log(sum(math.exp(row[i]) for row in scores))
    assert loss == pytest.approx(total / 16, abs=0.03)  # bfloat16


def test_resuming_is_bit_identical(drawings: Drawings, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    straight = start_clip(SHORT, CPU)
    losses = run(straight, drawings)
    for stop in (1, 2, 4):
        before = run(start_clip(SHORT, CPU), drawings, until=stop, checkpoint=path)
        torch.manual_seed(99)
        resumed = load_clip_checkpoint(path, CPU)
        assert resumed.step == stop
        assert before + run(resumed, drawings) == losses
        for name, tensor in straight.model.state_dict().items():
            assert torch.equal(tensor, resumed.model.state_dict()[name]), name


def test_time_that_is_over_ends_it_with_a_checkpoint(
    drawings: Drawings, tmp_path: Path
) -> None:
    path = tmp_path / "checkpoint.pt"
    state = start_clip(SHORT, CPU)
    run(state, drawings, checkpoint=path, minutes=0)
    assert state.step == 1
    assert load_clip_checkpoint(path, CPU).step == 1


def test_a_worker_renders_what_the_main_process_would(drawings: Drawings) -> None:
    here = run(start_clip(SHORT, CPU), drawings)
    there = run(start_clip(SHORT, CPU), drawings, workers=1)
    assert here == there


def test_no_row_of_an_unknown_word_is_touched(drawings: Drawings) -> None:
    state = start_clip(SHORT, CPU)
    run(state, drawings)
    rows = state.model.token_embedding.weight.any(dim=1)
    assert 20 < int(rows.sum()) < 200
    assert not bool(rows[5000:5100].all())


def test_going_on_keeps_the_weights_and_the_story(
    drawings: Drawings, tmp_path: Path
) -> None:
    first = start_clip(SHORT, CPU)
    run(first, drawings)
    second = start_clip_from(first, replace(SHORT, seed=4))
    assert (second.step, second.earlier) == (0, (SHORT,))
    for name, tensor in first.model.state_dict().items():
        assert torch.equal(tensor, second.model.state_dict()[name]), name
    save_checkpoint(second, tmp_path / "second.pt")
    assert load_clip_checkpoint(tmp_path / "second.pt", CPU).earlier == (SHORT,)


def test_a_checkpoint_of_another_recipe_or_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(start_clip(SHORT, CPU), path)
    with pytest.raises(CheckpointError, match=r"siblings=0\.25"):
        load_clip_checkpoint(path, CPU, recipe=replace(SHORT, siblings=0.25))
    torch.save({"recipe": {"contested": 0.7}, "earlier": []}, path)
    with pytest.raises(CheckpointError, match="no checkpoint of this trainer"):
        load_clip_checkpoint(path, CPU)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("siblings", 1.5, "siblings must be from 0 to 1"),
        ("lettered", -0.1, "lettered must be from 0 to 1"),
        ("image_tower", "resnet", "image_tower must be emoji-vit or random"),
        ("batch", 2, "batch must be a multiple of 4"),
    ],
)
def test_a_bad_recipe_says_what_is_wrong(field: str, value, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ClipRecipe(**{field: value})
