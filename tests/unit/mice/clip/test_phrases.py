from __future__ import annotations

import pytest

from vitwidgets.mice.clip.phrases import joined, label, noun_phrase


@pytest.mark.parametrize(
    ("name", "count", "colour", "says"),
    [
        ("cat", 1, None, "a cat"),
        ("owl", 1, None, "an owl"),
        ("owl", 1, "red", "a red owl"),
        ("cat", 1, "orange", "an orange cat"),
        ("cat", 2, "red", "two red cats"),
        ("fox", 3, None, "three foxes"),
        ("butterfly", 2, None, "two butterflies"),
        ("monkey", 2, None, "two monkeys"),
        ("fish", 2, "blue", "two blue fish"),
        ("snowman", 3, None, "three snowmen"),
        ("light bulb", 2, None, "two light bulbs"),
        ("grapes", 1, "purple", "a bunch of purple grapes"),
        ("grapes", 2, None, "two bunches of grapes"),
        ("broccoli", 1, None, "a piece of broccoli"),
        ("broccoli", 3, None, "three pieces of broccoli"),
    ],
)
def test_english(name: str, count: int, colour: str | None, says: str) -> None:
    assert noun_phrase(name, count, colour) == says


def test_lists_and_labels() -> None:
    assert joined(["a cat"]) == "a cat"
    assert joined(["a cat", "a dog"]) == "a cat and a dog"
    assert joined(["a cat", "a dog", "a key"]) == "a cat, a dog and a key"
    assert label("cat", "red") == "red cat"
