from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from vitwidgets.mice import __main__ as command_line
from vitwidgets.mice.bundle import SHIPPED
from vitwidgets.mice.evaluation import Tally

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("sprites")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return shutil.copytree(SHIPPED, tmp_path / "bundle")


def figures_of(folder: Path) -> dict:
    card = json.loads((folder / "emoji-vit.json").read_text(encoding="utf-8"))
    return card["evaluation"]


@pytest.mark.parametrize("command", ["train", "evaluate", "samples"])
def test_each_command_explains_itself(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as leaving:
        command_line.main([command, "--help"])
    assert leaving.value.code == 0
    assert "--font" in capsys.readouterr().out


def test_training_writes_a_bundle_that_can_be_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vitwidgets.mice.training.evaluate", lambda *a, **k: {})
    output = tmp_path / "out"
    steps = [
        "--steps",
        "2",
        "--warmup",
        "1",
        "--cooldown",
        "1",
        "--whole",
        "0",
        "--chunk",
        "64",
    ]
    assert command_line.main(["train", "--output", str(output), *steps]) == 0
    assert "evaluate --model" in capsys.readouterr().out
    measure = ["evaluate", "--model", str(output), "--scenes", "20"]
    assert command_line.main(measure) == 1
    assert "MISSED" in capsys.readouterr().out


def test_going_on_from_a_checkpoint_is_told_in_the_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vitwidgets.mice.training.evaluate", lambda *a, **k: {})
    short = ["--steps", "1", "--warmup", "0", "--cooldown", "1", "--whole", "0"]
    short += ["--chunk", "64", "--output", str(tmp_path / "out")]
    first, second = str(tmp_path / "first.pt"), str(tmp_path / "second.pt")
    assert command_line.main(["train", *short, "--checkpoint", first]) == 0
    on = ["train", *short, "--start-from", first, "--checkpoint", second]
    assert command_line.main([*on, "--seed", "1"]) == 0
    again = [*on, "--seed", "1"]  # finished already: it only writes the bundle
    assert command_line.main(again) == 0
    card = json.loads((tmp_path / "out" / "emoji-vit.json").read_text())
    assert [recipe["seed"] for recipe in card["training"]["recipes"]] == [0, 1]
    assert card["training"]["scenes_seen"] == 2 * 128


def test_enough_scenes_write_the_figures_into_the_card(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = {
        "top1": Tally(49, 50),
        "patch_readout": Tally(50, 100),
        "second_in_top3": Tally(7, 10),
    }
    monkeypatch.setattr(command_line, "evaluate", lambda *_: figures)
    arguments = ["evaluate", "--model", str(bundle), "--seed", "3"]
    assert command_line.main(arguments) == 0
    assert figures_of(bundle)["seed"] == 3
    assert figures_of(bundle)["figures"]["top1"]["hits"] == 49
    figures["second_in_top3"] = Tally(5, 10)
    assert command_line.main(arguments) == 1


def test_few_scenes_leave_the_card_alone(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = figures_of(bundle)
    arguments = ["evaluate", "--model", str(bundle), "--scenes", "60"]
    command_line.main(arguments)
    assert figures_of(bundle) == before
    assert "keeps its figures" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["evaluate", "--scenes", "0"], "at least 1, not 0"),
        (["evaluate", "--font", "/nowhere.ttf"], "fonts-noto-color-emoji"),
        (["evaluate", "--model", "/nowhere"], r"no emoji-vit\.json in /nowhere"),
        (["train", "--steps", "10"], "don't fit into 10 steps"),
        (["train", "--seed", "-1"], "seed must not be negative"),
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
