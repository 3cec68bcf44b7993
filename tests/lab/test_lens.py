"""The emoji logit lens in JupyterLab: the real mouse, a real kernel, a real model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

import vitwidgets as vw
from tests.browser.colours import assert_painted
from tests.browser.lens_data import FOLLOWED
from tests.browser.test_lens_curves import curves_of
from tests.browser.test_lens_overview import overview_of
from tests.lab.emoji_vit import LAYERS, NAMES, SCENE, EmojiVitReadings
from tests.lab.lens_view import (
    CELLS,
    VIOLATIONS,
    LensNotebook,
    emoji_notebook,
    fresh_lens,
    lens_in,
    percent,
    view_in,
)
from tests.lab.test_looks import AXE, change_theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator

    from tests.lab.jupyterlab import Lab, Notebook

pytestmark = pytest.mark.lab

LAST = LAYERS - 1
MINUS = "\N{MINUS SIGN}"
CAT, DOG, LION = (NAMES.index(name) for name in ("cat", "dog", "lion"))


LINKED = """
tour = vw.AttentionHeadTour(model, scene)
link = ipywidgets.link((lens, "layer"), (tour, "layer"))
tour
"""


@pytest.fixture(scope="module")
def data() -> EmojiVitReadings:
    return EmojiVitReadings()


@pytest.fixture(scope="module")
def lens_notebook(session_lab: Lab) -> Iterator[Notebook]:
    notebook = emoji_notebook(session_lab, "lens.ipynb")
    yield notebook
    notebook.close()


@pytest.fixture
def opened(lab: Lab, lens_notebook: Notebook, data: EmojiVitReadings) -> LensNotebook:
    notebook = lab.open(lens_notebook.path)
    return fresh_lens(notebook, data)


def box(opened: LensNotebook, name: str = "Class") -> Locator:
    return opened.lens.root.get_by_role("combobox", name=name, exact=True)


def test_every_layer_and_patch_says_what_the_cut_off_model_says(
    opened: LensNotebook, lab: Lab
) -> None:
    lens, data = opened.lens, opened.data
    lab.screenshot("lens")
    lens.slider.focus()
    for key, layer in (("End", LAST), ("ArrowLeft", LAST - 1), ("Home", -1)):
        lab.page.keyboard.press(key)
        for row, column in ((0, 0), (3, 6), (7, 7)):
            lens.hover(row, column)
            opened.expect_top(layer, data.token(row, column))
    opened.state(layer=-1, token=data.token(4, 4))
    lens.click(2, 1)
    lab.page.mouse.move(0, 0)
    opened.expect_top(-1, data.token(2, 1))
    opened.state(token=data.token(2, 1))


def test_it_plays_to_the_last_layer_and_that_is_no_act(opened: LensNotebook) -> None:
    opened.notebook.ask(f"lens.layer = {LAST - 2}")
    expect(opened.lens.layer_name).to_have_text(f"L{LAST - 2}")
    opened.lens.play.click()
    expect(opened.lens.play).to_contain_text("Pause")
    opened.state(layer=LAST)
    expect(opened.lens.play).to_contain_text("Play")
    opened.expect_top(LAST, opened.data.token(4, 4))
    assert opened.acts() == 0


def test_modes_paint_the_numbers_of_the_plain_model(opened: LensNotebook) -> None:
    lens, data = opened.lens, opened.data
    overview = overview_of(lens)
    lens.button("Entropy").click()
    opened.state(mode="entropy")
    numbers = np.rint(255 * data.entropy() / np.log(len(NAMES))).astype(int)
    assert_painted(overview.colours(data.tokens), numbers)

    lens.button("Emoji").click()
    opened.state(mode="emoji")
    for layer in (LAST, 1):
        opened.notebook.ask(f"lens.layer = {layer}")
        expect(lens.layer_name).to_have_text(f"L{layer}")
        tops = data.order()[layer + 1, 1:, 0]
        counts = np.bincount(tops, minlength=len(NAMES))
        more = lens.root.locator(".vw-legend-more")
        if re.match("and", more.text_content() or ""):
            more.click()
        expect(lens.entries).to_have_count(len(set(tops.tolist())))
        names, patches = (
            lens.entries.locator(f".vw-legend-{part}").all_text_contents()
            for part in ("name", "count")
        )
        found = {
            NAMES.index(name): int(n.split()[0])
            for name, n in zip(names, patches, strict=True)
        }
        assert found == {each: counts[each] for each in set(tops.tolist())}


def test_one_class_by_rank_logit_and_probability(opened: LensNotebook) -> None:
    lens, data = opened.lens, opened.data
    lens.button("One class").click()
    best = data.top(LAST, 0)
    opened.state(mode="heat", target=best)
    token = data.token(2, 2)
    lens.hover(2, 2)
    share = data.probabilities()[-1, token, best]
    expect(lens.readout).to_contain_text(
        f"Probability of {NAMES[best]}: {percent(share)}"
    )
    lens.button("Rank").click()
    lens.hover(2, 2)
    place = data.ranks()[-1, token, best] + 1
    expect(lens.readout).to_contain_text(re.compile(rf"classes: {place}\w\w of 64"))
    lens.button("Logit").first.click()
    lens.hover(2, 2)
    shown = lens.readout.get_by_text(f"Logit of {NAMES[best]}: ").inner_text()
    logit = data.logits()[-1, token, best]
    assert float(shown.split(": ")[1].replace(MINUS, "-")) == pytest.approx(
        logit, rel=6e-3
    )
    opened.state(heat="logit")


def test_a_class_is_searched_compared_swapped_and_undone(
    opened: LensNotebook, lab: Lab
) -> None:
    lens, data = opened.lens, opened.data
    box(opened).fill("lio")
    box(opened).press("Enter")
    opened.state(target=-1, mode="emoji")  # a part of a word is no class
    box(opened).fill("lion")
    box(opened).press("Enter")
    opened.state(target=LION, mode="heat")
    box(opened, "Compared with").fill("dog")
    box(opened, "Compared with").press("Enter")
    opened.state(versus=DOG)
    token = data.token(3, 3)
    logits = data.logits()[-1, token]
    lens.hover(3, 3)
    for one, other in ((LION, DOG), (DOG, LION)):
        said = f"Logit of {NAMES[one]} (orange) less that of {NAMES[other]} (blue): "
        shown = lens.readout.get_by_text(said)
        difference = shown.inner_text().removeprefix(said).replace(MINUS, "-")
        exact = logits[one] - logits[other]
        assert float(difference) == pytest.approx(exact, rel=6e-3)
        lens.button("Swap the two classes").click()
        lens.hover(3, 3)
    lab.screenshot("lens-difference")
    assert opened.acts() == 4
    lens.root.get_by_role("button", name="Undo").click()
    opened.state(target=DOG, versus=LION)
    opened.notebook.ask("lens.undo(); lens.undo(); lens.undo()")
    expect(box(opened)).to_have_value("")
    opened.state(target=-1, versus=-1, mode="emoji")


def test_the_mask_fits_as_pixels_counted_one_by_one_say(
    opened: LensNotebook, lab: Lab
) -> None:
    lens, data = opened.lens, opened.data
    lens.button("Mask").click()
    adding = box(opened, "Add a class or a kind")
    adding.fill("cat")
    adding.press("Enter")
    opened.state(mode="mask", mask=[CAT])
    panel = lens.root.get_by_role("group", name="Mask", exact=True)
    truth = vw.images.sample(SCENE).masks["cat"]
    for layer in (LAST, 1):
        opened.notebook.ask(f"lens.layer = {layer}")
        chosen = (data.order()[layer + 1, 1:, 0] == CAT).reshape(8, 8)
        pixels = chosen.repeat(8, 0).repeat(8, 1)
        iou = (pixels & truth).sum() / (pixels | truth).sum()
        right = (pixels == truth).mean()
        expect(panel).to_contain_text(
            f"L{layer}: of the pixels in the mask or in cat, {percent(iou)} are in both"
        )
        expect(panel).to_contain_text(f"{percent(right)} of all pixels are right")
        assert opened.notebook.value("lens.mask_array().tolist()") == chosen.tolist()
    lab.screenshot("lens-mask")
    lens.button("Remove cat").click()
    opened.state(mask=[])


def test_overview_and_curves_lead_to_layer_and_token(opened: LensNotebook) -> None:
    lens, data = opened.lens, opened.data
    overview_of(lens).click(2, data.token(6, 1))
    opened.state(layer=1, token=data.token(6, 1))
    opened.expect_top(1, data.token(6, 1))
    curves = curves_of(lens)
    shares = data.probabilities()[:, data.token(6, 1)]
    classes = np.argsort(-shares.max(0))[:FOLLOWED]
    shares = shares[:, classes]
    assert curves.labels() == [
        (NAMES[each], percent(share))
        for each, share in zip(classes, shares[2], strict=True)
    ]
    assert np.abs(curves.values() - 100 * shares.T).max() < 1
    opened.lens.root.page.mouse.click(*curves.spot(4))
    opened.state(layer=3)
    assert opened.acts() == 2


@pytest.mark.parametrize("way", [("Tuned", "Own"), ("Plain", "Final")])
def test_another_lens_or_norm(opened: LensNotebook, way: tuple[str, str]) -> None:
    lens, norm = (name.lower() for name in way)
    opened.notebook.ask("lens.layer = 2")
    for name in way:
        opened.lens.button(name).click()
    opened.state(lens=lens, norm=norm)
    for row, column in ((4, 4), (1, 6)):
        opened.lens.hover(row, column)
        opened.expect_top(2, opened.data.token(row, column), lens, norm)
    # The class token has translators of its own.
    opened.lens.prefix_cell(0).hover()
    opened.expect_top(2, 0, lens, norm)


def test_python_leads_and_the_view_follows(opened: LensNotebook) -> None:
    token = opened.data.token(0, 7)
    opened.notebook.run_cell(
        2, f"lens.layer, lens.token = 0, {token}\nlens.target = 'lion'"
    )
    opened.expect_top(0, token)
    expect(box(opened)).to_have_value("lion")
    opened.notebook.run_cell(2, "lens.layer = 6")
    (error,) = opened.notebook.errors()
    assert error.startswith("TraitError: ")
    assert "6" in error
    opened.expect_top(0, token)
    opened.state(layer=0)
    assert opened.acts() == 0


def test_the_notebook_hears_no_key_of_ours(opened: LensNotebook, lab: Lab) -> None:
    opened.lens.picture.focus()
    for key in ("d", "d", "a", "b", "x", "m", "y", "ArrowUp", "ArrowRight", "[", "]"):
        lab.page.keyboard.press(key)
    opened.state(layer=LAST, token=opened.data.token(3, 5))
    lab.page.wait_for_timeout(200)  # time for a shortcut that should not come
    assert lab.call(CELLS, opened.notebook.path) == [1, "code", "code", "code"]


def test_a_linked_tour_follows_but_to_the_embedding(opened: LensNotebook) -> None:
    opened.notebook.run_cell(2, LINKED)
    tour = view_in(opened.notebook, 2)
    opened.lens.slider.press("ArrowLeft")
    opened.notebook.wait_for_value("tour.layer", LAST - 1)
    tour.get_by_role("gridcell", name=re.compile(r"^L1\.H2\b")).click()
    expect(opened.lens.layer_name).to_have_text("L1")
    opened.state(layer=1)
    opened.lens.slider.press("Home")
    # A tour has no layer of the embedding: it stays where it was, and that is said.
    expect(opened.lens.alert).to_have_text("layer=-1 doesn't exist: layer is 0 or more")
    opened.notebook.wait_for_value("[lens.layer, tour.layer]", [-1, 1])
    expect(opened.lens.layer_name).to_have_text("embedding")
    opened.lens.slider.press("End")
    opened.notebook.wait_for_value("[lens.layer, tour.layer]", [LAST, LAST])


def test_two_views_of_one_lens_stay_in_step(opened: LensNotebook) -> None:
    opened.notebook.run_cell(2, "lens")
    twin = lens_in(opened.notebook, 2, opened.data)
    twin.button("Entropy").click()
    twin.slider.press("Home")
    expect(opened.lens.button("Entropy")).to_have_attribute("aria-pressed", "true")
    expect(opened.lens.layer_name).to_have_text("embedding")
    opened.lens.click(6, 2)
    expect(twin.readout).to_contain_text("patch (6,2) at embedding")


def test_widget_state_in_the_notebook_is_a_readable_lens(
    lab: Lab, data: EmojiVitReadings
) -> None:
    notebook = emoji_notebook(lab, "stored.ipynb")
    stored = fresh_lens(notebook, data, ", layer=2, mode='entropy'")
    stored.lens.click(1, 6)
    stored.state(token=data.token(1, 6))
    assert stored.acts() == 1
    lab.command("@jupyter-widgets/jupyterlab-manager:saveWidgetState")
    lab.command("docmanager:save")
    lab.command("@jupyter-widgets/jupyterlab-manager:saveWidgetState")
    notebook.close()
    again = lab.open("stored.ipynb")
    try:
        shown = LensNotebook(again, lens_in(again, 1, data), data)
        shown.expect_top(2, data.token(1, 6))
        lab.screenshot("lens-stored")
        shown.lens.root.get_by_role("button", name="Undo").click()
        shown.expect_top(2, data.token(4, 4))
        shown.lens.slider.press("End")
        shown.lens.hover(1, 1)
        shown.expect_top(LAST, data.token(1, 1))
    finally:
        again.close()


def test_a_restarted_kernel_leaves_a_readable_lens(
    opened: LensNotebook, lab: Lab
) -> None:
    opened.notebook.restart_kernel()
    expect(opened.lens.badge).to_have_text("detached: run the cell again")
    opened.lens.slider.focus()
    lab.page.keyboard.press("Home")
    opened.lens.hover(5, 5)
    opened.expect_top(-1, opened.data.token(5, 5))
    opened.lens.button("Tuned").click()
    expect(opened.lens.root).to_contain_text("had not come when the kernel went")
    lab.screenshot("lens-detached")
    opened.notebook.run_cell(0)
    again = fresh_lens(opened.notebook, opened.data)
    expect(again.lens.badge).to_be_hidden()
    again.expect_top(LAST, again.data.token(4, 4))


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_axe_finds_nothing_in_both_themes(
    opened: LensNotebook, lab: Lab, theme: str
) -> None:
    change_theme(lab, theme)
    try:
        opened.lens.hover(2, 2)
        lab.screenshot(f"lens-{theme.lower()}")
        lab.page.add_script_tag(path=AXE)
        assert opened.lens.root.evaluate(VIOLATIONS) == []
    finally:
        change_theme(lab, "Light")
