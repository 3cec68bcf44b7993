"""Playing a lesson: steps, tries, hints, progress, and what is handed in."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import product
from typing import TYPE_CHECKING, Any

import ipywidgets
import pytest
from traitlets import TraitError

import vitwidgets as vw
from tests.unit.widgets.small_classifier import MODEL, PICTURE, make
from tests.unit.widgets.small_clip import TOWER
from tests.unit.widgets.small_patcher import DONOR
from tests.unit.workshop.small_lessons import answerable, attention, text_of
from vitwidgets.workshop.reading import LESSONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vitwidgets.workshop.played import PlayedLesson


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(text_of()), "utf8")
    return path


@pytest.fixture
def lesson(path: Path) -> Iterator[PlayedLesson]:
    lesson = vw.workshop(path, MODEL, PICTURE)
    yield lesson
    lesson.close()


def best_head() -> tuple[int, int]:
    mass = attention()[:, :, 1:, 0].mean(-1)
    return divmod(int(mass.argmax()), mass.shape[1])


def test_a_step_sets_the_view_as_one_act(lesson: PlayedLesson):
    assert lesson.step == 0
    assert [act["verb"] for act in lesson.view.history] == ["lesson step"]
    lesson.view.act("look", layer=1, head=3)
    lesson.go(1)
    assert (lesson.view.layer, lesson.view.head) == (0, 0)
    lesson.view.undo()
    assert (lesson.view.layer, lesson.view.head) == (1, 3)


def test_what_is_shown_is_of_the_model(lesson: PlayedLesson):
    assert lesson.page.shown["paragraphs"] == [f"Of **{MODEL.name}**."]
    assert lesson.page.shown["ask"] == ""
    lesson.go(1)
    assert lesson.page.shown["ask"] == "Which looks at the class token most?"
    assert lesson.page.shown["more_hints"] == 2


def test_an_answer_is_what_the_view_shows(lesson: PlayedLesson):
    lesson.go(1)
    right = best_head()
    wrong = (right[0], (right[1] + 1) % 4)
    for place in (wrong, right, wrong):
        lesson.view.act("look", layer=place[0], head=place[1])
        lesson.check()
    done = lesson.progress["steps"][1]
    assert [each["right"] for each in done["tries"]] == [False, True, False]
    assert done["solved"]
    assert done["count"] == 3
    assert done["tries"][1]["what"] == f"L{right[0]}.H{right[1]}"
    for shown, kept in zip(lesson.page.progress, lesson.progress["steps"], strict=True):
        assert {name: kept[name] for name in shown} == shown


def test_hints_come_one_after_the_other(lesson: PlayedLesson):
    lesson.go(1)
    shown = []
    for _ in range(2):
        lesson.hint()
        shown.append(lesson.page.shown["hints"])
    assert shown == [["One."], ["One.", "Two."]]
    with pytest.raises(ValueError, match="no other hint"):
        lesson.hint()
    lesson.go(0)
    assert lesson.page.shown["hints"] == []
    lesson.go(1)
    assert lesson.page.shown["hints"] == ["One.", "Two."]


def test_progress_goes_through_json_and_is_taken_back(lesson: PlayedLesson, path: Path):
    lesson.go(1)
    lesson.hint()
    lesson.check()
    kept = json.loads(json.dumps(lesson.progress))
    again = vw.workshop(path, MODEL, PICTURE, progress=kept)
    assert again.progress == lesson.progress
    assert again.step == 1
    assert again.page.shown["hints"] == ["One."]
    again.close()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lesson": "other"}, "lesson is 'other'"),
        ({"model": "b16"}, "model is 'b16'"),
        ({"version": 2}, "version is 2"),
        ({"images": ["dog-alone"]}, "images is"),
        ({"steps": []}, "its 0 steps are not the 2"),
        ({"steps": [{}, {}]}, "step 1: asked, count, hints, seen, solved, title"),
        ({"more": 1}, "more is missing or not known"),
    ],
)
def test_progress_of_something_else_is_refused(
    lesson: PlayedLesson, path: Path, change: dict[str, Any], said: str
):
    with pytest.raises(ValueError, match=said):
        vw.workshop(path, MODEL, PICTURE, progress={**lesson.progress, **change})


def test_what_cannot_be_is_refused_and_changes_nothing(lesson: PlayedLesson):
    before = lesson.progress
    for act, said in (
        (lambda: lesson.go(2), "step 2 doesn't exist"),
        (lesson.check, "nothing is asked"),
        (lesson.hint, "nothing is asked"),
    ):
        with pytest.raises((ValueError, IndexError), match=said):
            act()
    lesson.go(1)
    with pytest.raises(ValueError, match="in the view, not by a choice"):
        lesson.check("more")
    assert lesson.progress["steps"][0] == before["steps"][0]
    assert lesson.progress["steps"][1]["count"] == 0


def test_a_state_that_the_view_refuses_leaves_all_as_it_was(tmp_path: Path):
    text = text_of()
    text["steps"][1]["state"] = {"head": 3, "layer": 9}
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(text), "utf8")
    lesson = vw.workshop(path, MODEL, PICTURE)
    before = (lesson.view.head, lesson.view.layer, lesson.progress)
    with pytest.raises(TraitError, match="layer=9"):
        lesson.go(1)
    assert (lesson.view.head, lesson.view.layer, lesson.progress) == before
    assert lesson.step == 0
    lesson.close()


def test_a_guess_is_judged_and_its_truth_told_when_found(tmp_path: Path):
    text = text_of()
    text["steps"][1]["question"] = {
        "ask": "More?",
        "check": "last_layer_has",
        "with": {"statistic": "cls_mass"},
        "choices": {"more": "Yes", "less": "No"},
    }
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(text), "utf8")
    lesson = vw.workshop(path, MODEL, PICTURE)
    lesson.go(1)
    with pytest.raises(ValueError, match="choose an answer first"):
        lesson.check()
    mass = attention()[:, :, 1:, 0].mean((1, 2))
    right, wrong = ("more", "less") if mass[1] > mass[0] else ("less", "more")
    for choice in (wrong, right):
        lesson.check(choice)
    tries = lesson.progress["steps"][1]["tries"]
    assert [each["right"] for each in tries] == [False, True]
    assert "On average" not in tries[0]["said"]
    assert f"{100 * float(mass[1]):.0f} %" in tries[1]["said"]
    with pytest.raises(ValueError, match="none of more, less"):
        lesson.check("most")
    lesson.close()


def test_the_summary_says_what_was_tried(lesson: PlayedLesson):
    lesson.go(1)
    lesson.view.act("look", layer=best_head()[0], head=best_head()[1])
    lesson.hint()
    lesson.check()
    summary = lesson.summary()
    assert "Questions answered: 1 of 1, in 1 try" in summary
    assert "2. Second: answered (1 try, 1 hint)" in summary
    attempt = lesson.progress["steps"][1]["tries"][0]
    here = datetime.fromisoformat(attempt["time"]).astimezone().isoformat(" ")
    to_the_minute = here[: len("2026-01-01 00:00")]
    assert f"{to_the_minute}  {attempt['what']}: right." in summary


@pytest.mark.parametrize(
    ("name", "model"),
    [
        *product(
            ("attention-heads", "logit-lens", "patching"),
            (MODEL, make(class_token=False, global_pool="avg")),
        ),
        ("clip", TOWER),
    ],
)
def test_lessons_play_on_other_models(name: str, model: Any):
    donor = DONOR if name == "patching" else None
    lesson = vw.workshop(name, model, PICTURE, donor=donor)
    for at, step in enumerate(lesson.lesson.steps):
        lesson.go(at)
        shown = lesson.page.shown
        if step.question:
            assert bool(shown["ask"]) != bool(shown["left_out"])
        assert not any("{" in text for text in shown["paragraphs"])
    seen = [done["seen"] for done in lesson.progress["steps"]]
    assert all(seen)
    lesson.close()


def test_closing_leaves_no_widget_behind(path: Path):
    before = set(ipywidgets.widgets.widget._instances)
    lesson = vw.workshop(path, MODEL, PICTURE)
    lesson.close()
    lesson.close()
    assert set(ipywidgets.widgets.widget._instances) == before


def test_a_donor_for_a_lesson_without_one(path: Path):
    with pytest.raises(ValueError, match="needs no donor"):
        vw.workshop(path, MODEL, PICTURE, donor=DONOR)


def test_the_module_is_called_whoever_imported_it_first():
    import vitwidgets.workshop.reading  # noqa: PLC0415

    assert callable(vw.workshop)
    assert vitwidgets.workshop.reading.LESSONS == LESSONS


@pytest.mark.parametrize("name", ["logit-lens", "clip"])
def test_every_question_of_ours_has_an_answer_on_the_bundled_model(name: str):
    lesson = vw.workshop(name)
    for at in answerable(lesson.lesson):
        lesson.go(at)
        assert lesson.page.shown["left_out"] == ""
    lesson.close()
