"""Guided tours in the widget: made, walked, written and read."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from vitwidgets.widgets import AttentionHeadTour
from vitwidgets.widgets.guided_tour import file as tour_file

from .test_attention_source import PICTURE, PLAIN
from .test_tour_compare import BARE, ELSEWHERE
from .test_tour_state import state_of

if TYPE_CHECKING:
    from pathlib import Path

STOPS: list[dict[str, Any]] = [
    {"title": "One", "text": "See.", "state": {"layer": 0, "head": 3, "query": 7}},
    {
        "title": "Two",
        "text": "Größer <b>.",
        "state": {
            "shown": "rollout",
            "region": [0, 1, 2, 3],
            "pins": [[0, 1], [2, 3]],
            "sort": "entropy",
            "search": "L1",
            "selection": [[1, 1]],
            "side": 1,
            "large": "matrix",
        },
    },
    {"title": "Three", "text": "Nothing changes.", "state": {}},
]


@pytest.fixture
def tour() -> AttentionHeadTour:
    tour = AttentionHeadTour(PLAIN, PICTURE, compare=ELSEWHERE, head=1)
    tour.stops = STOPS
    return tour


def test_going_to_a_stop_shows_its_state_and_leaves_the_rest(
    tour: AttentionHeadTour,
) -> None:
    before = state_of(tour)
    expected = before
    for at in (1, 0, 2, 1):
        tour.go_to(at)
        expected = {**expected, **STOPS[at]["state"], "stop": at}
        after = state_of(tour)
        expected |= {"history": after["history"]}
        assert after == expected
    acts = [(act["verb"], act["address"]) for act in tour.history]
    assert acts == [("go to stop", number) for number in ("2", "1", "3", "2")]
    for _ in range(4):
        tour.undo()
    after = state_of(tour)
    assert {**after, "history": [], "undone": 0} == before


@pytest.mark.parametrize("stop", [3, -1, 99, "1", None, 0.5])
def test_a_stop_that_there_is_not_changes_nothing(
    tour: AttentionHeadTour, stop: Any
) -> None:
    before = state_of(tour)
    fault = f"stop {stop!r} doesn't exist: this tour has 3 stops, counted from 0"
    with pytest.raises(IndexError, match=fault):
        tour.go_to(stop)
    assert state_of(tour) == before


def test_without_stops_it_says_how_to_make_some() -> None:
    with pytest.raises(IndexError, match=r"has 0 stops.*; tour\(\) makes some"):
        AttentionHeadTour(PLAIN, PICTURE).go_to(0)


def test_a_made_tour_starts_at_its_first_stop_and_is_one_act(page: Any) -> None:
    tour = AttentionHeadTour(PLAIN, PICTURE, search="L2", pins=[[1, 1]])
    before = state_of(tour)
    tour.tour()
    made = state_of(tour)
    assert made["stop"] == 0
    assert {name: made[name] for name in made["stops"][0]["state"]} == made["stops"][0][
        "state"
    ]
    (act,) = tour.history
    assert act["verb"] == "start the tour"
    tour.undo()
    assert {**state_of(tour), "history": [], "undone": 0} == before
    tour.redo()
    assert state_of(tour) == made


def test_the_page_can_ask_for_stops(page: Any) -> None:
    tour = AttentionHeadTour(PLAIN, PICTURE)
    before = state_of(tour)
    content = {"type": "request", "id": "stops", "kind": "tour"}
    known = set(threading.enumerate())
    page.send(tour, {"method": "custom", "content": content})
    for thread in set(threading.enumerate()) - known:
        thread.join(60)
    (answer,) = page.messages("reply")
    assert state_of(tour) == before
    tour.tour()
    assert answer["result"]["stops"] == state_of(tour)["stops"]


def test_stops_are_written_and_read_back(
    tour: AttentionHeadTour, tmp_path: Path
) -> None:
    path = tmp_path / "tour.json"
    tour.save_tour(path)
    again = AttentionHeadTour(PLAIN, ELSEWHERE, compare=PICTURE)
    before = state_of(again)
    again.load_tour(str(path))
    assert state_of(again)["stops"] == STOPS
    assert (again.stop, again.layer, again.head, again.query) == (0, 0, 3, 7)
    again.go_to(1)
    assert state_of(again)["pins"] == [[0, 1], [2, 3]]
    again.undo()
    again.undo()
    assert {**state_of(again), "history": [], "undone": 0} == before


def written(path: Path, **changes: Any) -> None:
    model = {"name": "registers", "layers": 3, "heads": 4, "grid": [3, 5]}
    model["prefix_tokens"] = ["cls", "reg0", "reg1"]
    whole = {"format": "vitwidgets tour", "version": 1, "model": model, "stops": STOPS}
    path.write_text(json.dumps({**whole, **changes}), "utf8")


def bad_stop(**state: Any) -> dict[str, Any]:
    return {"stops": [*STOPS, {"title": "a", "text": "b", "state": state}]}


BAD = [
    ({"version": 2}, "version 2"),
    ({"model": None}, "which model"),
    ({"stops": []}, "no stop"),
    ({"more": 1}, "'more' is not known"),
    (bad_stop(layer=3), "stop 4: layer=3"),
    (bad_stop(shown="x"), "stop 4: .*shown"),
    (bad_stop(sort="x"), "stop 4: sort='x'"),
    (bad_stop(side=2), "stop 4: side=2"),
    (bad_stop(region=[0, 0, 3, 0]), "stop 4: region="),
    (bad_stop(pins=[[0, 0]] * 2), "stop 4: pins="),
    (bad_stop(selection=[[9, 0]]), "stop 4: layer=9"),
    (bad_stop(undone=1), "stop 4: there is no state 'undone'"),
    (bad_stop(stop=1), "stop 4: there is no state 'stop'"),
    (bad_stop(verb="x"), "stop 4: there is no state 'verb'"),
]


@pytest.mark.parametrize(("changes", "fault"), BAD)
def test_a_bad_file_leaves_everything_as_it_was(
    tour: AttentionHeadTour, tmp_path: Path, changes: dict[str, Any], fault: str
) -> None:
    path = tmp_path / "tour.json"
    written(path, **changes)
    tour.go_to(1)
    before = state_of(tour)
    with pytest.raises(ValueError, match=fault):
        tour.load_tour(path)
    assert state_of(tour) == before
    written(path)
    tour.load_tour(path)
    assert tour.stop == 0


def test_a_tour_of_another_model_or_of_two_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tour.json"
    written(path)
    other = AttentionHeadTour(BARE, PICTURE)
    before = state_of(other)
    with pytest.raises(ValueError, match=r"made for registers .* this is other-0"):
        other.load_tour(path)
    assert state_of(other) == before
    alone = AttentionHeadTour(PLAIN, PICTURE)
    with pytest.raises(ValueError, match="stop 2: side=1 doesn't exist"):
        alone.load_tour(path)


def test_no_file_is_written_or_read_where_there_is_none(
    tour: AttentionHeadTour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tour.json"
    before = state_of(tour)
    with pytest.raises(FileNotFoundError, match=r"tour\.json"):
        tour.load_tour(path)
    with pytest.raises(OSError, match="folder that exists"):
        tour.save_tour(tmp_path / "no" / "tour.json")
    tour.stops = []
    with pytest.raises(ValueError, match="no stop to write"):
        tour.save_tour(path)
    tour.stops = STOPS
    monkeypatch.setattr(tour_file, "MOST_BYTES", 300)
    with pytest.raises(ValueError, match="300 at most"):
        tour.save_tour(path)
    assert not path.exists()
    assert state_of(tour) == before
