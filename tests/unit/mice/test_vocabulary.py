from __future__ import annotations

import unicodedata

from vitwidgets.mice.vocabulary import VOCABULARY


def test_names_and_emoji_are_distinct_and_many_enough() -> None:
    assert len(VOCABULARY) >= 64
    assert len({thing.name for thing in VOCABULARY}) == len(VOCABULARY)
    assert len({thing.emoji for thing in VOCABULARY}) == len(VOCABULARY)
    assert {"cat", "dog"} <= {thing.name for thing in VOCABULARY}


def test_every_emoji_is_one_character_that_unicode_names_alike() -> None:
    # Unicode's own names, where they say it in other words.
    elsewhere = {
        "ladybug": "LADY BEETLE",
        "fish": "TROPICAL FISH",
        "whale": "SPOUTING WHALE",
        "bee": "HONEYBEE",
        "apple": "RED APPLE",
        "carrot": "CARROT",
        "pizza": "SLICE OF PIZZA",
        "cake": "BIRTHDAY CAKE",
        "egg": "COOKING",
        "car": "AUTOMOBILE",
        "train": "STEAM LOCOMOTIVE",
        "tree": "DECIDUOUS TREE",
        "moon": "CRESCENT MOON",
        "star": "WHITE MEDIUM STAR",
        "gift": "WRAPPED PRESENT",
        "light bulb": "ELECTRIC LIGHT BULB",
    }
    for thing in VOCABULARY:
        name = unicodedata.name(thing.emoji)
        assert elsewhere.get(thing.name, thing.name.upper()) in name
