"""A teacher's table of how far learners have come."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import vitwidgets as vw
from tests.unit.widgets.small_classifier import MODEL, PICTURE
from tests.unit.workshop.small_lessons import text_of
from vitwidgets.workshop.__main__ import main
from vitwidgets.workshop.overview import KEY

if TYPE_CHECKING:
    import pytest


def learner(name: str, *, tries: list[bool], hints: int) -> str:
    """Keep a learner's progress in a folder of their own; give the file."""
    path = Path(name) / "mine.vwprogress.json"
    path.parent.mkdir()
    lesson = vw.workshop("mine.json", MODEL, PICTURE, progress=path)
    lesson.go(1)
    best = lesson.bench.statistics["cls_mass"].argmax()
    layer, head = divmod(int(best), MODEL.config.n_heads)
    other = (head + 1) % MODEL.config.n_heads
    for right in tries:
        lesson.view.act("choose", layer=layer, head=head if right else other)
        lesson.check()
    for _ in range(hints):
        lesson.hint()
    lesson.close()
    return str(path)


def test_a_table_of_all_learners(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    Path("mine.json").write_text(json.dumps(text_of()), "utf8")
    files = [
        learner("ada", tries=[False, True], hints=1),
        learner("bob", tries=[False] * 11, hints=2),
        learner("cy", tries=[], hints=0),
    ]
    Path("none.json").write_text("[]", "utf8")
    arguments = ["vitwidgets.workshop", "overview", *files, "none.json", "no.json"]
    monkeypatch.setattr(sys, "argv", arguments)
    assert main() == 1
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "mine, 3 files",
        "file                      answered  hints  tries    2",
        "ada/mine.vwprogress.json    1 of 1      1      2    2",
        "bob/mine.vwprogress.json    0 of 1      2     11  11?",
        "cy/mine.vwprogress.json     0 of 1      0      0    -",
        "answered by                                         1",
        "",
        KEY,
    ]
    assert "none.json: progress=[]" in said.err
    assert "no.json: it can't be read (No such file or directory)" in said.err
