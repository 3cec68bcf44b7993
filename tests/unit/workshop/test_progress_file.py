"""Progress in a file: a lesson that is opened again goes on, and nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import vitwidgets as vw
from tests.unit.widgets.small_classifier import MODEL, PICTURE
from tests.unit.widgets.small_patcher import DONOR
from tests.unit.workshop.small_lessons import text_of
from vitwidgets.workshop.progress_file import image_names, progress_name
from vitwidgets.workshop.reading import lesson_path, read_lesson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vitwidgets.workshop.played import PlayedLesson

    Open = Callable[..., PlayedLesson]


@pytest.fixture
def opened() -> Iterator[Open]:
    """Open a lesson, as a cell that is run (again) does; all are closed at the end."""
    Path("mine.json").write_text(json.dumps(text_of()), "utf8")
    lessons: list[PlayedLesson] = []

    def opened(image: Any = PICTURE, **named: Any) -> PlayedLesson:
        lessons.append(vw.workshop("mine.json", MODEL, image, **named))
        return lessons[-1]

    yield opened
    for lesson in lessons:
        lesson.close()


def kept() -> list[Path]:
    return sorted(Path().glob("*.vwprogress*"))


def begun(opened: Open) -> PlayedLesson:
    lesson = opened()
    lesson.go(1)
    lesson.hint()
    lesson.check()
    return lesson


def test_opening_writes_nothing_and_each_act_does(opened: Open):
    lesson = opened()
    assert kept() == []
    for act in (lambda: lesson.go(1), lesson.hint, lesson.check):
        act()
        (file,) = kept()
        assert json.loads(file.read_text("utf8")) == lesson.progress
        assert file.name == lesson.page.kept["file"]


def test_a_lesson_that_is_opened_again_goes_on(opened: Open):
    before = begun(opened)
    again = opened()
    assert again.progress == before.progress
    assert again.step == 1
    assert again.page.shown["hints"] == ["One."]
    assert not before.progress["steps"][1]["solved"]
    said = "You go on: 0 of 1 questions answered; this is the first step still open."
    assert again.page.kept["said"] == said
    again.check()
    assert again.page.kept["said"] == ""
    assert json.loads(kept()[0].read_text("utf8"))["steps"][1]["count"] == 2


def test_another_image_has_a_file_of_its_own(opened: Open):
    begun(opened)
    other = opened(DONOR)
    other.go(1)
    assert other.page.kept["said"] == ""
    assert len(kept()) == 2
    assert opened().progress["steps"][1]["count"] == 1


def test_names_of_files():
    heads, patching = (
        read_lesson(lesson_path(name)) for name in ("attention-heads", "patching")
    )
    own = vw.images.sample("cat-and-dog")
    names = image_names(heads, own, own)
    assert names == ["cat-and-dog"]
    assert progress_name(heads, "emoji-vit", names) == "attention-heads.vwprogress.json"
    two = image_names(patching, own, vw.images.sample("dog-alone"))
    assert progress_name(patching, "emoji-vit", two) == "patching.vwprogress.json"
    other = progress_name(heads, "hf-hub:timm/vit: a\\b", ["dog-alone"])
    assert other == "attention-heads.hf-hub-timm-vit-a-b.dog-alone.vwprogress.json"
    ours, theirs = (image_names(heads, each, each) for each in (PICTURE, DONOR))
    assert ours != theirs
    assert ours == image_names(heads, PICTURE.copy(), PICTURE)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text[:40], "damaged"),
        (lambda _: "[]", "give back what lesson.progress was"),
        (lambda text: text.replace('"mine"', '"yours"'), "lesson is 'yours'"),
        (lambda text: text.replace(MODEL.name, "b16"), "model is 'b16'"),
        (lambda text: text.replace('"Second"', '"Third"'), "not the 2"),
        (lambda text: text.replace('"version": 1', '"version": 2'), "version is 2"),
    ],
)
def test_what_cannot_be_gone_on_with_is_kept_aside(
    opened: Open, damage: Callable[[str], str], said: str
):
    begun(opened)
    (file,) = kept()
    damaged = damage(file.read_text("utf8"))
    file.write_text(damaged, "utf8")
    lesson = opened()
    assert lesson.step == 0
    assert said in lesson.page.kept["said"]
    aside = file.name.replace(".json", ".old-1.json")
    assert f"what was there is now {aside}" in lesson.page.kept["said"]
    lesson.go(1)
    assert Path(aside).read_text("utf8") == damaged
    assert json.loads(file.read_text("utf8")) == lesson.progress


def test_starting_over_keeps_what_was_done(opened: Open):
    lesson = begun(opened)
    for number in (1, 2):
        (file, *_) = kept()
        before = file.read_bytes()
        lesson.start_over()
        assert lesson.step == 0
        assert [each["count"] for each in lesson.progress["steps"]] == [0, 0]
        assert not lesson.page.kept["begun"]
        assert not file.exists()
        aside = file.with_name(file.name.replace(".json", f".old-{number}.json"))
        assert aside.read_bytes() == before
        assert aside.name in lesson.page.kept["said"]
        lesson.go(1)
        lesson.check()


def test_a_folder_that_is_not_there_is_said_and_the_lesson_goes_on(opened: Open):
    lesson = opened(progress=Path("nowhere") / "mine.json")
    assert lesson.page.kept["said"] == ""
    lesson.go(1)
    lesson.check()
    said = lesson.page.kept["said"]
    assert "not kept in mine.json: it can't be written (No such file" in said
    assert lesson.page.kept["file"] == ""
    assert lesson.progress["steps"][1]["count"] == 1
    Path("nowhere").mkdir()
    lesson.hint()
    assert lesson.page.kept["said"] == ""
    assert opened(progress=Path("nowhere/mine.json")).progress == lesson.progress


def test_a_file_that_cannot_be_read_is_said_and_left(opened: Open):
    Path("mine").mkdir()
    lesson = opened(progress="mine")
    assert "it can't be read (Is a directory)" in lesson.page.kept["said"]
    lesson.go(1)
    assert "not kept in mine" in lesson.page.kept["said"]
    assert Path("mine").is_dir()


def test_what_another_kernel_wrote_is_not_overwritten(opened: Open):
    first = begun(opened)
    second = opened()
    second.check()
    (file,) = kept()
    theirs = file.read_bytes()
    first.check()
    assert file.read_bytes() == theirs
    assert "another notebook or kernel" in first.page.kept["said"]
    assert opened().progress == second.progress


def test_a_record_is_kept_in_no_file(opened: Open):
    record = begun(opened).progress
    (file,) = kept()
    file.unlink()
    lesson = opened(progress=record)
    lesson.check()
    assert kept() == []
    assert lesson.page.kept["file"] == ""
    lesson.start_over()
    assert lesson.progress["steps"][1]["count"] == 0


def test_starting_over_changes_nothing_where_the_first_step_is_refused(
    opened: Open, monkeypatch: pytest.MonkeyPatch
):
    lesson = begun(opened)
    before, (file,) = lesson.progress, kept()
    contents = file.read_bytes()

    def refuse(*_: object, **__: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr(lesson.view, "act", refuse)
    with pytest.raises(ValueError, match="no"):
        lesson.start_over()
    assert lesson.progress == before
    assert file.read_bytes() == contents
