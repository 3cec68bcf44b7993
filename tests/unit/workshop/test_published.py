"""What a page gets of a lesson, and that the lesson itself is left alone."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import pytest

import vitwidgets as vw
from tests.unit.publishing.test_site import page_data
from tests.unit.widgets.small_classifier import MODEL, PICTURE, make
from tests.unit.widgets.small_patcher import DONOR
from tests.unit.workshop.small_lessons import text_of
from vitwidgets.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from vitwidgets.workshop.played import PlayedLesson


def written(folder: Path, **changes: Any) -> Path:
    path = folder / "mine.json"
    path.write_text(json.dumps(text_of(**changes)), "utf8")
    return path


def step(state: dict[str, Any], check: str = "", **arguments: Any) -> dict[str, Any]:
    question = {"ask": "?", "check": check, "with": arguments}
    asked = {"question": question} if check else {}
    return {"title": "A step", "text": ["Text."], "state": state, **asked}


@pytest.fixture
def opened() -> Iterator[Callable[..., PlayedLesson]]:
    """Open lessons, which are closed at the end."""
    with ExitStack() as stack:

        def opened(*given: Any, **named: Any) -> PlayedLesson:
            return stack.enter_context(closing(vw.workshop(*given, **named)))

        yield opened


@pytest.fixture
def lesson(opened: Callable[..., PlayedLesson], tmp_path: Path) -> PlayedLesson:
    return opened(written(tmp_path), MODEL, PICTURE)


def published(folder: Path, lesson: PlayedLesson) -> dict[str, Any]:
    """Publish a lesson; give what its page holds."""
    return page_data(vw.publish(folder / "site", [lesson]).pages[0].path)


def verdicts(kept: dict[str, Any]) -> list[dict[str, Any]]:
    return json.loads(zlib.decompress(b64decode(kept["verdicts"]["data"])))


def test_steps_are_as_a_kernel_shows_them(lesson: PlayedLesson, tmp_path: Path):
    data = published(tmp_path, lesson)
    steps = data["lesson"]["steps"]
    for at, kept in enumerate(steps):
        lesson.go(at)
        assert kept["shown"] == json.loads(json.dumps(dict(lesson.page.shown)))
        view = lesson.view
        assert kept["state"] == {"layer": view.layer, "head": view.head}
    assert [kept["asked"] for kept in steps] == [False, True]
    assert steps[1]["hints"] == ["One.", "Two."]
    assert len(verdicts(steps[1])) == MODEL.config.n_layers * MODEL.config.n_heads
    assert data["lesson"]["state"]["step"] == 0


def test_it_begins_anew_and_leaves_what_is_played_alone(
    lesson: PlayedLesson, tmp_path: Path
):
    lesson.go(1)
    lesson.check()
    lesson.view.act("look", layer=1, head=2)
    before = json.dumps([lesson.progress, repr(lesson.view)])
    data = published(tmp_path, lesson)
    assert json.dumps([lesson.progress, repr(lesson.view)]) == before
    assert lesson.step == 1
    tried = [each["count"] for each in data["lesson"]["state"]["progress"]]
    assert tried == [0, 0]
    assert (data["state"]["layer"], data["state"]["head"]) == (0, 0)


def test_what_the_steps_show_can_be_asked_for(
    opened: Callable[..., PlayedLesson], tmp_path: Path
):
    steps = [step({"layer": "first"}), step({"shown": "scores"})]
    lesson = opened(written(tmp_path, steps=steps), MODEL, PICTURE)
    data = published(tmp_path, lesson)
    assert data["state"]["shown"] == "pattern"
    assert data["state"]["offered"] == ["pattern", "scores"]
    asked = [kept["request"] for kept in data["answers"]]
    for shown in ("pattern", "scores"):
        for layer in range(MODEL.config.n_layers):
            wanted = {"kind": "attention", "side": 0, "shown": shown, "layer": layer}
            assert asked.count(wanted) == 1


def test_a_question_that_needs_a_kernel_says_so(
    opened: Callable[..., PlayedLesson], tmp_path: Path
):
    steps = [step({}, "setting_is", name="search", value="L1")]
    lesson = opened(written(tmp_path, steps=steps), MODEL, PICTURE)
    (kept,) = published(tmp_path, lesson)["lesson"]["steps"]
    assert kept["verdicts"] is None
    assert kept["why_not"].startswith("This question needs a kernel: ")
    assert 'vw.workshop("mine")' in kept["why_not"]
    assert kept["shown"]["paragraphs"] == ["Text.", f"*{kept['why_not']}*"]


def test_a_page_that_can_not_compute_says_why(
    opened: Callable[..., PlayedLesson], tmp_path: Path
):
    steps = [step({"interventions": []}, "harmless_edit", kind="zero")]
    path = written(tmp_path, steps=steps, view="ClickToPatch", donor="dog-alone")
    lesson = opened(path, make(global_pool="avg"), PICTURE, donor=DONOR)
    site = vw.publish(tmp_path / "site", [lesson])
    assert not site.pages[0].is_live
    assert site.pages[0].why_not
    (kept,) = page_data(site.pages[0].path)["lesson"]["steps"]
    assert kept["verdicts"]


def test_a_closed_lesson_is_refused_and_nothing_is_written(
    lesson: PlayedLesson, tmp_path: Path
):
    lesson.close()
    with pytest.raises(RuntimeError, match="was closed"):
        vw.publish(tmp_path / "site", [lesson])
    assert not (tmp_path / "site").exists()


def test_a_step_that_can_not_be_shown_is_named(
    opened: Callable[..., PlayedLesson], tmp_path: Path
):
    steps = [step({"layer": 0}), step({"layer": 99})]
    lesson = opened(written(tmp_path, steps=steps), MODEL, PICTURE)
    with pytest.raises(ValueError, match=r"lesson mine, step 2: .*layer"):
        vw.publish(tmp_path / "site", [lesson])
    assert not (tmp_path / "site").exists()


def test_one_lesson_is_no_list(lesson: PlayedLesson, tmp_path: Path):
    one: Any = lesson
    with pytest.raises(TypeError, match="not PlayedLesson"):
        vw.publish(tmp_path / "site", one)


def test_the_command_names_errors_of_a_lesson_by_line_and_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = written(tmp_path, image="cat-and-dgo")
    assert main(["publish", str(tmp_path / "site"), str(path)]) == 1
    said = capsys.readouterr().err
    assert f"{path}:1: image: 'cat-and-dgo' is none of " in said
    assert main(["publish", str(tmp_path / "site"), "patchign"]) == 1
    assert (
        "'patchign': there is no such file, and no lesson of that name"
        in capsys.readouterr().err
    )
    assert not (tmp_path / "site").exists()


def test_the_command_publishes_lessons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("vitwidgets.workshop.opening.load_model", lambda _name: MODEL)
    path = written(tmp_path)
    assert main(["publish", str(tmp_path / "site"), str(path)]) == 0
    assert "index.html: 1 page, " in capsys.readouterr().out
    assert (tmp_path / "site/1-lesson-mine.html").is_file()
