from __future__ import annotations

import colorsys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vitwidgets.mice.clip.colours import COLOURS, colour_of, natural_colour
from vitwidgets.mice.vocabulary import VOCABULARY

if TYPE_CHECKING:
    from vitwidgets.mice.clip.drawings import Drawings


def test_numbers_lead_to_what_is_shown(drawings: Drawings) -> None:
    assert len(drawings.sprites) == len(drawings.shown) == 64 * (1 + 6 + 6)
    for thing in (0, 5, 63):
        plain = drawings.shown[drawings.plain(thing)]
        assert (plain.thing, plain.painted, plain.written) == (thing, False, False)
        for number, colour in enumerate(COLOURS):
            shown = drawings.shown[drawings.in_colour(thing, number)]
            assert (shown.thing, shown.colour) == (thing, colour.name)
            assert shown.painted
        for style in range(6):
            word = drawings.shown[drawings.written(thing, style)]
            assert (word.thing, word.written, word.colour) == (thing, True, None)


def test_what_is_painted_has_the_colour(drawings: Drawings) -> None:
    painted = [
        (sprite, shown)
        for sprite, shown in zip(drawings.sprites, drawings.shown, strict=True)
        if shown.painted
    ]
    assert len(painted) == 64 * 6
    for sprite, shown in painted:
        assert natural_colour(sprite) == shown.colour


def test_things_that_everybody_knows_have_their_colour(drawings: Drawings) -> None:
    known = {
        thing.name: shown.colour
        for thing, shown in zip(VOCABULARY, drawings.shown, strict=False)
    }
    assert (known["apple"], known["rose"], known["car"]) == ("red", "red", "red")
    assert (known["tree"], known["moon"]) == ("green", "yellow")
    assert known["umbrella"] == "blue"
    assert known["panda"] is known["zebra"] is known["rainbow"] is None


@pytest.mark.parametrize("hue", range(2, 360, 7))
def test_a_colour_is_that_of_its_hue(hue: int) -> None:
    pixel = [round(255 * part) for part in colorsys.hsv_to_rgb(hue / 360, 0.9, 0.9)]
    inside = [
        colour.name
        for colour in COLOURS
        if colour.hues[0] <= hue <= colour.hues[1]
        or (colour.hues[0] > colour.hues[1] and not 17 < hue < 343)
    ]
    named = colour_of(np.array([pixel] * 3, np.uint8))
    assert [named] == (inside or [None])


def test_grey_half_and_nothing_have_no_colour() -> None:
    red, grey = [230, 20, 20], [128, 128, 128]
    assert colour_of(np.array([grey], np.uint8)) is None
    assert colour_of(np.array([red, red, grey], np.uint8)) == "red"
    assert colour_of(np.array([red, grey, grey], np.uint8)) is None
    assert colour_of(np.zeros((0, 3), np.uint8)) is None


def test_words_are_written_in_letters_or_capitals(drawings: Drawings) -> None:
    shapes = {
        drawings.sprites[drawings.written(0, style)].levels[-1].size
        for style in range(6)
    }
    assert len(shapes) == 2  # "cat" and "CAT"
