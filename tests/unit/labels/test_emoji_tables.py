"""The tables that ship, against timm's lists, the font, and a person's own choice."""

from __future__ import annotations

import json
from collections import Counter
from importlib import resources
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont, features
from timm.data import ImageNetInfo

from tests.unit.labels.well_known_classes import EMOJI, SUPERCLASSES
from vitwidgets.labels import (
    every_emoji,
    imagenet_emoji,
    imagenet_superclasses,
    superclass_emoji,
)

FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
WIDEST = 140  # pixels; a glyph of the font is about 136, two of them twice that
SPEC = ImageNetInfo("imagenet-1k")
INDEX = {text.split(",")[0]: i for i, text in enumerate(SPEC.label_descriptions())}


def lines(file):
    path = resources.files("vitwidgets.labels") / "tables" / file
    return [line.split("\t") for line in path.read_text("utf8").splitlines()[1:]]


def test_a_line_for_every_class_in_timms_order():
    rows = lines("imagenet.tsv")
    assert [row[0] for row in rows] == [str(index) for index in range(1000)]
    assert [row[1] for row in rows] == SPEC.label_names()
    first_names = [text.split(",")[0] for text in SPEC.label_descriptions()]
    assert [row[4] for row in rows] == first_names


def test_every_class_has_an_emoji_and_a_superclass():
    assert len(imagenet_emoji()) == len(imagenet_superclasses()) == 1000
    assert all(emoji and not emoji.isascii() for emoji in imagenet_emoji())
    assert set(imagenet_superclasses()) == set(superclass_emoji())


def test_there_are_enough_classes_to_compare():
    assert len(EMOJI) >= 250
    assert len(SUPERCLASSES) >= 70


@pytest.mark.parametrize(("name", "choices"), EMOJI.items())
def test_the_emoji_that_a_person_would_choose(name, choices):
    assert imagenet_emoji()[INDEX[name]] in choices.split()


@pytest.mark.parametrize(("name", "superclass"), SUPERCLASSES.items())
def test_the_superclass_that_a_person_would_choose(name, superclass):
    assert imagenet_superclasses()[INDEX[name]] == superclass


def test_the_bird_and_the_machine_that_are_called_crane():
    assert [imagenet_superclasses()[i] for i in (134, 517)] == [
        "bird",
        "tool or machine",
    ]
    assert imagenet_emoji()[134] != imagenet_emoji()[517] == "🏗️"


def test_most_classes_are_told_apart():
    often = Counter(imagenet_emoji())
    assert len(often) >= 570
    assert max(often.values()) <= 45  # all dogs together are 118


def test_no_emoji_for_something_alive_and_something_made():
    alive = {"bird", "fish", "reptile", "amphibian", "dog, wolf or fox"}
    alive |= {"cat or wild cat", "hoofed animal", "ape, monkey or lemur"}
    kinds = zip(imagenet_emoji(), imagenet_superclasses(), strict=True)
    both: dict[str, set[bool]] = {}
    for emoji, superclass in kinds:
        both.setdefault(emoji, set()).add(superclass in alive)
    assert [emoji for emoji, sides in both.items() if len(sides) > 1] == ["🐺"]
    assert imagenet_emoji()[INDEX["hyena"]] == "🐺"


def test_no_superclass_swallows_the_rest():
    sizes = Counter(imagenet_superclasses())
    assert max(sizes.values()) <= 130
    # Only three classes of ImageNet-1k are people.
    assert {name for name, size in sizes.items() if size < 5} == {"person"}
    assert len(set(superclass_emoji().values())) == len(sizes) == 26


def test_the_bundled_models_classes_are_those_of_its_card():
    card = resources.files("vitwidgets.models") / "bundled" / "emoji-vit.json"
    classes = json.loads(card.read_text("utf8"))["classes"]
    rows = lines("emoji_vit.tsv")
    assert [row[0] for row in rows] == [str(index) for index in range(64)]
    assert [{"name": row[3], "emoji": row[1]} for row in rows] == classes
    assert {row[2] for row in rows} <= set(superclass_emoji())


def test_every_emoji_of_every_table_is_named():
    shown = every_emoji()
    assert len(shown) == len(set(shown))
    files = {"imagenet.tsv": 2, "emoji_vit.tsv": 1, "superclasses.tsv": 1}
    files["marks.tsv"] = 0
    written = {row[column] for file, column in files.items() for row in lines(file)}
    assert set(shown) == written


def test_signs_that_are_text_by_default_ask_for_the_picture():
    regex = pytest.importorskip("regex")
    for emoji in every_emoji():
        base = emoji.removesuffix("\ufe0f")
        if len(base) > 1:
            continue  # a sequence, which the font has as a whole or not at all
        pictured = regex.fullmatch(r"\p{Emoji_Presentation}", base) is not None
        assert pictured == (emoji == base), f"{emoji} {emoji!a}"


@pytest.mark.skipif(not FONT.exists(), reason="Noto Color Emoji is not installed")
@pytest.mark.skipif(not features.check("raqm"), reason="Pillow cannot join sequences")
def test_the_font_draws_each_as_one_picture():
    font = ImageFont.truetype(str(FONT), 109)
    for emoji in (*every_emoji(), "\U000e0041"):
        canvas = Image.new("RGBA", (400, 140))
        ImageDraw.Draw(canvas).text((0, 0), emoji, font=font, embedded_color=True)
        box = canvas.getchannel("A").getbbox()
        if emoji == "\U000e0041":  # nothing to see: what a missing glyph looks like
            assert box is None
        else:
            assert box is not None, f"{emoji!a} is not drawn"
            assert box[2] <= WIDEST, f"{emoji!a} falls apart"
