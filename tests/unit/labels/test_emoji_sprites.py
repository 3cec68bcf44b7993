"""The sheet that ships, what is cut out of it, and stills drawn from it."""

from __future__ import annotations

import io
import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from vitwidgets.labels import imagenet_emoji, superclass_emoji
from vitwidgets.labels.emoji_tables import every_emoji
from vitwidgets.labels.sprites import draw_emoji, emoji_sprites, sprites_answer
from vitwidgets.labels.sprites.__main__ import main
from vitwidgets.labels.sprites.making import (
    DEFAULT_FONT,
    FontError,
    draw_from_font,
    write_sheet,
)
from vitwidgets.labels.sprites.sheet import shipped_sheet

FOLDER = Path(__file__).parents[3] / "vitwidgets" / "labels" / "sprites"
UNKNOWN = "no emoji"
WHITE = (255, 255, 255)
needs_font = pytest.mark.skipif(
    not Path(DEFAULT_FONT).exists(), reason="Noto Color Emoji is not installed"
)


def bundled_emoji() -> list[str]:
    bundled = resources.files("vitwidgets.models") / "bundled" / "emoji-vit.json"
    return [each["emoji"] for each in json.loads(bundled.read_text("utf8"))["classes"]]


def opened(webp: bytes) -> Image.Image:
    return Image.open(io.BytesIO(webp)).convert("RGBA")


def on_white(drawing: Image.Image) -> np.ndarray:
    ground = Image.new("RGBA", drawing.size, (*WHITE, 255))
    ground.alpha_composite(drawing)
    return np.asarray(ground.convert("RGB"), float)


def difference(one: Image.Image, other: Image.Image) -> float:
    return float(np.abs(on_white(one) - on_white(other)).mean())


@pytest.mark.parametrize(
    "emoji",
    [imagenet_emoji(), superclass_emoji().values(), bundled_emoji(), every_emoji()],
    ids=["ImageNet", "superclasses", "bundled model", "every label"],
)
def test_sheet_holds_all_emoji_of_the_tables(emoji: list[str]):
    assert [each for each in emoji if each not in shipped_sheet()] == [], (
        "run `python -m vitwidgets.labels.sprites`"
    )


def test_sheet_holds_nothing_else_and_nothing_twice():
    index = json.loads((FOLDER / "noto-emoji.json").read_text("utf8"))["emoji"]
    assert len(set(index)) == len(index)
    assert set(index) == set(every_emoji()), "run `python -m vitwidgets.labels.sprites`"


def test_sheet_is_small_and_its_licence_lies_beside_it():
    files = [FOLDER / "noto-emoji.webp", FOLDER / "noto-emoji.json"]
    assert sum(file.stat().st_size for file in files) <= 600_000
    licence = (FOLDER / "LICENSE-noto-emoji.txt").read_text("utf8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "Copyright: 2013-2017 Google Inc." in licence


def test_drawings_differ_from_each_other_and_are_not_the_neutral_mark():
    sheet = shipped_sheet()
    drawings = [sheet.drawing(each) for each in every_emoji()]
    assert len({drawing.tobytes() for drawing in drawings}) == len(drawings)
    assert all(drawing.getbbox() for drawing in drawings)
    assert sheet.neutral_mark.tobytes() not in {each.tobytes() for each in drawings}


@needs_font
def test_each_drawing_is_the_font_s():
    face = ImageFont.truetype(DEFAULT_FONT, 109)
    emoji = every_emoji()
    shipped, own = np.empty((2, len(emoji), 14, 14, 3), np.float32)
    for at, each in enumerate(emoji):
        large = Image.new("RGBA", (136, 128))
        ImageDraw.Draw(large).text((0, 0), each, font=face, embedded_color=True)
        shipped[at] = on_white(shipped_sheet().drawing(each).resize((14, 14)))
        own[at] = on_white(large.crop((4, 0, 132, 128)).resize((14, 14)))
    for at, each in enumerate(emoji):
        distances = np.abs(own - shipped[at]).mean(axis=(1, 2, 3))
        assert distances.argmin() == at, each
        assert distances[at] < 10, each


@needs_font
def test_shipped_index_is_what_the_maker_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    few = ("🐱", "🐶", "✈", "✈️", "🐻‍❄️")
    monkeypatch.setattr("vitwidgets.labels.sprites.making.every_emoji", lambda: few)
    assert write_sheet(tmp_path).startswith("4 emoji of 56 x 56 pixels")
    index = json.loads((tmp_path / "noto-emoji.json").read_text("utf8"))
    assert index == {"size": 56, "columns": 2, "emoji": ["🐱", "🐶", "✈️", "🐻‍❄️"]}
    sheet = opened((tmp_path / "noto-emoji.webp").read_bytes())
    bear = sheet.crop((56, 56, 112, 112))
    assert difference(bear, shipped_sheet().drawing("🐻‍❄️")) < 4


@needs_font
def test_an_emoji_that_the_font_draws_in_pieces_is_named():
    with pytest.raises(FontError, match="no drawing for 🧑‍🐱 A"):
        draw_from_font(["🐱", "🧑‍🐱", "A"], DEFAULT_FONT)


def test_a_missing_font_is_named(tmp_path: Path):
    with pytest.raises(FontError, match=r"cannot open the emoji font '.*none\.ttf'"):
        draw_from_font(["🐱"], tmp_path / "none.ttf")


def test_the_command_says_what_was_wrong_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    font = str(tmp_path / "none.ttf")
    assert main(["--font", font, "--folder", str(tmp_path)]) == 2
    assert f"cannot open the emoji font {font!r}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_cut_sheet_holds_each_emoji_once_in_the_order_asked_for():
    sprites = emoji_sprites(["🐶", "🐱", "🐶", UNKNOWN, "🍕", "🐘"])
    assert sprites.emoji == ("🐶", "🐱", UNKNOWN, "🍕", "🐘")
    picture, size = opened(sprites.webp), sprites.size
    assert picture.size == (3 * size, 2 * size)
    for place, emoji in enumerate(sprites.emoji):
        left, top = place % sprites.columns * size, place // sprites.columns * size
        drawing = picture.crop((left, top, left + size, top + size))
        assert difference(drawing, shipped_sheet().drawing(emoji)) < 4, emoji


def test_the_bundled_model_s_emoji_take_under_100_kb():
    assert len(emoji_sprites(bundled_emoji()).webp) < 100_000


def test_an_emoji_is_found_with_and_without_the_mark_for_colour():
    assert "✈" in shipped_sheet()
    assert "✈️" in shipped_sheet()
    assert emoji_sprites(["✈️"]).webp == emoji_sprites(["✈"]).webp


@pytest.mark.parametrize(
    ("emoji", "message"),
    [
        ([], "0 emoji were asked for"),
        ([str(number) for number in range(2001)], "2001 emoji were asked for"),
        ("🐱", "must be a list of strings, not '🐱'"),
        (["🐱", 3], "must be a list of strings"),
        (None, "must be a list of strings"),
    ],
)
def test_a_page_s_wrong_request_is_refused(emoji: object, message: str):
    with pytest.raises(ValueError, match=message):
        sprites_answer(emoji)


def test_an_answer_is_what_the_page_reads():
    result, arrays = sprites_answer(["🐱", "🐶"])
    assert result == {"emoji": ["🐱", "🐶"], "columns": 2, "size": 56}
    assert list(arrays) == ["sheet"]
    assert arrays["sheet"].dtype == np.uint8
    assert arrays["sheet"].ndim == 1
    assert opened(arrays["sheet"].tobytes()).size == (112, 56)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_still_shows_the_drawing_in_the_middle_of_its_box(mode: str):
    image = Image.new(mode, (100, 80), "white")
    draw_emoji(image, "🐱", (10, 5, 90, 61))
    drawn = Image.new("RGBA", (56, 56), "white")
    drawn.alpha_composite(shipped_sheet().drawing("🐱"))
    cut = image.convert("RGBA").crop((22, 5, 78, 61))
    assert difference(cut, drawn) < 0.01
    outside = np.asarray(image.convert("RGB")).copy()
    outside[5:61, 22:78] = 255
    assert (outside == 255).all()


@pytest.mark.parametrize("opacity", [0, 0.25, 1])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_opacity_mixes_with_the_ground(mode: str, opacity: float):
    image = Image.new(mode, (56, 56), "white")
    draw_emoji(image, "🐱", (0, 0, 56, 56), opacity)
    drawn = on_white(shipped_sheet().drawing("🐱"))
    mixed = opacity * drawn + (1 - opacity) * 255
    assert np.abs(np.asarray(image.convert("RGB")) - mixed).max() <= 3


def test_nothing_dark_shows_round_an_emoji_on_a_transparent_ground():
    clear = Image.new("RGBA", (30, 30))
    draw_emoji(clear, "🐱", (0, 0, 30, 30))
    white = Image.new("RGBA", (30, 30), "white")
    draw_emoji(white, "🐱", (0, 0, 30, 30))
    assert np.abs(on_white(clear) - on_white(white)).max() <= 3


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("corner", [(-20, -20), (25, -20), (-20, 25), (25, 25)])
def test_what_lies_outside_is_cut_off(mode: str, corner: tuple[int, int]):
    x, y = corner
    whole = Image.new(mode, (120, 120), "white")
    draw_emoji(whole, "🐱", (40 + x, 40 + y, 80 + x, 80 + y))
    image = Image.new(mode, (40, 40), "white")
    draw_emoji(image, "🐱", (x, y, 40 + x, 40 + y))
    assert image.tobytes() == whole.crop((40, 40, 80, 80)).tobytes()


@pytest.mark.parametrize(
    "box", [(50, 50, 90, 90), (-90, 0, -50, 40), (5, 5, 5, 5), (9, 9, 3, 3)]
)
def test_a_box_elsewhere_or_without_room_draws_nothing(box: tuple[int, int, int, int]):
    image = Image.new("RGBA", (40, 40), "white")
    draw_emoji(image, "🐱", box)
    assert image.getcolors() == [(1600, (*WHITE, 255))]


@pytest.mark.parametrize("ground", ["white", "black"])
@pytest.mark.parametrize("emoji", [UNKNOWN, "", "\U0010ffff", "A" * 1000])
def test_an_unknown_emoji_shows_as_a_grey_mark(emoji: str, ground: str):
    image = Image.new("RGB", (20, 20), ground)
    draw_emoji(image, emoji, (0, 0, 20, 20))
    pixels = np.asarray(image, int)
    assert np.ptp(pixels, axis=-1).max() == 0
    contrast = np.abs(pixels - pixels[0, 0]).max(axis=-1)
    assert (contrast > 100).sum() >= 16


def test_wrong_pictures_and_opacities_are_refused_and_nothing_is_drawn():
    palette, image = Image.new("P", (40, 40)), Image.new("RGB", (40, 40))
    with pytest.raises(ValueError, match="not P; convert it first"):
        draw_emoji(palette, "🐱", (0, 0, 40, 40))
    with pytest.raises(ValueError, match=r"between 0 and 1, not 1\.5"):
        draw_emoji(image, "🐱", (0, 0, 40, 40), opacity=1.5)
    assert image.getbbox() is None
    assert palette.getbbox() is None
