from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.colours import assert_painted, colour_numbers
from tests.browser.tour_data import TourData, encode
from tests.browser.tour_page import Tour, TourPage

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

# Counts what is registered and not released, outside the view's own elements too.
COUNT = """() => {
  window.held = {listeners: 0, observers: 0, timers: 0};
  const add = EventTarget.prototype.addEventListener;
  const remove = EventTarget.prototype.removeEventListener;
  const known = new Map();
  const key = (target, type, handler) => {
    if (!known.has(target)) known.set(target, new Map());
    const handlers = known.get(target);
    if (!handlers.has(type)) handlers.set(type, new Set());
    return handlers.get(type);
  };
  const drop = (target, type, handler) => {
    if (key(target, type).delete(handler)) held.listeners -= 1;
  };
  EventTarget.prototype.addEventListener = function (type, handler, options) {
    if (!(this instanceof AbortSignal) && !key(this, type).has(handler)) {
      key(this, type).add(handler);
      held.listeners += 1;
      options?.signal?.addEventListener("abort", () => drop(this, type, handler));
    }
    return add.call(this, type, handler, options);
  };
  EventTarget.prototype.removeEventListener = function (type, handler, options) {
    drop(this, type, handler);
    return remove.call(this, type, handler, options);
  };
  for (const Observer of [ResizeObserver, MutationObserver]) {
    const {observe, disconnect} = Observer.prototype;
    const active = new Set();
    Observer.prototype.observe = function (...rest) {
      if (!active.has(this)) held.observers += 1;
      active.add(this);
      return observe.apply(this, rest);
    };
    Observer.prototype.disconnect = function () {
      if (active.delete(this)) held.observers -= 1;
      return disconnect.call(this);
    };
  }
  const {setTimeout: set, clearTimeout: clear} = window;
  const running = new Set();
  window.setTimeout = (work, ...rest) => {
    const id = set(() => { running.delete(id); held.timers = running.size; work(); },
      ...rest);
    running.add(id);
    held.timers = running.size;
    return id;
  };
  window.clearTimeout = (id) => {
    running.delete(id);
    held.timers = running.size;
    clear(id);
  };
}"""


@pytest.mark.parametrize("way", ["tours[0].leave()", "tours[0].dispose()"])
def test_everything_is_released(tour_page: TourPage, data: TourData, way: str):
    page = tour_page.page
    page.locator("main").evaluate("1")  # Playwright's own listeners come first
    page.locator("main").scroll_into_view_if_needed()
    page.evaluate(COUNT)
    tour_page.answer = lambda r: data.answer(r) if r.get("layer") == 0 else None
    tour = tour_page.add_waiting(data)
    tour.hover(tour.picture, 1, 1)
    before = page.evaluate("held")
    assert before["listeners"] > 20
    assert before["observers"] >= 3
    assert before["timers"] > 0
    assert page.evaluate("tours[0].model.listenerCount") > 8
    page.evaluate(way)
    tour_page.settle()
    assert page.evaluate("held") == {"listeners": 0, "observers": 0, "timers": 0}
    assert page.evaluate("tours[0].model.listenerCount") == 0
    assert page.locator(".vw-root").count() == 0


def test_two_views_of_one_model_stay_in_step(tmp_path: Path, page: Page):
    tour_page = TourPage(page, tmp_path)
    tour_page.open(places=2)
    data = TourData()
    first = tour_page.add(data)
    page.evaluate(
        "async () => { window.leave2 = await tours[0].addView("
        "document.getElementById('place1')); }"
    )
    second = Tour(page.locator("#place1 .vw-root"), data)
    expect(second.head_grid).to_have_attribute("aria-busy", "false")
    first.hover(first.picture, 2, 2)
    second.button("Log").click()
    tour_page.settle()
    numbers = colour_numbers(data.values(data.token(2, 2), "row"), 2, "log")
    for view in (first, second):
        assert_painted(view.thumbnails(), numbers)
    page.evaluate("leave2()")
    first.hover(first.picture, 3, 3)
    numbers = colour_numbers(data.values(data.token(3, 3), "row"), 2, "log")
    assert_painted(first.thumbnails(), numbers)


def test_two_widgets_are_independent(tmp_path: Path, page: Page):
    tour_page = TourPage(page, tmp_path)
    tour_page.open(places=2)
    small, tall = TourData(), TourData(rows=7, columns=3, seed=5, name="tall-vit")
    first = tour_page.add(small, 0)
    second = tour_page.add(tall, 1)
    second.head(1, 1).click()
    first.hover(first.picture, 1, 2)
    first.button("Shared").click()
    tour_page.settle()
    values = small.values(small.token(1, 2), "row")
    numbers = colour_numbers(values, 2, maximum="shared")
    assert_painted(first.thumbnails(), numbers)
    assert_painted(second.thumbnails(), colour_numbers(tall.values(0, "row"), 2))
    expect(first.root.locator(".vw-head-name")).to_have_text("L0.H0")
    expect(second.root.locator(".vw-head-name")).to_have_text("L1.H1")


def test_another_picture_from_python_starts_the_view_again(
    tour: Tour, tour_page: TourPage
):
    other = TourData(rows=6, columns=6, seed=9, name="other-vit")
    tour_page.answer = other.answer
    tour_page.assign(**other.state())
    expect(tour.root.locator(".vw-title")).to_contain_text("other-vit")
    expect(tour.head_grid).to_have_attribute("aria-busy", "false")
    tour_page.settle()
    shown = Tour(tour.root, other)
    assert_painted(shown.thumbnails(), colour_numbers(other.values(0, "row"), 2))


def test_state_that_contradicts_itself_is_explained(
    tour_page: TourPage, data: TourData
):
    codes = encode(data.picture[:3])
    tour = tour_page.add_waiting(data, opening_codes=codes)
    expect(tour.alert).to_contain_text("The tour can't be shown: codes: ")
    tour_page.assign(**data.state())
    expect(tour.head_grid).to_be_visible()
