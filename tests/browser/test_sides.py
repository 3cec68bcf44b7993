"""Two sides: another image, or another model, beside the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.colours import assert_painted, colour_numbers
from tests.browser.test_matrix import AXE, VIOLATIONS
from tests.browser.tour_data import TourData, decoded

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.tour_page import Tour, TourPage


def other_image() -> TourData:
    return TourData(seed=5)


def other_model() -> TourData:
    """Return one with a finer grid, other prefix tokens and fewer layers."""
    return TourData(
        layers=2, heads=4, rows=8, columns=10, prefix=["cls"], seed=6, name="other-vit"
    )


def coarse_model() -> TourData:
    return TourData(
        heads=1, rows=3, columns=2, prefix=["dist", "cls"], seed=7, name="coarse-vit"
    )


OTHERS = [other_image, other_model, coarse_model]


@pytest.fixture
def other(request: pytest.FixtureRequest) -> TourData:
    return request.param()


@pytest.fixture
def sides(tour_page: TourPage, data: TourData, other: TourData) -> tuple[Tour, Tour]:
    first = tour_page.add(data, compare=other)
    second = first.of_side(1, other)
    both_here(second, tour_page)
    return first, second


every = pytest.mark.parametrize("other", OTHERS, indirect=True)
one = pytest.mark.parametrize("other", [other_model], indirect=True)


def both_here(second: Tour, tour_page: TourPage) -> None:
    """Wait until all layers of the second side have been asked for and have come."""
    count = second.data.layers

    def come() -> bool:
        asked = [r for r in tour_page.requests if r["kind"] == "attention"]
        return len([r for r in asked if r["side"] == 1]) >= count

    for _ in range(100):
        if come():
            break
        tour_page.settle()
    tour_page.settle()


def painted(tour: Tour, query: int, direction: str = "row") -> None:
    """The grid shows the heads of this side."""
    numbers = colour_numbers(tour.data.values(query, direction), len(tour.data.prefix))
    assert_painted(tour.thumbnails(), numbers)


def strongest(tour: Tour, layer: int, head: int, query: int) -> str:
    """Return the name of the patch that the readout has to name."""
    data = tour.data
    patches = data.values(query, "row")[layer, head, len(data.prefix) :]
    row, column = divmod(int(patches.argmax()), data.columns)
    return f"patch ({row},{column})"


def assert_reads(readout: Locator, name: str, exact: float) -> None:
    """The readout names a token, and its number and margin hold the exact value."""
    text = readout.inner_text().removeprefix("Strongest ")
    found, number = text.split(": ")
    value, margin = map(float, number.split(" ± "))
    assert found == name
    assert abs(value - exact) <= margin < 0.02


@every
def test_each_side_shows_its_own_model(sides: tuple[Tour, Tour], tour_page: TourPage):
    first, second = sides
    painted(first, 0)
    tour_page.assign(side=1)
    expect(second.head_grid).to_have_attribute("aria-busy", "false")
    painted(second, second.data.prefix.index("cls"))
    names = first.root.locator(".vw-title .vw-strong")
    expect(names).to_have_text(
        " · ".join(dict.fromkeys([first.data.name, second.data.name]))
    )


@every
@pytest.mark.parametrize("direction", ["row", "column"])
def test_hovering_either_picture_moves_both(
    sides: tuple[Tour, Tour], tour_page: TourPage, direction: str
):
    tour_page.assign(direction=direction)
    first, second = sides
    for hovered, row, column in [(first, 3, 4), (second, 2, 1), (first, 1, 2)]:
        hovered.hover(hovered.picture, row, column)
        token = hovered.data.token(row, column)
        query = hovered.data.matching(token, first.data)
        assert query is not None
        assert tour_page.saved["query"] == query
        own = first.data.matching(query, second.data)
        assert own is not None
        for tour, at in ((first, query), (second, own)):
            down, across = divmod(at - len(tour.data.prefix), tour.data.columns)
            name = f"patch ({down},{across})"
            expect(tour.picture).to_have_attribute("aria-valuetext", name)
            tour_page.assign(side=0 if tour is first else 1)
            painted(tour, at, direction)


@every
def test_values_of_both_large_views_are_their_own(
    sides: tuple[Tour, Tour], tour_page: TourPage
):
    first, second = sides
    tour_page.assign(layer=1, head=0, query=first.data.token(2, 3))
    query = first.data.matching(first.data.token(2, 3), second.data)
    assert query is not None
    exact = first.data.attention[1, 0, first.data.token(2, 3)]
    name = strongest(first, 1, 0, first.data.token(2, 3))
    assert_reads(first.readout, name, exact[2:].max())
    own = second.data.attention[1, 0, query]
    own_name = strongest(second, 1, 0, query)
    assert_reads(second.readout, own_name, own[len(second.data.prefix) :].max())
    numbers = colour_numbers(second.data.values(query, "row"), len(second.data.prefix))
    brightest = second.large_colours()[..., :3].sum(-1).argmax()
    assert brightest == numbers[1, 0].argmax()


@every
def test_the_token_that_one_large_view_is_pointed_at_is_read_in_both(
    sides: tuple[Tour, Tour], tour_page: TourPage
):
    first, second = sides
    tour_page.assign(layer=1)
    second.hover(second.large, 1, 1)
    token = second.data.token(1, 1)
    cls = second.data.prefix.index("cls")
    exact = second.data.attention[1, 0, cls, token]
    expect(second.readout).to_have_text(f"patch (1,1): {exact:#.4g}")
    same = second.data.matching(token, first.data)
    assert same is not None
    row, column = divmod(same - 2, 5)
    exact = first.data.attention[1, 0, 0, same]
    expect(first.readout).to_have_text(f"patch ({row},{column}): {exact:#.4g}")
    sides_asked = {r["side"] for r in tour_page.requests if r["kind"] == "value"}
    assert sides_asked == {0, 1}


@one
def test_token_that_a_side_lacks_is_said_so(
    sides: tuple[Tour, Tour], tour_page: TourPage
):
    first, second = sides
    tour_page.assign(query=first.data.token(1, 1), side=1)
    first.chip("reg0").first.hover()
    tour_page.settle()
    missing = "other-vit has no reg0"
    expect(second.loading).to_have_text(missing)
    expect(second.readout).to_have_text("…")
    expect(second.bar).to_be_hidden()
    expect(second.picture).to_have_attribute("aria-valuetext", missing)
    expect(second.picture.locator(".vw-query")).to_be_hidden()
    assert not second.thumbnails().any()
    caption = first.root.locator(".vw-head-caption:visible")
    expect(caption).to_have_text(f"L0.H0: {missing}")
    assert_reads(
        first.readout,
        strongest(first, 0, 0, 1),
        first.data.attention[0, 0, 1, 2:].max(),
    )
    first.hover(first.picture, 0, 0)
    same = first.data.matching(first.data.token(0, 0), second.data)
    assert same is not None
    painted(second, same)
    expect(second.loading).to_be_hidden()
    expect(second.bar).to_be_visible()


@one
def test_head_and_layer_that_a_side_lacks_are_said_so(
    sides: tuple[Tour, Tour], tour_page: TourPage
):
    first, second = sides
    tour_page.assign(layer=2, head=1)
    expect(second.loading).to_have_text("other-vit has no L2.H1")
    expect(second.readout).to_have_text("…")
    expect(second.bar).to_be_hidden()
    expect(second.root.locator(".vw-prefix-cell").last).to_have_text("cls …")
    expect(first.loading).to_be_hidden()
    tour_page.assign(layer=1)
    expect(second.loading).to_be_hidden()
    expect(second.root.locator(".vw-prefix-cell").last).not_to_contain_text("…")


@pytest.mark.parametrize("other", [coarse_model], indirect=True)
def test_head_that_a_side_lacks_shows_none_of_its_numbers(
    sides: tuple[Tour, Tour], tour_page: TourPage
):
    _, second = sides
    tour_page.assign(layer=0, head=1)
    expect(second.loading).to_have_text("coarse-vit has no L0.H1")
    cells = second.root.locator(".vw-prefix-cell")
    expect(cells.nth(2)).to_have_text("dist …")
    expect(cells.nth(3)).to_have_text("cls …")


@pytest.mark.parametrize("other", [coarse_model], indirect=True)
def test_token_that_the_first_side_lacks_cannot_be_chosen(
    sides: tuple[Tour, Tour], tour_page: TourPage
):
    first, second = sides
    chip = first.chip("dist")
    expect(chip).to_be_disabled()
    expect(chip).to_have_attribute("title", "tiny-vit has no dist")
    tour_page.assign(query=first.data.token(0, 0))
    second.picture.focus()
    tour_page.press("ArrowUp")
    expect(first.chip("cls").nth(1)).to_be_focused()
    tour_page.press("ArrowLeft")
    expect(first.chip("cls").nth(1)).to_be_focused()
    assert tour_page.saved["query"] == 0


@every
def test_switch_shows_the_other_sides_heads(
    sides: tuple[Tour, Tour], tour_page: TourPage
):
    first, second = sides
    group = first.root.get_by_role("group", name="Heads of")
    buttons = group.get_by_role("button")
    expect(buttons).to_have_text([f"1: {first.data.name}", f"2: {second.data.name}"])
    expect(buttons.first).to_have_attribute("aria-pressed", "true")
    buttons.nth(1).click()
    expect(buttons.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(second.head_grid).to_have_count(1)
    count = second.data.layers * second.data.heads
    expect(second.head_grid.get_by_role("gridcell")).to_have_count(count)
    tour_page.settle()
    painted(second, second.data.prefix.index("cls"))
    second.head(1, 0).click()
    tour_page.settle()
    assert tour_page.saved["layer"] == 1
    expect(second.head(1, 0)).to_have_attribute("aria-selected", "true")
    tour_page.press("Control+z", "Control+z")
    assert (tour_page.saved["layer"], tour_page.saved["side"]) == (0, 0)
    tour_page.settle()
    painted(first, 0)


@pytest.mark.parametrize("other", [other_model], indirect=True)
def test_head_of_the_second_side_that_the_first_lacks_says_so(
    sides: tuple[Tour, Tour], tour_page: TourPage
):
    first, second = sides
    tour_page.assign(side=1)
    second.head(0, 3).click()
    expect(first.alert).to_contain_text("head 3 doesn't exist")
    assert "head" not in tour_page.saved


@every
def test_keys_reach_every_patch_from_either_picture(
    sides: tuple[Tour, Tour], tour_page: TourPage
):
    first, second = sides
    tour_page.assign(query=first.data.token(3, 4))
    second.picture.focus()
    walked = []
    for _ in range(4):
        tour_page.press("ArrowLeft")
        walked.append(tour_page.saved["query"])
    for _ in range(3):
        tour_page.press("ArrowUp")
        walked.append(tour_page.saved["query"])
    left = [first.data.token(3, column) for column in (3, 2, 1, 0)]
    up = [first.data.token(row, 0) for row in (2, 1, 0)]
    assert walked == [*left, *up]


@every
def test_region_dragged_on_the_second_picture_holds_for_both(
    sides: tuple[Tour, Tour], tour_page: TourPage
):
    first, second = sides
    tour_page.page.mouse.move(0, 0)
    second.hover(second.picture, 0, 0)
    tour_page.page.mouse.down()
    second.hover(second.picture, 2, 1)
    tour_page.page.mouse.up()
    tour_page.settle()
    corners = [
        second.data.matching(second.data.token(*at), first.data)
        for at in ((0, 0), (2, 1))
    ]
    places = [divmod((token or 0) - 2, 5) for token in corners]
    region = [*places[0], *places[1]]
    assert tour_page.saved["region"] == region
    tokens = first.data.within(region)
    painted_mean(first, tokens)
    own = {first.data.matching(token, second.data) for token in tokens}
    tour_page.assign(side=1)
    painted_mean(second, sorted(token for token in own if token is not None))


def painted_mean(tour: Tour, tokens: list[int]) -> None:
    numbers = colour_numbers(tour.data.values(tokens, "row"), len(tour.data.prefix))
    assert_painted(tour.thumbnails(), numbers)


@one
def test_rollout_of_both_sides(sides: tuple[Tour, Tour], tour_page: TourPage):
    first, second = sides
    tour_page.assign(head=1, layer=1)
    first.chip("Rollout").click()
    expect(first.head_grid).to_have_attribute("aria-busy", "false")
    tour_page.settle()
    expect(second.head_name).to_have_text("Through layer 1")
    numbers = colour_numbers(first.data.values(0, "row", "rollout"), 2)
    assert_painted(first.thumbnails(), numbers)
    tour_page.assign(side=1)
    expect(second.head_grid).to_have_attribute("aria-busy", "false")
    tour_page.settle()
    numbers = colour_numbers(second.data.values(0, "row", "rollout"), 1)
    assert_painted(second.thumbnails(), numbers)


def test_rows_of_both_sides_are_fetched_where_layers_do_not_fit(
    tour_page: TourPage, data: TourData
):
    other = other_model()
    tour = tour_page.add(
        data,
        compare=other,
        delivery="rows",
        compared=[other.side(delivery="rows")],
    )
    second = tour.of_side(1, other)
    query = data.token(2, 2)
    own = data.matching(query, other)
    assert own is not None

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if request.get("side") != 1 or request["kind"] != "rows":
            return data.answer(request)
        assert request["query"] == query  # of the first side, as Python expects it
        return other.answer({**request, "query": own})

    tour_page.answer = answer
    tour_page.assign(query=query)
    expect(tour.head_grid).to_have_attribute("aria-busy", "false")
    tour_page.settle()
    numbers = colour_numbers(decoded(data.vectors(query, "row")), 2)
    assert_painted(tour.thumbnails(), numbers)
    tour_page.assign(side=1)
    expect(tour.head_grid).to_have_attribute("aria-busy", "false")
    tour_page.settle()
    numbers = colour_numbers(decoded(other.vectors(own, "row")), 1)
    assert_painted(second.thumbnails(), numbers)


@one
@pytest.mark.parametrize(
    "context_options",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}],
    ids=["light", "dark"],
)
def test_axe_finds_nothing(sides: tuple[Tour, Tour], tour_page: TourPage):
    first, _ = sides
    tour_page.assign(query=1, layer=2, pins=[[0, 1], [2, 1]], shown="scores")
    tour_page.settle()
    tour_page.page.add_script_tag(path=AXE)
    assert tour_page.page.evaluate(VIOLATIONS) == []
    expect(first.alert).to_be_hidden()
