"""An emoji for each of the words that a person typed."""

from __future__ import annotations

import numpy as np
import pytest

from vitwidgets.labels.sprites.sheet import plain, shipped_sheet
from vitwidgets.labels.word_emoji import word_emoji


@pytest.mark.parametrize(
    ("word", "emoji"),
    [
        ("cat", "🐱"),
        ("a photo of two cats.", "🐱"),
        ("A Red CAR", "🚗"),
        ("three light bulbs", "💡"),
        ("soccer ball", "⚽"),
        ("snowmen", "⛄"),
        ("strawberries", "🍓"),
        ("tench", "🐟"),
        ("blue", "🔵"),
    ],
)
def test_a_word_for_one_thing_has_its_emoji(word, emoji):
    assert word_emoji([word]) == (emoji,)


@pytest.mark.parametrize(
    "word",
    ["justice", "a cat left of a dog", "the word cat", "crane", "blue sky", "!?"],
)
def test_what_names_no_single_thing_has_the_first_mark(word):
    assert word_emoji([word]) == ("🔗",)


def test_marks_have_no_colour():
    words = [f"nothing {letter}" for letter in "abcdefghijklmnop"]
    for emoji in word_emoji(words):
        drawing = np.asarray(shipped_sheet().drawing(emoji).convert("RGBA"), float)
        colours, shown = drawing[..., :3], drawing[..., 3] > 128
        chroma = (colours.max(-1) - colours.min(-1))[shown]
        assert chroma.mean() < 80, emoji


def test_a_mark_is_not_the_emoji_of_another_word():
    found = word_emoji(["chain", "justice", "hook", "peace"])
    assert found[0] == "🔗"
    assert len(set(found)) == 4


def test_different_things_look_different():
    words = ["beagle", "dog", "justice", "peace", "red", "two", "cars", "a car", "sky"]
    found = dict(zip(words, word_emoji(words), strict=True))
    assert found["cars"] == found["a car"] == "🚗"
    others = [emoji for word, emoji in found.items() if word != "cars"]
    assert len(set(others)) == len(others)


def test_all_of_them_can_be_drawn():
    words = ["cat", "tench", "blue", *(f"nothing {index}" for index in range(20))]
    drawn = shipped_sheet().places
    assert all(plain(emoji) in drawn for emoji in word_emoji(words))


def test_more_words_than_there_are_marks_share_them():
    found = word_emoji([f"nothing {letter}" for letter in "abcdefghijklmnopqrst"])
    assert len(set(found)) == 16
