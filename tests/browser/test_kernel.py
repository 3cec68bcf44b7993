from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.colours import assert_painted, colour_numbers
from tests.browser.tour_data import TourData, decoded

if TYPE_CHECKING:
    from tests.browser.tour_page import Tour, TourPage


def painted(tour: Tour, query: int, layers: slice = slice(None)) -> None:
    numbers = colour_numbers(tour.data.values(query, "row")[layers], 2)
    assert_painted(tour.thumbnails()[layers], numbers)


def test_python_sets_every_trait(tour: Tour, tour_page: TourPage):
    state = {
        "layer": 2,
        "head": 1,
        "query": 11,
        "direction": "column",
        "scale": "log",
        "maximum": "shared",
    }
    tour_page.assign(**state)
    numbers = colour_numbers(tour.data.values(11, "column"), 2, "log", "shared")
    assert_painted(tour.thumbnails(), numbers)
    expect(tour.head(2, 1)).to_have_attribute("aria-selected", "true")
    expect(tour.status).to_have_text(
        "tiny-vit · L2.H1 · patch (1,4) · who looks at this token"
    )
    assert tour_page.saved == {}


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"layer": 3}, "layer 3 doesn't exist: this model has 0 to 2"),
        ({"query": -1}, "query -1 doesn't exist: this model has 0 to 21"),
        ({"head": 0.5}, "head 0.5 doesn't exist: this model has 0 to 1"),
        ({"scale": "cubic"}, "scale is linear or log, not cubic"),
    ],
)
def test_value_that_does_not_exist_is_refused(
    tour: Tour, tour_page: TourPage, state: dict[str, Any], message: str
):
    tour_page.assign(**state)
    expect(tour.alert).to_have_text(message)
    painted(tour, 0)
    tour.hover(tour.picture, 1, 1)
    painted(tour, tour.data.token(1, 1))


def test_refusal_is_shown_until_the_next_act(tour: Tour, tour_page: TourPage):
    tour.head(2, 1).click()
    tour_page.settle()
    message = "layer=99 doesn't exist: layer is 0 to 2 on this model"
    tour_page.receive({"type": "refused", "message": message})
    tour_page.assign(layer=0)
    expect(tour.alert).to_have_text(message)
    expect(tour.head(0, 1)).to_have_attribute("aria-selected", "true")
    tour.head(1, 0).click()
    expect(tour.alert).to_be_hidden()


def test_message_is_text_never_html(tour_page: TourPage):
    data = TourData(name="<b>bold</b>", prefix=["<i>cls</i>", "reg0"])
    tour = tour_page.add(data)
    tour_page.receive({"type": "refused", "message": "<img src=x onerror=alert(1)>"})
    expect(tour.alert).to_have_text("<img src=x onerror=alert(1)>")
    expect(tour.root.locator("b, i, img")).to_have_count(0)
    expect(tour.chip("<i>cls</i>")).to_be_visible()


def test_layers_come_in_the_order_of_need(tour_page: TourPage):
    data = TourData(layers=6)
    tour_page.add(data, layer=4)
    layers = [r["layer"] for r in tour_page.requests if r["kind"] == "attention"]
    assert layers == [4, 3, 5, 2, 1, 0]


def test_layers_that_are_not_here_say_so(tour_page: TourPage, data: TourData):
    tour_page.answer = lambda r: data.answer(r) if r.get("layer") == 2 else None
    tour = tour_page.add_waiting(data, layer=2)
    tour.hover(tour.picture, 2, 2)
    query = data.token(2, 2)
    painted(tour, query, slice(2, 3))
    assert not tour.thumbnails()[:2].any()
    tour.head(0, 0).click()
    tour_page.settle()
    expect(tour.root.locator(".vw-loading")).to_have_text("fetching layer 0 …")
    expect(tour.readout).to_have_text("…")
    tour.chip("cls").hover()
    tour_page.settle()
    expect(tour.root.locator(".vw-loading")).to_be_hidden()
    numbers = colour_numbers(decoded(data.vectors(0, "row")), 2)
    assert_painted(tour.thumbnails()[:2], numbers[:2])


def test_rows_are_fetched_for_the_present_query(tour_page: TourPage, data: TourData):
    tour = tour_page.add(data, delivery="rows")
    assert set(tour_page.kinds()) <= {"statistics"}
    open_requests = []
    tour_page.answer = open_requests.append
    for column in range(4):
        tour.hover(tour.picture, 0, column)
    expect(tour.root.locator(".vw-loading")).to_have_text("fetching patch (0,3) …")
    assert [r["query"] for r in open_requests] == [data.token(0, 0)]
    tour_page.answer = data.answer
    reply = {"type": "reply", "part": 0, "parts": 1, "error": "too late"}
    tour_page.receive({**reply, "id": open_requests[0]["id"]})
    expect(tour.head_grid).to_have_attribute("aria-busy", "false")
    tour_page.settle()
    query = data.token(0, 3)
    assert tour_page.requests[-1]["query"] == query
    assert_painted(
        tour.thumbnails(), colour_numbers(decoded(data.vectors(query, "row")), 2)
    )
    expect(tour.alert).to_be_hidden()
    tour.button("Who looks at this token").click()
    expect(tour.head_grid).to_have_attribute("aria-busy", "false")
    tour_page.settle()
    columns = decoded(data.vectors(query, "column"))
    assert_painted(tour.thumbnails(), colour_numbers(columns, 2))


def test_kernel_error_is_shown_and_tried_again(tour_page: TourPage, data: TourData):
    tour_page.answer = lambda _request: {"error": "the tour was closed"}
    tour = tour_page.add_waiting(data, layer=1)
    message = "Layer 1 could not be loaded: the tour was closed"
    expect(tour.alert).to_have_text(message)
    assert tour_page.kinds().count("attention") == 1
    tour_page.answer = data.answer
    tour.head(2, 0).click()
    expect(tour.head_grid).to_have_attribute("aria-busy", "false")
    expect(tour.alert).to_be_hidden()


def test_failed_value_is_shown_and_the_approximate_one_stays(
    tour: Tour, tour_page: TourPage
):
    tour_page.answer = lambda _request: {"error": "out of memory"}
    tour.hover(tour.large, 1, 1)
    expect(tour.alert).to_have_text("The exact value could not be read: out of memory")
    expect(tour.readout).to_contain_text("±")


def test_slow_kernel_is_waited_for(tour_page: TourPage, data: TourData):
    tour = tour_page.add_waiting(data)
    expect(tour.badge).to_have_text("waiting for the kernel")
    asked = tour_page.requests[-1]
    tour_page.answer = data.answer
    tour_page.receive({"type": "reply", "id": asked["id"], "error": "busy"})
    expect(tour.badge).to_be_hidden()


DISCONNECT = """(on) => document.getElementById("place0").parentElement
  .classList.toggle("jupyter-widgets-disconnected", on)"""


def test_detached_view_stays_readable_and_comes_back(
    tour_page: TourPage, data: TourData
):
    tour_page.answer = lambda r: data.answer(r) if r.get("layer") == 2 else None
    tour = tour_page.add_waiting(data, layer=2)
    tour.hover(tour.picture, 0, 0)
    tour_page.page.evaluate(DISCONNECT, True)
    expect(tour.badge).to_have_text("detached: run the cell again")
    asked = len(tour_page.requests)
    tour.hover(tour.picture, 3, 1)
    painted(tour, data.token(3, 1), slice(2, 3))
    tour.hover(tour.large, 1, 1)
    expect(tour.readout).to_contain_text("±")
    expect(tour.head_grid).to_have_attribute("aria-busy", "false")
    tour.head(0, 0).click()
    missing = "layer 0 had not come when the kernel went"
    expect(tour.root.locator(".vw-loading")).to_have_text(missing)
    expect(tour.alert).to_be_hidden()
    assert len(tour_page.requests) == asked

    tour_page.answer = data.answer
    tour_page.page.evaluate(DISCONNECT, False)
    expect(tour.badge).to_be_hidden()
    expect(tour.head_grid).to_have_attribute("aria-busy", "false")
    tour_page.settle()
    painted(tour, data.token(3, 1))


@pytest.mark.parametrize(
    "sign",
    [
        "tours[0].model.emit('comm_live_update')",
        "tours[0].model.send = () => { throw new Error('Cannot send'); }",
        """tours[0].model.send = (_, callbacks) =>
          callbacks.iopub.status({content: {execution_state: "idle"}})""",
    ],
    ids=["restart", "closed", "untaken"],
)
def test_every_sign_of_a_gone_kernel_is_taken(
    tour: Tour, tour_page: TourPage, sign: str
):
    tour_page.page.evaluate(f"() => {{ {sign} }}")
    tour.hover(tour.large, 1, 1)
    expect(tour.badge).to_have_text("detached: run the cell again")
    expect(tour.readout).to_contain_text("±")
    tour_page.saved.clear()
    tour.hover(tour.picture, 2, 2)
    painted(tour, tour.data.token(2, 2))
    assert tour_page.saved == {}
    tour_page.receive({"type": "hello"})
    expect(tour.badge).to_be_hidden()
    tour_page.settle()
    assert tour_page.saved == {"query": tour.data.token(2, 2)}


def test_view_in_a_detached_output_says_so_from_the_start(
    tour_page: TourPage, data: TourData
):
    tour_page.page.evaluate(DISCONNECT, True)
    tour = tour_page.add_waiting(data)
    expect(tour.badge).to_have_text("detached: run the cell again")
    painted(tour, 0)
