"""The page's buttons, as requests to the kernel."""

from __future__ import annotations

from typing import Any

import pytest

from vitwidgets.widgets.workshop_lesson import WorkshopLesson


class Player:
    def __init__(self) -> None:
        self.done: list[Any] = []

    def go(self, step: int) -> None:
        self.done.append(("go", step))

    def check(self, choice: str = "") -> None:
        if choice == "never":
            raise ValueError("'never' is none of yes, no")
        self.done.append(("check", choice))

    def hint(self) -> None:
        self.done.append("hint")

    def summary(self) -> str:
        return "All of it."


@pytest.fixture
def player() -> Player:
    return Player()


@pytest.fixture
def lesson(player: Player) -> WorkshopLesson:
    return WorkshopLesson(player, "Heads", ["One", "Two"], "code\n")


def test_buttons_reach_the_player(page: Any, lesson: WorkshopLesson, player: Player):
    page.ask(lesson, "go", step=1)
    page.ask(lesson, "check")
    page.ask(lesson, "check", choice="yes")
    page.ask(lesson, "hint")
    assert player.done == [("go", 1), ("check", ""), ("check", "yes"), "hint"]
    assert page.ask(lesson, "summary") == {"text": "All of it."}


@pytest.mark.parametrize("step", [-1, 2, True, "1", None, 0.0])
def test_a_step_that_is_none(page: Any, lesson: WorkshopLesson, step: Any):
    answer = page.ask(lesson, "go", step=step)
    assert "the lesson has 2 steps" in answer["error"]


def test_what_the_player_refuses_is_said(
    page: Any, lesson: WorkshopLesson, player: Player
):
    assert "none of yes, no" in page.ask(lesson, "check", choice="never")["error"]
    assert "a text is needed" in page.ask(lesson, "check", choice=3)["error"]
    assert player.done == []


def test_the_page_sets_nothing(page: Any, lesson: WorkshopLesson):
    page.set(lesson, step=1)
    assert lesson.step == 0
    assert page.messages("refused")


def test_a_still_says_how_far_one_is(lesson: WorkshopLesson):
    done = {"seen": True, "solved": True, "hints": 0, "count": 1, "tries": []}
    lesson.show(step=1, progress=[done, {**done, "solved": False}])
    assert lesson.caption() == "Lesson “Heads”: step 2 of 2, 1 question answered"
    assert "1. One  done" in lesson.svg()
    assert "2. Two  seen" in lesson.svg()
    assert lesson.still().size[1] > 3 * 20
    assert lesson.code() == "code\n"
