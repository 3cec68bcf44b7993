"""Attribution against patching in JupyterLab: real dots, and the view beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.lab.emoji_vit import HEADS, LAYERS
from tests.lab.lens_view import emoji_notebook
from tests.lab.test_dashboard import centre
from tests.lab.test_looks import change_theme
from tests.lab.tour_view import box_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import FloatRect, Locator

    from tests.lab.jupyterlab import Lab, Notebook

pytestmark = pytest.mark.lab

IMAGES = 'vw.images.sample("cat-alone"), vw.images.sample("dog-alone")'
VIEW = f"view = vw.ClickToPatch(model, {IMAGES})\nview"
CHART = "chart = vw.dashboards.agreement(view)\nchart"
WHOLE = f"whole = vw.dashboards.agreement(model, {IMAGES})\nwhole"
N_COMPONENTS = LAYERS * (HEADS + 1)
FILLED = '.vw-dots .dot:not([style*="fill: none"])'


@dataclass(frozen=True)
class Chart:
    root: Locator
    view: Locator
    notebook: Notebook

    def rows(self) -> list[list[Any]]:
        """Return address, direct and total of each component, from left to right."""
        asked = "[[row.address, row.direct, row.total] for row in chart.found.rows()]"
        return sorted(self.notebook.value(asked), key=lambda row: row[1])

    def dots(self) -> dict[str, FloatRect]:
        """Return where the dots are on the page, by address."""
        boxes = [box_of(dot) for dot in self.root.locator(FILLED).all()]
        boxes.sort(key=lambda box: box["x"] + box["width"] / 2)
        addresses = [row[0] for row in self.rows()]
        return dict(zip(addresses, boxes, strict=True))

    def choose_left_of(self, address: str) -> list[str]:
        """Draw a rectangle over all dots left of one; return which these are."""
        area = box_of(self.root.locator(".brushintsel .overlay"))
        dots = self.dots()
        names = list(dots)
        count = names.index(address)
        last, after = (centre(dots[each])[0] for each in names[count - 1 : count + 1])
        mouse = self.root.page.mouse
        mouse.move(area["x"] + 2, area["y"] + 2)
        mouse.down()
        bottom = area["y"] + area["height"] - 2
        mouse.move((last + after) / 2, bottom, steps=6)
        mouse.up()
        return names[:count]

    def expect_faded(self, count: int) -> None:
        faded = self.root.locator('.vw-dots .dot[style*="opacity: 0.25"]')
        expect(faded).to_have_count(count)

    def expect_rings(self, count: int) -> None:
        expect(self.root.locator('.vw-dots .dot[style*="fill: none"]')).to_have_count(
            count
        )

    @property
    def walked(self) -> Locator:
        """The cell of the view's grid that keys lead from, in words."""
        return self.view.locator(".vw-grid [role=gridcell]")


@pytest.fixture(scope="module")
def agreement_notebook(session_lab: Lab) -> Iterator[Notebook]:
    notebook = emoji_notebook(session_lab, "agreement.ipynb")
    yield notebook
    notebook.close()


@pytest.fixture
def chart(lab: Lab, agreement_notebook: Notebook) -> Iterator[Chart]:
    notebook = lab.open(agreement_notebook.path)
    notebook.run_cell(2, "pass")
    notebook.run_cell(1, VIEW)
    notebook.run_cell(2, CHART)
    assert notebook.errors() == []
    root = notebook.cell(2)
    root.locator(FILLED).nth(N_COMPONENTS - 1).wait_for()
    root.locator(".brushintsel .overlay").scroll_into_view_if_needed()
    yield Chart(root, notebook.cell(1).locator(".vw-patcher"), notebook)
    notebook.ask("chart.close(); view.close()")


def test_dots_stand_where_their_numbers_say(chart: Chart, lab: Lab) -> None:
    lab.screenshot("agreement")
    dots = {each: centre(box) for each, box in chart.dots().items()}
    rows = chart.rows()
    assert len(dots) == N_COMPONENTS
    low, high = rows[0], rows[-1]
    bottom = min(rows, key=lambda row: row[2])
    top = max(rows, key=lambda row: row[2])
    across = (dots[high[0]][0] - dots[low[0]][0]) / (high[1] - low[1])
    up = (dots[top[0]][1] - dots[bottom[0]][1]) / (top[2] - bottom[2])
    for address, direct, total in rows:
        x = dots[low[0]][0] + across * (direct - low[1])
        y = dots[bottom[0]][1] + up * (total - bottom[2])
        assert dots[address] == pytest.approx((x, y), abs=1.5)


def test_nothing_scrolls_sideways_and_names_lie_over_dots(chart: Chart) -> None:
    wide = """(cell) => [...cell.querySelectorAll(".jp-OutputArea-output, "
      + ".jp-OutputArea-output .jupyter-widgets")]
      .filter((each) => !each.closest(".vw-patcher"))
      .filter((each) => getComputedStyle(each).overflowX !== "visible")
      .filter((each) => each.scrollWidth > each.clientWidth)
      .map((each) => `${each.className}: ${each.scrollWidth} > ${each.clientWidth}`)"""
    assert chart.root.evaluate(wide) == []
    names = chart.root.locator(".vw-dots text", has_text=re.compile(r"^L\d"))
    expect(names.locator("visible=true")).to_have_count(5)


def test_a_rectangle_marks_its_components_in_the_view(chart: Chart) -> None:
    chosen = chart.choose_left_of("L1.H1")
    assert 0 < len(chosen) < N_COMPONENTS - 1
    chart.notebook.wait_for_value("sorted(view.marked)", sorted(chosen))
    chart.expect_faded(N_COMPONENTS - len(chosen))
    expect(chart.root.locator(".brushintsel .selection")).to_be_visible()
    head = next(each for each in chosen if "H" in each)
    layer, column = map(int, re.findall(r"\d+", head))
    grid = chart.view.locator(".vw-grid")
    grid.focus()
    for key, count in (("ArrowDown", layer), ("ArrowRight", column)):
        for _ in range(count):
            grid.press(key)
    expect(chart.walked).to_contain_text(f"{head}:")
    expect(chart.walked).to_contain_text("marked")
    chart.notebook.ask("view.undo()")
    chart.expect_faded(0)
    expect(chart.root.locator(".brushintsel .selection")).to_be_hidden()
    expect(chart.walked).not_to_contain_text("marked")


def test_a_mark_in_the_view_lets_its_dot_stand_out(chart: Chart) -> None:
    grid = chart.view.locator(".vw-grid")
    grid.focus()
    grid.press("ArrowRight")
    grid.press("m")
    expect(chart.walked).to_contain_text("L0.H1:")
    chart.notebook.wait_for_value("view.marked", ["L0.H1"])
    chart.expect_faded(N_COMPONENTS - 1)


def test_a_click_on_a_dot_copies_the_component_in_the_view(chart: Chart) -> None:
    page = chart.root.page
    address = max(chart.rows(), key=lambda row: row[2])[0]  # the uppermost dot
    chart.expect_rings(0)
    page.mouse.move(*centre(chart.dots()[address]))
    words = page.locator(".bqplot_mark_tooltip:visible")
    expect(words).to_contain_text(f"{address}: ")
    expect(words).to_contain_text("when copied")
    page.mouse.down()
    page.mouse.up()
    edits = "[[each['address'], each['source']] for each in view.interventions]"
    chart.notebook.wait_for_value(edits, [[address, "dog-alone"]])
    chart.expect_rings(1)
    expect(chart.view).to_contain_text("1 edit")
    page.mouse.down()
    page.mouse.up()
    chart.notebook.wait_for_value("view.interventions", [])
    chart.expect_rings(0)


def test_names_stand_beside_those_that_disagree_most(chart: Chart) -> None:
    rows = chart.root.locator(".vw-agreement-table tbody th")
    expect(rows).to_have_count(5)
    names = chart.root.locator(".vw-agreement-plot text.label")
    expect(names.locator("visible=true")).to_have_count(5)
    assert set(names.all_text_contents()) == set(rows.all_text_contents())
    dots = chart.dots()
    for name in names.all():
        box = box_of(name)
        x, y = centre(dots[name.text_content() or ""])
        assert abs(box["x"] - x) < 20
        assert abs(box["y"] + box["height"] / 2 - y) < 20


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_words_stand_out_in_both_themes(chart: Chart, lab: Lab, theme: str) -> None:
    change_theme(lab, theme)
    try:
        chart.root.locator(".vw-agreement-plot").scroll_into_view_if_needed()
        lab.screenshot(f"agreement-{theme.lower()}")
        for words, name in (
            (".axislabel", "fill"),
            ("text.label", "fill"),
            ("caption", "color"),
        ):
            colour = chart.root.locator(words).first.evaluate(
                "(node, name) => getComputedStyle(node)[name]", name
            )
            brightest = max(map(float, re.findall(r"[\d.]+", colour)[:3]))
            assert (brightest < 128) == (theme == "Light"), words
    finally:
        change_theme(lab, "Light")


def test_of_a_model_and_two_images_the_view_comes_with_it(
    chart: Chart, lab: Lab
) -> None:
    chart.notebook.run_cell(2, WHOLE)
    assert chart.notebook.errors() == []
    cell = chart.notebook.cell(2)
    cell.locator(FILLED).nth(N_COMPONENTS - 1).wait_for()
    grid = cell.locator(".vw-patcher .vw-grid")
    grid.scroll_into_view_if_needed()
    grid.focus()
    grid.press("m")
    faded = cell.locator('.vw-dots .dot[style*="opacity: 0.25"]')
    expect(faded).to_have_count(N_COMPONENTS - 1)
    lab.screenshot("agreement-whole")
    chart.notebook.ask("whole.close()")
    expect(cell.locator(".vw-patcher")).to_have_count(0)
