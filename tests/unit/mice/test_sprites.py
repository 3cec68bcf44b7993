from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vitwidgets.mice.sprites import DEFAULT_FONT, FontError, Sprite, load_sprites
from vitwidgets.mice.vocabulary import VOCABULARY, Thing

RED, GREEN, BLUE, WHITE = (
    (255, 0, 0, 255),
    (0, 255, 0, 255),
    (0, 0, 255, 255),
    (255, 255, 255, 255),
)


def quarters() -> Sprite:
    """Red and green above blue and white, twice as wide as high."""
    image = Image.new("RGBa", (48, 24))
    image.paste(RED, (0, 0, 24, 12))
    image.paste(GREEN, (24, 0, 48, 12))
    image.paste(BLUE, (0, 12, 24, 24))
    image.paste(WHITE, (24, 12, 48, 24))
    return Sprite(levels=(image,), fill=math.sqrt(48 * 24) / 48)


def corners(drawn: np.ndarray) -> list[tuple[int, ...]]:
    height, width = drawn.shape[:2]
    at = [(height // 4, width // 4), (height // 4, 3 * width // 4)]
    at += [(3 * height // 4, width // 4), (3 * height // 4, 3 * width // 4)]
    return [tuple(drawn[y, x].tolist()) for y, x in at]


def test_upright_at_its_own_size_is_the_drawing_itself() -> None:
    sprite = quarters()
    drawn = sprite.place(48, 0.0, flip=False)
    assert np.array_equal(drawn, np.asarray(sprite.levels[0]))


@pytest.mark.parametrize(
    ("angle", "flip", "expected"),
    [
        (0.0, False, [RED, GREEN, BLUE, WHITE]),
        (0.0, True, [GREEN, RED, WHITE, BLUE]),
        (math.pi / 2, False, [BLUE, RED, WHITE, GREEN]),
        (math.pi / 2, True, [WHITE, GREEN, BLUE, RED]),
        (math.pi, False, [WHITE, BLUE, GREEN, RED]),
    ],
)
@pytest.mark.parametrize("side", [48, 30])
def test_mirrors_first_then_turns_clockwise(
    angle: float, flip: bool, expected: list[tuple[int, ...]], side: int
) -> None:
    drawn = quarters().place(side, angle, flip=flip)
    assert corners(drawn) == expected


def test_a_turned_drawing_keeps_its_area_and_fits(sprites: tuple[Sprite, ...]) -> None:
    for sprite in sprites[::7]:
        for side, angle in ((45.0, 0.4), (30.0, -0.3), (80.0, 0.2)):
            drawn = sprite.place(side, angle, flip=True)
            area = np.count_nonzero(drawn[..., 3] >= 128)
            assert area == pytest.approx((side * sprite.fill) ** 2, rel=0.06)
            assert (drawn[..., :3] <= drawn[..., 3:]).all()


def test_every_class_is_drawn_and_no_two_are_alike(
    sprites: tuple[Sprite, ...],
) -> None:
    assert len(sprites) == len(VOCABULARY)
    tiny = [
        np.asarray(sprite.levels[-1].resize((12, 12)), np.float32).ravel()
        for sprite in sprites
    ]
    for i, one in enumerate(tiny):
        for other in tiny[:i]:
            assert np.abs(one - other).mean() > 10


def test_a_missing_font_names_the_package_and_the_option() -> None:
    with pytest.raises(FontError, match=r"fonts-noto-color-emoji.*--font"):
        load_sprites("/nowhere/font.ttf")


def test_a_file_that_is_no_font_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "font.ttf"
    path.write_text("no font")
    with pytest.raises(FontError, match=r"font\.ttf"):
        load_sprites(path)


@pytest.mark.usefixtures("sprites")
def test_an_emoji_that_the_font_lacks_is_named(tmp_path: Path) -> None:
    path = Path(shutil.copy(DEFAULT_FONT, tmp_path / "copy.ttf"))
    with pytest.raises(FontError, match="nothing for 'blank'"):
        load_sprites(path, [Thing("blank", "\N{SPACE}")])
