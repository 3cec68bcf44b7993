"""A site opened from disk with the network switched off; a model computes in it."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

import vitwidgets as vw
from tests.browser.patcher_grids import Grids
from tests.browser.patcher_page import Patcher
from tests.browser.test_exported_page import AXE, VIOLATIONS
from tests.browser.tour_page import NEXT_FRAME, STATIC
from tests.unit.widgets.small_classifier import HEADS, LAYERS, MODEL, make
from tests.unit.widgets.small_patcher import CLEAN, DONOR, REFERENCE, edit, on, opened
from vitwidgets.methods.interventions import Intervention
from vitwidgets.publishing.gallery import gallery
from vitwidgets.widgets import AttentionHeadTour, ClickToPatch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

    from vitwidgets.publishing import PublishedSite

TOLERANCE = 1e-4
LARGEST = 6_000_000
BARS = """(rows) => rows.filter((row) => !row.hidden).map((row) => [
  row.querySelector(".vw-class-name").textContent,
  parseFloat(row.querySelector(".vw-bar-now").style.width) / 100,
])"""
# The policy forbids axe to load the style sheets.
WITHOUT_LOADING = VIOLATIONS.replace("run()", "run({ preload: false })")
SINGLE = "This saved page holds single clicks"
NO_KERNEL = "run the notebook"


@pytest.fixture(autouse=True)
def _offline(context: BrowserContext) -> None:
    context.set_offline(True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> PublishedSite:
    return vw.publish(tmp_path_factory.mktemp("gallery") / "site", gallery())


@pytest.fixture
def patcher(page: Page, site: PublishedSite) -> Patcher:
    """Return the gallery's click-to-patch: cat-alone, and two of its heads edited."""
    return shown(page, site.pages[-1].path)


def shown(page: Page, path: Path) -> Patcher:
    page.goto(path.as_uri())
    view: Any = None  # nothing here asks where patches are
    patcher = Patcher(page.locator("#view .vw-root"), view)
    expect(patcher.prediction).to_have_attribute("aria-busy", "false")
    settle(page)
    return patcher


def settle(page: Page) -> None:
    for _ in range(2):
        page.evaluate(NEXT_FRAME)


def published(folder: Path, view: ClickToPatch) -> Path:
    site = vw.publish(folder / "site", [view])
    return site.pages[0].path


def click_head(patcher: Patcher, layer: int, head: int, shape: tuple[int, int]) -> None:
    Grids(patcher, shape).click(layer, head)
    expect(patcher.prediction).to_have_attribute("aria-busy", "false")
    settle(patcher.root.page)


def probabilities(patcher: Patcher) -> dict[str, float]:
    """Return what the bars say, by class."""
    return dict(patcher.root.locator(".vw-classes tbody tr").evaluate_all(BARS))


def assert_says(
    patcher: Patcher,
    view: ClickToPatch,
    edits: Sequence[Intervention],
    sources: dict[str, Any] | None = None,
) -> None:
    """The page says of these edits what PyTorch does, from a full run."""
    pixels = torch.from_numpy(np.array(view.picture)).float().permute(2, 0, 1) / 255
    colours = view.model.preprocessing
    assert colours
    mean, std = (
        torch.tensor(each)[:, None, None] for each in (colours.mean, colours.std)
    )
    found = {**view.sources, **(sources or {})}
    with torch.no_grad(), view.model.with_interventions(edits, found) as model:
        logits = model(((pixels - mean) / std)[None])[0]
    wanted = logits.double().softmax(-1)
    names = view.labels.names
    said = probabilities(patcher)
    assert names[int(wanted.argmax())] in said
    assert len(said) >= min(len(names), 7)
    for name, probability in said.items():
        assert abs(probability - float(wanted[names.index(name)])) <= TOLERANCE


BOXES = """() => [...document.querySelectorAll("#view *")].map((element) => {
  const {x, y, width, height} = element.getBoundingClientRect();
  return [element.className.toString(), x, y, width, height].join(" ");
})"""


@pytest.mark.parametrize("number", range(5))
def test_the_styles_of_other_views_change_nothing(
    number: int, page: Page, site: PublishedSite
):
    # As in a notebook with all of them, where each brings its style for the whole page.
    path = site.pages[number].path
    own = path.stem.partition("-")[2].replace("-", "_")
    page.goto(path.as_uri())
    expect(page.locator("#view .vw-root .vw-status")).not_to_have_text("")
    before, last = page.evaluate(BOXES), None
    while before != last:  # what a page does when it opens comes to an end
        page.wait_for_timeout(300)
        before, last = page.evaluate(BOXES), before
    assert len(before) > 100
    for style in STATIC.glob("*.css"):
        if style.stem != own:
            page.add_style_tag(content=style.read_text("utf8"))
    assert page.evaluate(BOXES) == before


def test_the_index_leads_to_every_view(page: Page, site: PublishedSite):
    for number, published_page in enumerate(site.pages):
        page.goto(site.index.as_uri())
        card = page.locator("a.card").nth(number)
        # Words and pictures for people, and no dump of a state.
        model = re.fullmatch(r"\w+ of ([\w-]+).*", published_page.caption)[1]
        expect(card.locator("p").nth(1)).to_have_text(model)
        expect(card).not_to_contain_text(published_page.caption)
        size = card.locator("img").evaluate("(image) => image.naturalWidth")
        assert size > 600
        card.click()
        expect(page.locator("#view .vw-root .vw-status")).not_to_have_text("")
        expect(page.get_by_role("alert").filter(visible=True)).to_have_count(0)
        says_so = page.get_by_text("Computed in this page", exact=True)
        expect(says_so).to_have_count(int(published_page.is_live))
        page.locator("nav a").click()
        expect(page.locator("a.card")).to_have_count(len(site.pages))
    assert [each.is_live for each in site.pages] == [False] * 4 + [True]
    assert site.bytes < LARGEST
    files = [path for path in site.index.parent.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) == pytest.approx(
        site.bytes, abs=10_000
    )


def test_the_index_and_a_page_have_no_accessibility_violations(
    page: Page, site: PublishedSite
):
    for path in (site.index, site.pages[-1].path):
        page.goto(path.as_uri())
        page.evaluate(AXE.read_text("utf8"))
        assert page.evaluate(WITHOUT_LOADING) == []


def test_any_combination_of_heads_is_pytorchs(patcher: Patcher, site: PublishedSite):
    view = ClickToPatch(
        vw.load_model(), vw.images.sample("cat-alone"), vw.images.sample("dog-alone")
    )
    donor = {"dog-alone": view.model.run_with_cache(pixels_of("dog-alone"))[1]}

    def patches(*heads: str) -> list[Intervention]:
        return [Intervention(head, "patch", source="dog-alone") for head in heads]

    assert_says(patcher, view, patches("L2.H0", "L4.H3"), donor)
    click_head(patcher, 5, 1, (6, 4))
    assert_says(patcher, view, patches("L2.H0", "L4.H3", "L5.H1"), donor)
    click_head(patcher, 0, 2, (6, 4))
    three = patches("L2.H0", "L4.H3", "L5.H1", "L0.H2")
    assert_says(patcher, view, three, donor)
    patcher.button("Remove all").click()
    assert_says(patcher, view, [])
    expect(patcher.alert).to_be_hidden()


def pixels_of(scene: str) -> torch.Tensor:
    preprocessing = vw.load_model().preprocessing
    return vw.images.prepare_image(vw.images.sample(scene).image, preprocessing).pixels


def test_what_was_done_before_is_in_the_page(patcher: Patcher):
    strongest = patcher.root.get_by_role("group", name="Strongest first")
    expect(strongest).not_to_contain_text("approximation")
    patcher.root.get_by_role("tab", name="Controls").click()
    expect(patcher.root.get_by_role("tabpanel")).not_to_contain_text(NO_KERNEL)


def test_a_step_back_to_nothing_changes_no_bit(page: Page, tmp_path: Path):
    patcher = shown(page, published(tmp_path, opened()))
    before = probabilities(patcher)
    patcher.button("Zero").click()
    click_head(patcher, 0, 1, (LAYERS, HEADS))
    assert probabilities(patcher) != before
    patcher.root.page.keyboard.press("Control+z")
    settle(page)
    assert probabilities(patcher) == before
    expect(patcher.badge).to_be_hidden()


@pytest.mark.parametrize("kind", ["zero", "mean", "patch", "steer"])
def test_every_kind_that_needs_no_chance(page: Page, tmp_path: Path, kind: str):
    view = opened(kind=kind)
    patcher = shown(page, published(tmp_path, view))
    click_head(patcher, 0, 1, (LAYERS, HEADS))
    click_head(patcher, 1, 3, (LAYERS, HEADS))
    # What the edits are made of, the view's own tests compare with the plain model.
    view.interventions = on(edit("L0.H1", kind=kind), edit("L1.H3", kind=kind))
    assert_says(patcher, view, view.active)


@pytest.mark.parametrize("kind", ["noise", "resample"])
def test_chance_is_refused_in_a_sentence_but_for_what_was_saved(
    page: Page, tmp_path: Path, kind: str
):
    view = opened(kind=kind, interventions=on(edit("L1.H2", kind=kind)))
    patcher = shown(page, published(tmp_path, view))
    assert_says(patcher, view, view.active)
    click_head(patcher, 0, 1, (LAYERS, HEADS))  # alone, it is held; with the other not
    expect(patcher.alert).to_contain_text("L1.H2: a page can't draw")
    expect(patcher.alert).to_contain_text(NO_KERNEL)


def test_kinds_of_chance_are_off_where_none_was_saved(page: Page, tmp_path: Path):
    patcher = shown(page, published(tmp_path, opened()))
    for name in ("Noise", "Resample"):
        expect(patcher.button(name)).to_be_disabled()
        expect(patcher.button(name)).to_have_attribute("title", re.compile(NO_KERNEL))
    for name in ("Patch", "Zero", "Mean", "Steer"):
        expect(patcher.button(name)).to_be_enabled()
    page.locator("#view .vw-root").press("k")
    for _ in range(3):
        page.keyboard.press("k")
    expect(patcher.button("Patch")).to_have_attribute("aria-pressed", "true")


def test_in_a_frame_nothing_leads_to_the_index(page: Page, site: PublishedSite):
    inner = site.pages[0].path.as_uri()
    outer = site.index.parent / "frame.html"
    outer.write_text(f'<iframe src="{inner}" width="900" height="700"></iframe>')
    page.goto(outer.as_uri())
    frame = page.frame_locator("iframe")
    expect(frame.locator("#view .vw-root")).to_be_visible()
    expect(frame.locator("nav")).to_have_count(0)
    outer.unlink()
    page.goto(inner)
    expect(page.locator("nav a")).to_have_count(1)


def test_means_of_too_many_images_are_those_that_were_saved(page: Page, tmp_path: Path):
    many = REFERENCE * 22
    view = ClickToPatch(MODEL, CLEAN, {"d": DONOR}, reference=many, kind="mean")
    patcher = shown(page, published(tmp_path, view))
    click_head(patcher, 0, 1, (LAYERS, HEADS))
    view.interventions = on(edit("L0.H1", kind="mean"))
    assert_says(patcher, view, view.active)
    click_head(patcher, 1, 1, (LAYERS, HEADS))
    expect(patcher.alert).to_contain_text("no reference images to take the mean of")


def test_a_model_that_pages_do_not_know_is_shown_from_kept_answers(
    page: Page, tmp_path: Path
):
    view = ClickToPatch(make(global_pool="avg"), CLEAN, {"d": DONOR})
    site = vw.publish(tmp_path / "site", [view])
    assert not site.pages[0].is_live
    assert "norm is of class" in site.pages[0].why_not
    patcher = shown(page, site.pages[0].path)
    expect(page.locator("footer")).to_contain_text(site.pages[0].why_not)
    click_head(patcher, 0, 1, (LAYERS, HEADS))
    assert_says(
        patcher,
        view,
        [Intervention("L0.H1", "patch", source="d")],
        {"d": view._source.donors["d"].cache},
    )
    Grids(patcher, (LAYERS, HEADS)).click(1, 1)
    expect(patcher.prediction).to_contain_text(SINGLE)


@pytest.mark.parametrize("lost", ["assets", "assets/live.js", "assets/host.js"])
def test_a_page_without_its_assets_says_what_to_copy(
    page: Page, context: BrowserContext, tmp_path: Path, lost: str
):
    path = published(tmp_path, opened())
    gone = path.parent / lost
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    other = context.new_page()  # whose console may complain
    other.goto(path.as_uri())
    expect(other.locator("#view")).to_have_text(re.compile("copy the whole site"))
    other.close()


def test_a_browser_that_can_not_compute_says_so(page: Page, tmp_path: Path):
    path = published(tmp_path, opened())
    page.add_init_script("window.WebAssembly = undefined")
    patcher = shown(page, path)
    click_head(patcher, 0, 1, (LAYERS, HEADS))
    expect(patcher.alert).to_contain_text("this browser can't compute the model")


def test_a_guided_tour_comes_with_its_stops(page: Page, tmp_path: Path):
    tour = AttentionHeadTour(MODEL, CLEAN)
    tour.tour()
    site = vw.publish(tmp_path / "site", [tour])
    page.goto(site.pages[0].path.as_uri())
    guide = page.locator("#view .vw-root")
    expect(guide).to_contain_text(f"1 / {len(tour.stops)}")
    expect(guide).to_contain_text(tour.stops[0]["title"])
