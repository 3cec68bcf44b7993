"""Emoji on a canvas, in a Chromium with an emoji font and in one without."""

from __future__ import annotations

import base64
import io
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.chromium import ARGUMENTS, executable
from vitwidgets.labels.emoji_tables import bundled_classes, every_emoji
from vitwidgets.labels.sprites import draw_emoji, sprites_answer
from vitwidgets.labels.sprites.making import DEFAULT_FONT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "js" / "src" / "core" / "emoji"
MODULES = ("emoji_font", "emoji_painter", "sprites")
SIZE = 32
EMOJI = [known.emoji for known in bundled_classes()]
UNKNOWN = "\U0010fffd"  # of private use: no font draws it in colour

FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir></fontconfig>
"""

# Pictures don't come from anywhere, and nothing is evaluated.
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><title>emoji</title>
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; script-src 'unsafe-inline'">
<canvas width="512" height="256"></canvas>
<script>{script}</script>
<script>
const canvas = document.querySelector("canvas");
const painter = new vwEmoji.EmojiPainter();
window.paint = (emoji, size, opacity) => {{
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  const columns = Math.floor(canvas.width / size);
  const cells = emoji.map((emoji, at) => ({{
    emoji, opacity, x: (at % columns) * size, y: Math.floor(at / columns) * size,
  }}));
  painter.draw(context, size, cells);
  return canvas.toDataURL();
}};
window.addSheet = async ([result, sheet]) => {{
  const bytes = Uint8Array.from(atob(sheet), (byte) => byte.charCodeAt(0));
  const arrays = [{{name: "sheet", values: bytes}}];
  const came = vwEmoji.sheetOf({{result, arrays}});
  await painter.addSheet(came.bytes, came.index);
}};
</script>
"""


@pytest.fixture(scope="module")
def script() -> str:
    """Return the emoji part of the views, as one script."""
    command = ["node_modules/.bin/esbuild", "--bundle", "--format=iife"]
    return subprocess.run(
        [*command, "--global-name=vwEmoji", "--loader=ts", "--charset=utf8"],
        input="".join(f'export * from "{SOURCE}/{name}";' for name in MODULES),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def text_font() -> Path:
    """Return the font of this machine for plain text."""
    found = subprocess.run(
        ["fc-match", "--format=%{file}", "sans-serif:lang=en"],
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(found.stdout)


@pytest.fixture(scope="module", params=["emoji font", "no emoji font"])
def fonts(request: pytest.FixtureRequest) -> str:
    """Say which fonts the browser knows."""
    if request.param == "emoji font" and not Path(DEFAULT_FONT).exists():
        pytest.skip("needs Debian's package fonts-noto-color-emoji")
    return request.param


@pytest.fixture(scope="module")
def chromium(
    chromium: Browser, fonts: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """Start another Chromium, that knows a text font and maybe an emoji font."""
    folder = tmp_path_factory.mktemp("fonts")
    known = [text_font(), *([Path(DEFAULT_FONT)] if fonts == "emoji font" else [])]
    for font in known:
        (folder / font.name).symlink_to(font)
    configuration = folder / "fonts.conf"
    configuration.write_text(FONTS.format(folder=folder), "utf8")
    browser = chromium.browser_type.launch(
        executable_path=executable(),
        args=ARGUMENTS,
        env={**os.environ, "FONTCONFIG_FILE": str(configuration)},
    )
    yield browser
    browser.close()


@pytest.fixture
def emoji_page(page: Page, script: str, tmp_path: Path) -> Page:
    path = tmp_path / "emoji.html"
    path.write_text(PAGE.format(script=script), "utf8")
    page.goto(path.as_uri())
    return page


def add_sheet(page: Page, emoji: list[str]) -> None:
    """Bring a sheet as the kernel would."""
    result, arrays = sprites_answer(emoji)
    sheet = base64.b64encode(arrays["sheet"].tobytes()).decode()
    page.evaluate("(answer) => addSheet(answer)", [result, sheet])


def painted(
    page: Page, emoji: list[str], size: int = SIZE, opacity: float = 1
) -> np.ndarray:
    """Return what the painter draws for each emoji, ``(emoji, size, size, 4)``."""
    arguments = [emoji, size, opacity]
    url = page.evaluate("(all) => paint(...all)", arguments)
    png = io.BytesIO(base64.b64decode(url.partition(",")[2]))
    pixels = np.asarray(Image.open(png).convert("RGBA"))
    columns = pixels.shape[1] // size
    corners = [(at // columns * size, at % columns * size) for at in range(len(emoji))]
    return np.stack([pixels[y : y + size, x : x + size] for y, x in corners])


def on_white(pixels: np.ndarray) -> np.ndarray:
    opacity = pixels[..., 3:] / 255
    return pixels[..., :3] * opacity + 255 * (1 - opacity)


def drawn(emoji: list[str], size: int = SIZE) -> np.ndarray:
    """Return what stills show for each emoji, ``(emoji, size, size, 3)``."""
    stills = [Image.new("RGB", (size, size), "white") for _ in emoji]
    for still, each in zip(stills, emoji, strict=True):
        draw_emoji(still, each, (0, 0, size, size))
    return np.stack([np.asarray(still, float) for still in stills])


def test_it_is_found_out_what_the_font_draws(emoji_page: Page, fonts: str):
    asked = ["🐱", "🐻‍❄️", "🕷️", "🧑‍🐱", "A", UNKNOWN, ""]
    found = emoji_page.evaluate("(all) => all.map(vwEmoji.emojiFontDraws)", asked)
    has_font = fonts == "emoji font"
    # A bear that is two characters is one drawing; a person and a cat are two.
    assert found == [has_font] * 3 + [False] * 4


def test_only_without_a_font_drawings_are_needed(emoji_page: Page, fonts: str):
    every = list(every_emoji())
    needed = emoji_page.evaluate("(emoji) => painter.needs(emoji)", [*every, *every])
    assert needed == ([] if fonts == "emoji font" else every)
    add_sheet(emoji_page, [*EMOJI, UNKNOWN])
    left = [] if fonts == "emoji font" else [e for e in every if e not in EMOJI]
    needed = emoji_page.evaluate("(emoji) => painter.needs(emoji)", [*every, UNKNOWN])
    assert needed == left


@pytest.mark.parametrize("size", [14, 32, 64])
def test_each_emoji_looks_like_its_drawing(emoji_page: Page, fonts: str, size: int):
    if fonts == "no emoji font":
        add_sheet(emoji_page, list(every_emoji()))
    several = list(every_emoji()[: min(100, 512 * 256 // size**2)])
    found = on_white(painted(emoji_page, several, size))
    wanted = drawn(several, size)
    distances = np.abs(found[:, None] - wanted[None]).mean(axis=(2, 3, 4))
    assert distances.argmin(axis=1).tolist() == list(range(len(several)))
    # They are in colour, each as much as its drawing is.
    found_colour, colour = (np.ptp(each, axis=-1).mean() for each in (found, wanted))
    assert found_colour == pytest.approx(colour, rel=0.1)


def test_a_disc_stands_for_a_drawing_that_has_not_come(emoji_page: Page, fonts: str):
    missing = [UNKNOWN] if fonts == "emoji font" else ["🐱", UNKNOWN]
    before = painted(emoji_page, missing)
    assert np.ptp(before[..., :3].astype(int), axis=-1).max() == 0
    assert (before[:, SIZE // 2, SIZE // 2, 3] > 100).all()
    assert (before[:, [0, 0, -1, -1], [0, -1, 0, -1], 3] == 0).all()
    add_sheet(emoji_page, missing)
    after = on_white(painted(emoji_page, missing))
    assert np.abs(after - drawn(missing)).mean() < 4


def test_an_emoji_with_no_drawing_anywhere_is_a_grey_mark(emoji_page: Page):
    add_sheet(emoji_page, [UNKNOWN])
    mark = painted(emoji_page, [UNKNOWN])
    shown = mark[0, ..., 3] > 100
    assert 50 < shown.sum() < 400
    assert np.ptp(mark[0, shown, :3].astype(int), axis=-1).max() <= 6


def test_opacity_is_that_of_the_whole_emoji(emoji_page: Page):
    add_sheet(emoji_page, EMOJI)
    whole = painted(emoji_page, EMOJI[:8])[..., 3].astype(float)
    faint = painted(emoji_page, EMOJI[:8], opacity=0.25)[..., 3]
    assert whole.max() == 255
    assert np.abs(faint - 0.25 * whole).max() <= 2
    assert painted(emoji_page, EMOJI[:8], opacity=0).max() == 0


def test_a_sheet_that_is_not_as_announced_is_refused(emoji_page: Page):
    add_sheet(emoji_page, ["🐱"])
    result, arrays = sprites_answer(["🐶", "🐘"])
    sheet = base64.b64encode(arrays["sheet"].tobytes()).decode()
    refused = """async (answer) => {
      try { await addSheet(answer); } catch (error) { return error.message; }
    }"""
    wrong = {**result, "columns": 1}
    message = emoji_page.evaluate(refused, [wrong, sheet])
    assert message == "the sheet of emoji is 112 x 56 pixels, not 56 x 112"
    message = emoji_page.evaluate(refused, [{**result, "emoji": None}, sheet])
    assert message == "an answer without a sheet of emoji came"
    found = emoji_page.evaluate("painter.needs(['🐱', '🐶'])")
    assert "🐱" not in found
