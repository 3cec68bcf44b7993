"""Each thing that can be shown of heads, from a token's side and from a region's."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image
from traitlets import TraitError

from tests.parity.variants import build
from vitwidgets.models import HookedViT
from vitwidgets.widgets import AttentionHeadTour

from .test_attention_source import (
    COLUMNS,
    PICTURE,
    PLAIN,
    ROWS,
    TRUTH,
    preprocessing,
)
from .test_tour_compare import BARE, WITH_CLS

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = 3
SVG = "{http://www.w3.org/2000/svg}"
SHOWN = ["pattern", "scores", "written", "rollout"]
REGIONS = [[0, 0, 0, 0], [1, 2, 2, 4], [0, 0, 2, 4], [2, 1, 2, 3]]


@pytest.fixture(scope="module")
def opened() -> AttentionHeadTour:
    return AttentionHeadTour(PLAIN, PICTURE)


@pytest.fixture
def tour(opened: AttentionHeadTour) -> AttentionHeadTour:
    """Give one tour to all, each time as if it were new."""
    for name in ("shown", "direction", "region", "head"):
        setattr(opened, name, opened.traits()[name].default())
    opened.layer, opened.query = 2, PREFIX + 6
    return opened


def sliced(shown: str, direction: str, tokens: list[int]) -> np.ndarray:
    """Give the mean of rows or columns of the truth, ``(layer, head, token)``."""
    axes = {"row": 2, "column": 3}
    return np.take(TRUTH[shown], tokens, axes[direction]).mean(axes[direction])


def assert_close(found: np.ndarray, shown: str, truth: np.ndarray) -> None:
    atol = 2e-6 * np.abs(TRUTH[shown]).max()
    np.testing.assert_allclose(found, truth, rtol=1e-5, atol=atol)


@pytest.mark.parametrize("direction", ["row", "column"])
@pytest.mark.parametrize("shown", SHOWN)
def test_results_are_what_is_shown(
    tour: AttentionHeadTour, shown: str, direction: str
) -> None:
    tour.shown, tour.direction = shown, direction
    for query in (0, PREFIX + 6):
        tour.query = query
        assert_close(tour.results, shown, sliced(shown, direction, [query]))
    assert tour.results.dtype == np.float32


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("direction", ["row", "column"])
@pytest.mark.parametrize("shown", SHOWN)
def test_a_region_is_the_mean_of_its_patches(
    tour: AttentionHeadTour, page: Any, shown: str, direction: str, region: list[int]
) -> None:
    tour.shown, tour.direction, tour.region = shown, direction, region
    top, left, bottom, right = region
    tokens = [
        PREFIX + row * COLUMNS + column
        for row in range(ROWS)
        for column in range(COLUMNS)
        if top <= row <= bottom and left <= column <= right
    ]
    truth = sliced(shown, direction, tokens)
    assert_close(tour.results, shown, truth)
    tour.query = 0  # the region stands in its place
    assert_close(tour.results, shown, truth)
    answer = page.ask(
        tour,
        "rows",
        side=0,
        shown=shown,
        direction=direction,
        query=0,
        region=region,
    )
    shares = answer["codes"] / 255
    low, power = (answer["lows"], 1) if shown == "scores" else (0, 2)
    found = low + answer["scales"] * shares**power
    spread = truth.max(-1, keepdims=True) - np.minimum(truth.min(-1, keepdims=True), 0)
    assert (np.abs(found - truth) <= 0.004 * spread).all()
    tour.region = []
    assert_close(tour.results, shown, sliced(shown, direction, [0]))


@pytest.mark.parametrize("shown", SHOWN)
def test_the_large_view_has_its_head_of_them(
    tour: AttentionHeadTour, shown: str
) -> None:
    tour.shown, tour.layer, tour.head = shown, 1, 2
    head = 0 if shown == "rollout" else 2
    truth = sliced(shown, "row", [PREFIX + 6])[1, head]
    assert_close(tour.head_results, shown, truth)


def test_the_large_view_is_empty_where_the_other_model_has_nothing() -> None:
    tour = AttentionHeadTour(
        PLAIN, PICTURE, compare=BARE, side=1, query=PREFIX, layer=1, head=2
    )
    assert tour.head_results.shape == (24,)
    for name, value in {"layer": 2, "head": 3, "query": 0}.items():
        was = getattr(tour, name)
        setattr(tour, name, value)
        assert tour.head_results.shape == (0,)
        setattr(tour, name, was)
    tour.shown, tour.head = "rollout", 3
    assert tour.head_results.shape == (24,)


def brightness(pixels: np.ndarray) -> np.ndarray:
    """Give what grows along the colours."""
    return pixels.astype(int).sum(-1)


@pytest.mark.parametrize("direction", ["row", "column"])
@pytest.mark.parametrize("shown", SHOWN)
def test_pictures_show_brightest_what_is_most(
    tour: AttentionHeadTour, shown: str, direction: str
) -> None:
    tour.shown, tour.direction = shown, direction
    root = ET.fromstring(tour.svg())  # noqa: S314
    images = {image[0].text: image for image in root.iter(f"{SVG}image")}
    truth = sliced(shown, direction, [PREFIX + 6])[:, :, PREFIX:]
    assert len(images) == 1 + truth.shape[0] * truth.shape[1]
    for (layer, head), values in zip(
        np.ndindex(truth.shape[:2]), truth.reshape(-1, ROWS, COLUMNS), strict=True
    ):
        name = "rollout" if shown == "rollout" else f"H{head}"
        seen = brightness(decoded(images[f"L{layer}.{name}"]))
        # Brightness follows the values: never brighter where there is less.
        order = np.argsort(values, axis=None)
        assert (np.diff(seen.ravel()[order]) >= 0).all()
        assert seen.max() == 0xFC + 0xFD + 0xBF
        if shown == "scores":
            assert seen.min() == 4  # the colour of the lowest end


def decoded(image: ET.Element) -> np.ndarray:
    png = base64.b64decode(image.get("href", "").removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(png)))


@pytest.mark.parametrize("shown", SHOWN)
def test_a_still_has_a_thumbnail_for_each_map(
    tour: AttentionHeadTour, shown: str
) -> None:
    tour.shown = shown
    maps = 1 if shown == "rollout" else 4
    # A picture of 320 x 192, and thumbnails of 48 x 28, 4 pixels apart.
    assert tour.still().size == (320 + 4 + maps * (48 + 4), 192)


def test_captions_say_what_is_shown(tour: AttentionHeadTour) -> None:
    tour.layer, tour.head = 1, 2
    tour.query = PREFIX + 7
    start, end = "AttentionHeadTour of registers: ", ", 3 layers x 4 heads; large view"
    assert tour.caption() == f"{start}attention from token (1,2){end}: L1.H2"
    tour.shown, tour.direction, tour.query = "scores", "column", 0
    assert tour.caption() == f"{start}attention scores to token cls{end}: L1.H2"
    tour.shown, tour.region = "written", [0, 1, 2, 3]
    assert tour.caption() == (
        f"{start}what is written by attention to patches (0,1) to (2,3){end}: L1.H2"
    )
    tour.shown, tour.direction = "rollout", "row"
    assert tour.caption() == (
        f"{start}attention rollout from patches (0,1) to (2,3), 3 layers; large view: "
        "through L1"
    )


def test_the_other_side_is_drawn_and_said(tmp_path: Path) -> None:
    tour = AttentionHeadTour(
        PLAIN, PICTURE, compare=WITH_CLS, side=1, query=PREFIX, layer=1, head=2
    )
    assert tour.caption() == (
        "AttentionHeadTour of other-1: attention from token (0,0), 2 layers x 3 heads; "
        "large view: L1.H2"
    )
    images = list(ET.fromstring(tour.svg()).iter(f"{SVG}image"))  # noqa: S314
    assert len(images) == 1 + 2 * 3
    np.testing.assert_array_equal(decoded(images[0]), tour.compared[0]["picture"])
    tour.layer = 2
    assert tour.caption().endswith("2 layers x 3 heads")


def test_a_token_that_the_other_model_has_not_is_drawn_dark_and_said() -> None:
    tour = AttentionHeadTour(PLAIN, PICTURE, compare=BARE, query=0, side=1, layer=0)
    assert tour.caption() == (
        "AttentionHeadTour of other-0: attention from token cls (which it doesn't "
        "have), 2 layers x 3 heads; large view: L0.H0"
    )
    images = list(ET.fromstring(tour.svg()).iter(f"{SVG}image"))[1:]  # noqa: S314
    for image in images:
        assert (brightness(decoded(image)) == 4).all()
    data, _ = tour._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data


def test_what_this_kind_of_model_cannot_show_is_not_offered(page: Any) -> None:
    model = HookedViT(build("gated attention"), preprocessing=preprocessing(32, 32))
    for tour in (
        AttentionHeadTour(model, PICTURE),
        AttentionHeadTour(PLAIN, PICTURE, compare=model),
    ):
        assert tour.offered == ["pattern", "scores", "rollout"]
        with pytest.raises(TraitError, match=r"shown='written': .* a norm or a gate"):
            tour.shown = "written"
        page.set(tour, shown="written", layer=0)
        assert (tour.shown, tour.layer) == ("pattern", 2)
        tour.shown = "rollout"
    with pytest.raises(TraitError, match="a norm or a gate"):
        AttentionHeadTour(model, PICTURE, shown="written")
    assert AttentionHeadTour(PLAIN, PICTURE).offered == SHOWN
