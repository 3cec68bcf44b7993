from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from vitwidgets.mice import __main__ as command_line
from vitwidgets.mice.clip import commands
from vitwidgets.mice.evaluation import Tally

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("drawings", "_tiny")

SHORT = ["--steps", "3", "--batch", "8", "--chunk", "16", "--warmup", "1"]
SHORT += ["--cooldown", "1", "--whole", "0", "--image-tower", "random"]


@pytest.fixture(autouse=True)
def _unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "vitwidgets.mice.clip.training.evaluate_clip", lambda *_, **__: {}
    )


def test_training_is_broken_off_continued_and_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    output, checkpoint = tmp_path / "out", tmp_path / "first.pt"
    train = ["train-clip", *SHORT, "--output", str(output)]
    train += ["--checkpoint", str(checkpoint)]
    assert command_line.main([*train, "--minutes", "0.00001"]) == 0
    assert "stopped at step 1 of 3" in capsys.readouterr().out
    assert not list(output.iterdir())
    assert command_line.main(train) == 0
    assert "evaluate-clip --model" in capsys.readouterr().out
    on = ["train-clip", *SHORT, "--output", str(output), "--seed", "1"]
    assert command_line.main([*on, "--start-from", str(checkpoint)]) == 0
    card = json.loads((output / "emoji-clip.json").read_text(encoding="utf-8"))
    assert [recipe["seed"] for recipe in card["training"]["recipes"]] == [0, 1]
    measure = ["evaluate-clip", "--model", str(output)]
    assert command_line.main([*measure, "--scenes", "20"]) == 1
    shown = capsys.readouterr().out
    assert "zero_shot_top1" in shown
    assert "MISSED" in shown
    figures = {"zero_shot_top1": Tally(19, 20), "count": Tally(1, 20)}
    monkeypatch.setattr(commands, "evaluate_clip", lambda *_: figures)
    assert command_line.main([*measure, "--seed", "3"]) == 0
    card = json.loads((output / "emoji-clip.json").read_text(encoding="utf-8"))
    assert card["evaluation"]["seed"] == 3
    assert card["evaluation"]["figures"]["count"]["hits"] == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["evaluate-clip", "--scenes", "0"], "at least 1, not 0"),
        (["evaluate-clip", "--model", "/nowhere"], r"no emoji-clip\.json in /nowhere"),
        (["train-clip", "--minutes", "5"], "needs --checkpoint"),
        (["train-clip", "--minutes", "0"], "above 0, not 0"),
        (["train-clip", "--minutes", "nan"], "above 0, not nan"),
        (["train-clip", "--workers", "-1"], "0 or more, not -1"),
        (["train-clip", "--siblings", "2"], "siblings must be from 0 to 1"),
        (["train-clip", "--image-tower", "clip"], "image_tower must be emoji-vit or"),
        (["train-clip", "--font", "/nowhere.ttf"], "fonts-noto-color-emoji"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: list[str],
    says: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command_line.main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert re.search(says, error)
    assert list(tmp_path.iterdir()) == []
