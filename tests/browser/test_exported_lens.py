"""The bundled model's lens, saved to disk and opened with no network at all."""

from __future__ import annotations

import os
import re
from base64 import b64decode
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

import vitwidgets as vw
from tests.browser.colours import assert_painted
from tests.browser.lens_page import Lens
from tests.browser.test_emoji import FONTS, text_font
from tests.browser.test_exported_page import AXE, VIOLATIONS, press, settle
from tests.browser.test_lens_overview import overview_of
from tests.chromium import ARGUMENTS, executable
from tests.lab.emoji_vit import LAYERS, NAMES, SCENE, EmojiVitReadings
from tests.lab.lens_view import expect_top, percent
from vitwidgets.labels import model_labels
from vitwidgets.labels.sprites import draw_emoji

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Locator, Page

SCREENSHOTS = Path(__file__).parents[1] / "screenshots"
LAST = LAYERS - 1
CAT, DOG, LION = (NAMES.index(name) for name in ("cat", "dog", "lion"))
CHROMA = """(emoji) => {
  const context = document.createElement("canvas").getContext("2d");
  context.font = "64px sans-serif";
  context.fillText(emoji, 8, 80);
  const { data } = context.getImageData(0, 0, 128, 128);
  return Math.max(...data.map((value, at) => value - data[at - (at % 4)]
    ).filter((_, at) => at % 4 < 3));
}"""


@pytest.fixture(scope="module")
def data() -> EmojiVitReadings:
    return EmojiVitReadings()


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "lens.html"
    lens = vw.EmojiLogitLens(vw.load_model(), vw.images.sample(SCENE), mask=["cat"])
    lens.act("go to", "L2", layer=2)
    lens.act("go to", "L5", layer=LAST)
    lens.to_html(path)
    lens.close()
    return path


@pytest.fixture
def lens(
    page: Page, context: BrowserContext, saved: Path, data: EmojiVitReadings
) -> Lens:
    context.set_offline(True)
    return opened(page, saved, data)


def opened(page: Page, path: Path, data: EmojiVitReadings) -> Lens:
    page.goto(path.as_uri())
    lens = Lens(page.locator("#view .vw-root"), data)
    expect(lens.status).not_to_be_empty()
    settle(page)
    return lens


def box(lens: Lens, name: str = "Class") -> Locator:
    return lens.root.get_by_role("combobox", name=name, exact=True)


def test_slider_hover_and_play(lens: Lens, page: Page):
    lens.slider.focus()
    for key, layer in (("Home", -1), ("ArrowRight", 0), ("End", LAST)):
        press(page, key)
        for row, column in ((0, 0), (4, 5), (7, 7)):
            lens.hover(row, column)
            expect_top(lens, layer, lens.data.token(row, column))
    page.keyboard.press("ArrowLeft")
    lens.play.click()
    expect(lens.layer_name).to_have_text(f"L{LAST}")
    press(page, "Control+z")


@pytest.mark.parametrize("lens_name", ["Plain", "Tuned"])
@pytest.mark.parametrize("norm", ["Own", "Final"])
def test_every_lens_and_norm_is_in_the_page(lens: Lens, lens_name: str, norm: str):
    way = (lens_name.lower(), norm.lower())
    lens.button(lens_name).click()
    lens.button(norm).click()
    lens.button("Entropy").click()
    expect(lens.loading).to_be_hidden()
    settle(lens.root.page)
    numbers = np.rint(255 * lens.data.entropy(*way) / np.log(len(NAMES))).astype(int)
    overview = overview_of(lens)
    assert_painted(overview.colours(lens.data.tokens), numbers)
    lens.slider.press("Home")
    lens.hover(3, 3)
    expect_top(lens, -1, lens.data.token(3, 3), *way)


def test_a_class_is_found_and_its_heat_read(lens: Lens, page: Page):
    box(lens).fill("lion")
    box(lens).press("Enter")
    expect(lens.button("One class")).to_have_attribute("aria-pressed", "true")
    token = lens.data.token(2, 3)
    for layer in (LAST, -1):
        lens.slider.press("End" if layer == LAST else "Home")
        lens.hover(2, 3)
        share = lens.data.probabilities()[layer + 1, token, LION]
        expect(lens.readout).to_contain_text(f"Probability of lion: {percent(share)}")
    box(lens, "Compared with").fill("dog")
    box(lens, "Compared with").press("Enter")
    lens.hover(2, 3)
    logits = lens.data.logits()[0, token]
    said = re.compile(r"less that of dog \(blue\): (\S+)")
    expect(lens.readout).to_contain_text(said)
    found = said.search(lens.readout.inner_text())
    assert found
    difference = float(found[1].replace("\N{MINUS SIGN}", "-"))
    assert difference == pytest.approx(logits[LION] - logits[DOG], rel=6e-3)
    lens.picture.focus()
    press(page, *["Control+z"] * 3)  # comparing, sliding, choosing
    expect(box(lens)).to_have_value("")


def test_the_mask_that_was_saved_is_compared_and_another_is_said_to_lack(lens: Lens):
    lens.button("Mask").click()
    panel = lens.root.get_by_role("group", name="Mask", exact=True)
    truth = vw.images.sample(SCENE).masks["cat"]
    for key, row in (("End", LAYERS), ("Home", 0)):
        lens.slider.press(key)
        patches = (lens.data.order()[row, 1:, 0] == CAT).reshape(8, 8)
        pixels = patches.repeat(8, 0).repeat(8, 1)
        iou = (pixels & truth).sum() / (pixels | truth).sum()
        right = (pixels == truth).mean()
        expect(panel).to_contain_text(f"{percent(iou)} are in both")
        expect(panel).to_contain_text(f"{percent(right)} of all pixels are right")
    panel.get_by_role("button", name="dog").click()
    expect(panel).to_contain_text(
        "How well this mask fits is not in this page: open it with a kernel."
    )


def test_what_was_done_in_python_is_undone_in_the_page(lens: Lens, page: Page):
    lens.picture.focus()
    press(page, "Control+z")
    expect(lens.layer_name).to_have_text("L2")
    press(page, "Control+Shift+z")
    expect(lens.layer_name).to_have_text(f"L{LAST}")
    expect(lens.badge).to_be_hidden()
    expect(lens.alert).to_be_hidden()


@pytest.mark.parametrize("width", [480, 760, 1300])
def test_nothing_sticks_out(
    page: Page, saved: Path, data: EmojiVitReadings, width: int
):
    page.set_viewport_size({"width": width, "height": 900})
    opened(page, saved, data)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    "context_options",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}],
    ids=["light", "dark"],
)
def test_axe_finds_nothing(lens: Lens, page: Page, context_options: dict[str, object]):
    lens.hover(1, 1)
    keep(page, f"exported-lens-{context_options['color_scheme']}")
    page.add_script_tag(content=AXE.read_text("utf8"))
    assert page.evaluate(VIOLATIONS) == []


def keep(page: Page, name: str) -> None:
    """Keep a picture of the page for people to look at."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


@pytest.fixture(scope="module")
def fontless(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """Start another Chromium, that knows a text font only."""
    folder = tmp_path_factory.mktemp("fonts")
    (folder / "text.ttf").symlink_to(text_font())
    configuration = folder / "fonts.conf"
    configuration.write_text(FONTS.format(folder=folder), "utf8")
    browser = chromium.browser_type.launch(
        executable_path=executable(),
        args=ARGUMENTS,
        env={**os.environ, "FONTCONFIG_FILE": str(configuration)},
    )
    yield browser
    browser.close()


def test_without_an_emoji_font_the_pages_own_drawings_show(
    fontless: Browser, saved: Path, data: EmojiVitReadings
):
    page = fontless.new_page(viewport={"width": 1300, "height": 900}, offline=True)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    lens = opened(page, saved, data)
    assert page.evaluate(CHROMA, "🐱") == 0
    emoji = model_labels(vw.load_model()).emoji
    size = 18
    for key in ("End", "Home"):
        lens.slider.press(key)
        settle(page)
        names = lens.entries.locator(".vw-legend-name").all_text_contents()
        wanted = np.stack([drawing(emoji[NAMES.index(name)], size) for name in names])
        signs = lens.entries.locator("canvas.vw-emoji")
        expect(signs).to_have_count(len(names))
        urls = signs.evaluate_all("(all) => all.map((each) => each.toDataURL())")
        found = np.stack([resized(on_white(url), size) for url in urls])
        distances = np.abs(found[:, None] - wanted[None]).mean(axis=(2, 3, 4))
        assert distances.argmin(axis=1).tolist() == list(range(len(names)))
    keep(page, "exported-lens-no-font")
    page.close()
    assert [text for text in complaints if "getImageData" not in text] == []


def drawing(emoji: str, size: int) -> np.ndarray:
    """Return what a still shows for an emoji, ``(size, size, 3)``."""
    still = Image.new("RGB", (size, size), "white")
    draw_emoji(still, emoji, (0, 0, size, size))
    return np.asarray(still, float)


def on_white(url: str) -> Image.Image:
    sign = Image.open(BytesIO(b64decode(url.partition(",")[2]))).convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", sign.size, "white"), sign)


def resized(image: Image.Image, size: int) -> np.ndarray:
    return np.asarray(image.convert("RGB").resize((size, size)), float)
