from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.colours import assert_painted, colour_numbers, magma
from tests.browser.tour_data import TourData, decoded
from tests.browser.tour_page import Tour, TourPage


def test_opening_is_painted_before_any_layer_came(tour_page: TourPage, data: TourData):
    tour = tour_page.add_waiting(data, query=9)
    tour_page.settle()
    values = decoded(data.vectors(9, "row"))
    assert_painted(tour.thumbnails(), colour_numbers(values, 2))
    expect(tour.head_grid).to_have_attribute("aria-busy", "true")


@pytest.mark.parametrize(
    "data",
    [
        TourData(),
        TourData(rows=6, columns=3, prefix=[]),
        TourData(layers=1, heads=12, rows=14, columns=14, prefix=["cls"]),
        TourData(layers=24, heads=3, rows=5, columns=9),
    ],
    ids=["small", "tall", "vit-b", "deep"],
)
def test_thumbnails_show_the_hovered_patch(tour_page: TourPage, data: TourData):
    tour = tour_page.add(data)
    tour.hover(tour.picture, 2, 1)
    for direction in ("row", "column"):
        tour_page.assign(direction=direction)
        values = data.values(data.token(2, 1), direction)
        assert_painted(tour.thumbnails(), colour_numbers(values, len(data.prefix)))


@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("maximum", ["head", "shared"])
def test_scale_and_maximum(tour: Tour, tour_page: TourPage, scale: str, maximum: str):
    tour_page.assign(scale=scale, maximum=maximum, query=12)
    numbers = colour_numbers(tour.data.values(12, "row"), 2, scale, maximum)
    assert_painted(tour.thumbnails(), numbers)


def test_paint_is_near_the_exact_attention(tour: Tour, tour_page: TourPage):
    tour_page.assign(query=8, maximum="shared")
    exact = tour.data.vectors(8, "row")
    brightest = exact[..., 2:].max()
    table = magma().astype(int)
    painted = tour.thumbnails()[..., :3].reshape(3, 2, 20, 3)
    distance = np.abs(table - painted[..., None, :].astype(int)).sum(-1)
    values = distance.argmin(-1) / 255 * brightest
    # The wire's error is 0.4 % of the row's largest weight, half a colour comes on top.
    allowed = 0.004 * exact.max(-1, keepdims=True) + 0.51 / 255 * brightest
    # The reference's own brightest value came over the wire too.
    allowed = allowed + 0.004 * exact.max()
    assert (np.abs(values - exact[..., 2:]) <= allowed).all()


@pytest.mark.parametrize("direction", ["row", "column"])
def test_large_view_blends_heat_over_grey(
    tour: Tour, tour_page: TourPage, direction: str
):
    tour_page.assign(layer=2, head=1, query=7, direction=direction)
    numbers = colour_numbers(tour.data.values(7, direction), 2)[2, 1].reshape(4, 5)
    grey = tour.data.patch_colours @ np.array([0.2126, 0.7152, 0.0722])
    opacity = (0.5 + 0.42 * numbers / 255)[..., None]
    expected = opacity * magma()[numbers] + (1 - opacity) * grey[..., None]
    found = tour.large_colours()
    assert (found[..., 3] == 255).all()
    assert np.abs(found[..., :3] - expected).max() <= 4


@pytest.mark.parametrize("context_options", [{"device_scale_factor": 2.5}])
def test_canvases_have_the_pixels_of_the_screen(tour: Tour, tour_page: TourPage):
    tour_page.assign(query=5)
    assert_painted(tour.thumbnails(), colour_numbers(tour.data.values(5, "row"), 2))
    canvases = tour.root.locator("canvas:not(.vw-bar)")
    densities = canvases.evaluate_all(
        "(all) => all.map((c) => c.width / c.getBoundingClientRect().width)"
    )
    assert np.allclose(densities, 2.5, rtol=0.01)


def test_resized_page_is_painted_anew(tour: Tour, tour_page: TourPage):
    for width in (360, 700, 1500):
        tour_page.page.set_viewport_size({"width": width, "height": 900})
        tour_page.settle()
        assert_painted(tour.thumbnails(), colour_numbers(tour.data.values(0, "row"), 2))
        overflow = "document.documentElement.scrollWidth > innerWidth"
        assert not tour_page.page.evaluate(overflow)


def test_output_that_was_hidden_comes_back(tour: Tour, tour_page: TourPage):
    show = "(shown) => document.querySelector('main').style.display = shown"
    tour_page.page.evaluate(show, "none")
    tour_page.assign(query=6)
    tour_page.page.evaluate(show, "block")
    tour_page.settle()
    assert_painted(tour.thumbnails(), colour_numbers(tour.data.values(6, "row"), 2))
    assert tour.large_colours()[..., 3].all()


def test_tour_that_is_rendered_before_it_is_in_the_page(
    tour_page: TourPage, data: TourData
):
    tour_page.answer = data.answer
    script = """async (state) => {
      const place = document.createElement("div");
      await addTour(place, state);
      await new Promise((r) => setTimeout(r, 50));
      document.getElementById("place0").append(place);
    }"""
    tour_page.page.evaluate(script, data.state())
    tour = Tour(tour_page.page.locator(".vw-root"), data)
    expect(tour.head_grid).to_have_attribute("aria-busy", "false")
    tour_page.settle()
    assert_painted(tour.thumbnails(), colour_numbers(data.values(0, "row"), 2))


def test_colour_bar_has_the_units_of_the_selected_head(tour: Tour, tour_page: TourPage):
    ticks = tour.root.locator(".vw-ticks span")
    most = tour.data.values(0, "row")[0, 0, 2:].max()
    expect(ticks).to_have_count(3)
    texts = [float(text) for text in ticks.all_text_contents()]
    assert np.allclose(texts, [0, most / 2, most], rtol=0.06)
    tour_page.assign(scale="log")
    expect(ticks).to_have_count(4)
    texts = [float(text.strip("≤ ")) for text in ticks.all_text_contents()]
    assert np.allclose(texts, most * 10.0 ** np.arange(-3, 1), rtol=0.06)
    assert ticks.first.text_content().startswith("≤")


def test_prefix_tokens_stand_beside_the_picture_with_their_values(tour: Tour):
    cells = tour.root.locator(".vw-prefix-cell")
    values = tour.data.values(0, "row")[0, 0]
    brightest = values[2:].max()
    for token, name in enumerate(["cls", "reg0"]):
        label, number, *above = cells.nth(token).inner_text().split()
        assert label == name
        assert np.isclose(float(number), values[token], rtol=0.01)
        assert bool(above) == (values[token] > brightest)
