"""Guided tours of a real model, in its view."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import vitwidgets as vw

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(name="tour", scope="module")
def _tour() -> Iterator[vw.AttentionHeadTour]:
    tour = vw.AttentionHeadTour(vw.load_model(), vw.images.sample("cat-alone"))
    yield tour
    tour.close()


def present(tour: vw.AttentionHeadTour) -> dict[str, Any]:
    return {name: getattr(tour, name) for name in tour.settable_names()}


def test_every_stop_of_a_built_tour_can_be_shown(tour: vw.AttentionHeadTour):
    tour.tour()
    assert 4 <= len(tour.stops) <= 10
    assert tour.stop == 0
    for stop in tour.stops:
        for name, value in tour.checked_state(stop["state"]).items():
            setattr(tour, name, value)
        shown = present(tour)
        assert {name: shown[name] for name in stop["state"]} == tour.checked_state(
            stop["state"]
        )


def test_a_saved_tour_is_the_same_when_loaded(
    tour: vw.AttentionHeadTour, tmp_path: Path
):
    tour.tour()
    before = present(tour)
    tour.save_tour(tmp_path / "tour.json")
    tour.stops, tour.stop, tour.layer, tour.pins = [], -1, 2, [(0, 0)]
    tour.load_tour(tmp_path / "tour.json")
    assert present(tour) == before


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"layer": 6}, "stop 7: layer=6 doesn't exist"),
        ({"layer": "3"}, "stop 7: layer='3'"),
        ({"pins": [[0, 9]]}, "stop 7: head=9 doesn't exist"),
        ({"region": [0, 0, 8, 8]}, "stop 7: region="),
        ({"shown": "nothing"}, "stop 7: .*shown"),
        ({"picture": 1}, "stop 7: .*picture"),
        ({"stops": []}, "stop 7: .*stops"),
        ({"history": []}, "stop 7: .*history"),
    ],
)
def test_a_tour_that_cannot_be_shown_leaves_the_view_as_it_is(
    tour: vw.AttentionHeadTour, tmp_path: Path, state: dict[str, Any], message: str
):
    path = tmp_path / "tour.json"
    tour.tour()
    tour.save_tour(path)
    written = json.loads(path.read_text("utf8"))
    written["stops"][6]["state"] = state
    path.write_text(json.dumps(written), "utf8")
    tour.layer, tour.stop, tour.search = 3, 2, "L3"
    before = present(tour)
    with pytest.raises(ValueError, match=message):
        tour.load_tour(path)
    assert present(tour) == before
