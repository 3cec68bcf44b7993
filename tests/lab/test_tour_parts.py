"""The guided tour, undo, comparing, what is written, and regions, in JupyterLab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import expect

from tests.lab.small_tour import tour_in
from tests.lab.small_vit import (
    COLUMNS,
    HEADS,
    PREFIX,
    TOKENS,
    patchwork,
    small_vit,
)
from tests.lab.truth import LEVELS, Truth, attention_of, place

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.lab.jupyterlab import Lab
    from tests.lab.small_tour import TourNotebook

pytestmark = pytest.mark.lab

COMPARED = """
tour = vw.AttentionHeadTour(model, "scene.png", compare="other.png")
tour
"""


def guide(tour: TourNotebook) -> Locator:
    return tour.view.root.get_by_role("group", name="Guided tour")


def state_of(tour: TourNotebook, state: dict[str, Any]) -> dict[str, Any]:
    """Return what Python holds of the traits that a stop sets."""
    return tour.notebook.value(
        f"{{name: getattr(tour, name) for name in {list(state)}}}"
    )


def assert_at(tour: TourNotebook, stop: int) -> None:
    """View and Python are at this stop, with all that it says of the state."""
    tour.notebook.wait_for_value("tour.stop", stop)
    stops = tour.notebook.value("tour.stops")
    state = stops[stop]["state"]
    assert state_of(tour, state) == state
    expect(guide(tour).locator(".vw-stops-place")).to_have_text(
        f"{stop + 1} / {len(stops)}"
    )
    expect(guide(tour).locator(".vw-stop")).to_contain_text(stops[stop]["text"])
    name = f"L{state['layer']}.H{state['head']}"
    expect(tour.view.root.locator(".vw-head-name")).to_have_text(name)


def test_a_tour_from_a_cell_moves_the_view_and_a_stop_in_the_view_moves_python(
    tour: TourNotebook, lab: Lab
) -> None:
    tour.notebook.run_cell(2, "tour.tour()")
    assert tour.notebook.errors() == []
    assert_at(tour, 0)
    guide(tour).get_by_role("button", name="Next").click()
    assert_at(tour, 1)
    lab.screenshot("guided-tour")
    tour.notebook.run_cell(2, "tour.go_to(0)")
    assert_at(tour, 0)


def test_a_stop_added_in_the_view_is_one_in_python(tour: TourNotebook) -> None:
    tour.view.head(1, 2).click()
    guide(tour).get_by_role("button", name="Add stop").click()
    guide(tour).get_by_role("textbox", name="Title").fill("Here")
    guide(tour).get_by_role("textbox", name="What there is to see").fill("Look.")
    guide(tour).get_by_role("button", name="Add it").click()
    tour.notebook.wait_for_value("len(tour.stops)", 1)
    [stop] = tour.notebook.value("tour.stops")
    assert (stop["title"], stop["text"]) == ("Here", "Look.")
    assert stop["state"]["layer"] == 1
    assert stop["state"]["head"] == 2
    tour.view.head(0, 0).click()
    tour.notebook.wait_for_value("tour.layer", 0)
    tour.notebook.run_cell(2, "tour.save_tour('s.json'); tour.load_tour('s.json')")
    assert tour.notebook.errors() == []
    assert_at(tour, 0)


def test_either_side_undoes_what_the_other_did(tour: TourNotebook) -> None:
    opened = tour.notebook.value("[tour.layer, tour.head]")
    tour.view.head(0, 3).click()
    tour.notebook.wait_for_value("[tour.layer, tour.head]", [0, 3])
    tour.notebook.run_cell(2, "tour.undo()")
    name = tour.view.root.locator(".vw-head-name")
    expect(name).to_have_text("L{}.H{}".format(*opened))
    tour.notebook.run_cell(2, "tour.redo()")
    expect(name).to_have_text("L0.H3")
    tour.notebook.run_cell(2, "tour.act('turn', '', direction='column')")
    pressed = tour.view.switch("column")
    expect(pressed).to_have_attribute("aria-pressed", "true")
    tour.view.root.get_by_role("button", name="Undo: turn").click()
    tour.notebook.wait_for_value("tour.direction", "row")
    expect(pressed).to_have_attribute("aria-pressed", "false")
    tour.view.root.get_by_role("button", name="Undo").click()
    tour.notebook.wait_for_value("[tour.layer, tour.head]", opened)
    assert tour.notebook.errors() == []


def test_another_image_beside_the_first(tour: TourNotebook, lab: Lab) -> None:
    picture = patchwork(seed=2)
    Image.fromarray(picture).save(lab.root / "other.png")
    tour.notebook.run_cell(1, COMPARED)
    assert tour.notebook.errors() == []
    view = tour_in(tour.notebook, 1)
    other = Truth(attention_of(small_vit(), picture), len(PREFIX))
    token = len(PREFIX) + 2 * COLUMNS + 5
    view.hover(view.root.locator(".vw-picker").nth(1), token)
    tour.notebook.wait_for_value("tour.query", token)
    view.expect_painted(tour.truth.painted(token))
    view.root.locator("button[data-side='1']").click()
    tour.notebook.wait_for_value("tour.side", 1)
    view.expect_painted(other.painted(token))
    results = np.array(tour.notebook.value("tour.results.tolist()"))
    np.testing.assert_allclose(results, other.attention[:, :, token], atol=1e-6)
    lab.screenshot("compared")


def written() -> np.ndarray:
    """Return the length of each token's term, ``(layer, head, query, key)``.

    Out of the plain module: weight times the projected value, and its norm.
    """
    module = small_vit()
    values: list[torch.Tensor] = []
    for block in module.blocks:
        block.attn.qkv.register_forward_hook(
            lambda _module, _inputs, packed: values.append(packed[0])
        )
    attention = attention_of(module, patchwork(seed=1))
    lengths = []
    with torch.no_grad():
        for block, packed in zip(module.blocks, values, strict=True):
            heads = packed.unflatten(-1, (3, HEADS, -1))[:, 2]  # (token, head, size)
            columns = block.attn.proj.weight.unflatten(1, (HEADS, -1))
            projected = torch.einsum("thd,ohd->hto", heads, columns)
            lengths.append(projected.norm(dim=-1).numpy())
    return attention * np.stack(lengths)[:, :, None]


def test_what_is_written_is_that_of_the_plain_module(tour: TourNotebook) -> None:
    exact = written()
    token = TOKENS - 5
    tour.view.pick(token)
    tour.view.switch("written").click()
    tour.notebook.wait_for_value("[tour.query, tour.shown]", [token, "written"])
    results = np.array(tour.notebook.value("tour.results.tolist()"))
    np.testing.assert_allclose(results, exact[:, :, token], rtol=1e-3, atol=1e-5)
    tour.view.expect_painted(Truth(exact, len(PREFIX)).painted(token))
    _, value = tour.view.value_at(len(PREFIX) + 3)
    layer, head = tour.notebook.value("[tour.layer, tour.head]")
    assert value == pytest.approx(exact[layer, head, token, len(PREFIX) + 3], rel=2e-3)


def test_a_region_is_the_mean_of_its_patches(tour: TourNotebook) -> None:
    rows, columns = (1, 3), (2, 4)
    corners = [
        len(PREFIX) + row * COLUMNS + column
        for row, column in zip(rows, columns, strict=True)
    ]
    tour.view.hover(tour.view.picker, corners[0])
    tour.view.page.mouse.down()
    tour.view.hover(tour.view.picker, corners[1])
    tour.view.page.mouse.up()
    tour.notebook.wait_for_value("tour.region", [1, 2, 3, 4])
    tokens = [
        len(PREFIX) + row * COLUMNS + column
        for row in range(1, 4)
        for column in range(2, 5)
    ]
    mean = tour.truth.attention[:, :, tokens].mean(2)
    results = np.array(tour.notebook.value("tour.results.tolist()"))
    np.testing.assert_allclose(results, mean, atol=1e-6)
    patches = mean[..., len(PREFIX) :]
    shares = place(patches / patches.max(-1, keepdims=True), "linear")
    # At most a level of each of the nine rows' own maxima, and of the bar's end.
    most = tour.truth.attention[:, :, tokens].max((2, 3))[..., None]
    tolerance = 2 * most / patches.max(-1, keepdims=True) / LEVELS + 2 / LEVELS
    tour.view.expect_painted((shares, np.broadcast_to(tolerance, shares.shape)))
