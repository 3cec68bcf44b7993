"""What is wrong with a lesson's file is said by line and field."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.workshop.small_lessons import text_of
from vitwidgets.workshop.__main__ import main
from vitwidgets.workshop.json_lines import JsonSyntaxError, read_json
from vitwidgets.workshop.reading import LESSONS, LessonError, lesson_path, read_lesson

if TYPE_CHECKING:
    from pathlib import Path

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


def laid_out(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, str]]:
    """Write JSON, one value or closing mark a line, with what begins on each line."""
    if isinstance(value, dict) and value:
        lines = [(path, "{")]
        for at, (name, each) in enumerate(value.items()):
            inner = laid_out(each, (*path, name))
            inner[0] = (inner[0][0], f"{json.dumps(name)}: {inner[0][1]}")
            lines += inner
            if at + 1 < len(value):
                lines[-1] = (lines[-1][0], f"{lines[-1][1]},")
        return [*lines, (None, "}")]
    if isinstance(value, list) and value:
        lines = [(path, "[")]
        for at, each in enumerate(value):
            lines += laid_out(each, (*path, at))
            if at + 1 < len(value):
                lines[-1] = (lines[-1][0], f"{lines[-1][1]},")
        return [*lines, (None, "]")]
    return [(path, json.dumps(value))]


@given(VALUES)
def test_every_value_has_the_line_on_which_it_stands(value: Any):
    lines = laid_out(value)
    text = "\n".join(line for _, line in lines)
    wanted = {path: at for at, (path, _) in enumerate(lines, 1) if path is not None}
    assert read_json(text) == (value, wanted)


def test_what_is_no_json_is_said_with_its_line():
    with pytest.raises(JsonSyntaxError) as caught:
        read_json('{\n "a": 1,\n "b" 2\n}')
    assert caught.value.line == 3
    with pytest.raises(JsonSyntaxError, match="twice") as caught:
        read_json('{"a": {\n "b": 1,\n "b": 2}}')
    assert caught.value.line == 3
    with pytest.raises(JsonSyntaxError, match="NaN"):
        read_json("[NaN]")


@pytest.mark.parametrize("name", LESSONS)
def test_lessons_that_ship_can_be_read(name: str):
    lesson = read_lesson(lesson_path(name))
    asked = [step for step in lesson.steps if step.question]
    assert lesson.name == name
    assert 8 <= len(lesson.steps) <= 13
    assert len(asked) >= 6
    assert all(step.question and step.question.hints for step in asked)


def problems(tmp_path: Path, lesson: dict[str, Any]) -> list[tuple[int, str, str]]:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(lesson, indent=1), "utf8")
    with pytest.raises(LessonError) as caught:
        read_lesson(path)
    return [(each.line, each.field, each.text) for each in caught.value.problems]


def changed(field: str, value: Any, at: int = 1) -> dict[str, Any]:
    lesson = text_of()
    place = lesson["steps"][at]
    *parents, last = field.split(".")
    for each in parents:
        place = place[each]
    place[last] = value
    return lesson


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", "", "words are needed"),
        ("title", 3, "words are needed"),
        ("text", "one", "a list is needed"),
        ("tittle", "x", "not known"),
        ("state.layr", 1, "no such setting"),
        ("state.layer", "third", "none of first, middle, last"),
        ("state.head", "most charming", "one of mean_distance"),
        ("question.check", "head_is_nice", "none of setting_is, head_stands_out"),
        ("question.check", "patch_says", "none of"),
        ("question.ask", "Of {nobody}?", "{nobody} is not known"),
        ("question.with.statistic", "charm", "none of mean_distance"),
        ("question.with.among", 0, "from 1 to 100"),
        ("question.with.among", True, "from 1 to 100"),
        ("question.choices", {"a": "b", "c": "d"}, "leave choices out"),
        ("question.hints", [""], "words are needed"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, field: str, value: Any, said: str):
    ((line, where, text),) = problems(tmp_path, changed(field, value))
    assert where.startswith(f"steps[2].{field}")
    assert said in text
    written = json.dumps(changed(field, value), indent=1).splitlines()
    name = field.rpartition(".")[2]
    inside = '""' if where.endswith("[1]") else f'"{name}"'
    assert inside in written[line - 1]


def test_all_problems_are_told_at_once(tmp_path: Path):
    lesson = changed("title", "")
    lesson["steps"][0]["text"] = []
    lesson["image"] = "my-cat"
    fields = [where for _, where, _ in problems(tmp_path, lesson)]
    assert fields == ["image", "steps[1].text", "steps[2].title"]


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"format": "tour"}, "format", "no lesson"),
        ({"version": 2}, "version", "reads version 1"),
        ({"view": "Explorer"}, "view", "none of"),
        ({"view": "ClickToPatch", "steps": [{"title": "a", "text": ["b"]}]}, "", ""),
        ({"donor": "dog-alone"}, "donor", "no donor"),
        ({"steps": []}, "steps", "0 in it"),
    ],
)
def test_a_wrong_frame_is_named(
    tmp_path: Path, changes: dict[str, Any], field: str, said: str
):
    found = problems(tmp_path, text_of(**changes))
    assert any(where == (field or "donor") and said in text for _, where, text in found)


def test_what_is_missing_is_named(tmp_path: Path):
    lesson = text_of()
    del lesson["view"], lesson["steps"][1]["title"]
    found = [(where, text) for _, where, text in problems(tmp_path, lesson)]
    assert ("", '"view" is missing') in found
    assert ("steps[2]", '"title" is missing') in found


def test_the_command_names_line_and_field(tmp_path: Path):
    path = tmp_path / "mine.json"
    path.write_text('{\n "format": "vitwidgets lesson",\n "version": 7\n}', "utf8")
    command = [sys.executable, "-m", "vitwidgets.workshop", "check", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{path}:3: version: version 7 can't be read" in done.stderr
    assert 'title" is missing' in done.stderr


def test_the_command_plays_what_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "mine.json"
    monkeypatch.setattr(sys, "argv", ["vitwidgets.workshop", "check", str(path)])
    path.write_text(json.dumps(text_of()), "utf8")
    assert main() == 0
    assert capsys.readouterr() == (f"{path}: 2 steps, 1 question\n", "")
    path.write_text(json.dumps(changed("state.layer", 77)), "utf8")
    assert main() == 1
    said = f"{path}:1: steps[2].state.layer: layer=77 doesn't exist"
    assert said in capsys.readouterr().err


def test_a_wrong_view_is_the_only_thing_that_is_said(tmp_path: Path):
    lesson = text_of(view="Explorer")
    lesson["steps"][0]["text"] = ["It reads {embedding_says}."]
    lesson["steps"][0]["question"] = {
        "ask": "?",
        "check": "setting_is",
        "with": {"name": "layer", "value": 1},
    }
    assert [where for _, where, _ in problems(tmp_path, lesson)] == ["view"]


def test_a_setting_that_the_view_refuses_is_named_by_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "mine.json"
    written = json.dumps(changed("state.layer", 77), indent=1)
    path.write_text(written, "utf8")
    monkeypatch.setattr(sys, "argv", ["vitwidgets.workshop", "check", str(path)])
    assert main() == 1
    (line,) = (
        at for at, text in enumerate(written.splitlines(), 1) if '"layer": 77' in text
    )
    assert capsys.readouterr().err.startswith(
        f"{path}:{line}: steps[2].state.layer: layer=77 doesn't exist"
    )


def test_a_file_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    path = str(tmp_path / "no.json")
    monkeypatch.setattr(sys, "argv", ["vitwidgets.workshop", "check", path])
    assert main() == 1
    assert capsys.readouterr().err.startswith(f"{path!r}: there is no such file")


def test_no_lesson_of_that_name():
    with pytest.raises(ValueError, match="attention-heads, logit-lens, patching, clip"):
        lesson_path("attention")
