"""The example notebook, run by JupyterLab, with a picture drawn by the test."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from PIL import Image
from playwright.sync_api import expect
from safetensors.torch import load_file
from timm.models.vision_transformer import VisionTransformer

import vitwidgets
from tests.lab.small_vit import patchwork
from tests.lab.tour_view import TourView, picture_of
from tests.lab.truth import Truth, attention_of

if TYPE_CHECKING:
    from tests.lab.jupyterlab import Lab, Notebook

pytestmark = pytest.mark.lab

EXAMPLE = Path(__file__).parents[2] / "examples" / "01_attention_head_tour.ipynb"
BUNDLED = Path(vitwidgets.__file__).parent / "models" / "bundled"
SIDE, GRID, PREFIX = 64, 8, 1
DRAWN = 'drawn = vw.AttentionHeadTour(model, "drawn.png")\ndrawn'
SECONDS = 300


@pytest.fixture(scope="module")
def example(session_lab: Lab) -> Notebook:
    """The notebook, run from top to bottom, with one more tour at its end."""
    Image.fromarray(patchwork(seed=2, size=(SIDE, SIDE))).save(
        session_lab.root / "drawn.png"
    )
    content = nbformat.read(EXAMPLE, as_version=4)
    content.cells.append(new_code_cell(DRAWN))
    nbformat.write(content, session_lab.root / EXAMPLE.name)
    notebook = session_lab.open(EXAMPLE.name)
    notebook.run_all(timeout=SECONDS)
    assert notebook.errors() == []
    return notebook


@pytest.fixture(scope="module")
def drawn_truth() -> Truth:
    card = json.loads((BUNDLED / "emoji-vit.json").read_text())
    module = VisionTransformer(**card["architecture"])
    weights = load_file(BUNDLED / card["weights"]["file"])
    module.load_state_dict({name: value.float() for name, value in weights.items()})
    picture = patchwork(seed=2, size=(SIDE, SIDE))
    return Truth(attention_of(module.eval(), picture), PREFIX)


def tours(notebook: Notebook) -> list[TourView]:
    roots = notebook.panel.locator(".vw-tour")
    roots.first.wait_for()
    return [TourView(root, GRID, GRID, PREFIX) for root in roots.all()]


def test_every_tour_is_on_screen(example: Notebook, lab: Lab) -> None:
    expect(example.panel.locator(".vw-tour")).to_have_count(4)
    pictures = [painted_pictures(view) for view in tours(example)]
    assert pictures == [1, 2, 1, 1]
    expect(example.panel.locator(".vw-dot-plot")).to_have_count(1)
    assert (lab.root / "my-tour.html").stat().st_size > 100_000


def painted_pictures(view: TourView) -> int:
    """Wait until every large view of a tour shows a head; return how many there are."""
    view.root.scroll_into_view_if_needed()
    pictures = view.large.all()
    for each in pictures:
        look = partial(picture_of, each)
        view.wait_for(look, lambda seen: seen.std() > 1, "a painted head")
    expect(view.alert).to_be_hidden()
    return len(pictures)


def test_cells_below_set_the_tour(example: Notebook, lab: Lab) -> None:
    view = tours(example)[0]
    layer, head, query = example.value("[int(tour.layer), int(tour.head), tour.query]")
    expect(view.head(layer, head)).to_have_attribute("aria-selected", "true")
    assert view.query() == query
    view.wait_for(view.brightness, lambda seen: seen.std() > 1, "a painted head")
    lab.screenshot("example")


def test_a_drawn_picture_shows_its_attention(
    example: Notebook, drawn_truth: Truth, lab: Lab
) -> None:
    view = tours(example)[-1]
    view.expect_painted(drawn_truth.painted(query=0))
    for token in (PREFIX, PREFIX + 3 * GRID + 4):
        view.pick(token)
        view.expect_painted(drawn_truth.painted(token))
        example.wait_for_value("drawn.query", token)

    view.head(1, 2).click()
    view.switch("column").click()
    view.expect_painted(drawn_truth.painted(token, "column"))
    example.wait_for_value(
        "[drawn.layer, drawn.head, drawn.direction]", [1, 2, "column"]
    )
    name, value = view.value_at(PREFIX + GRID)
    assert name == "patch (1,0)"
    expected = drawn_truth.attention[1, 2, PREFIX + GRID, token]
    assert value == pytest.approx(float(expected), rel=1e-3)
    lab.screenshot("drawn")
