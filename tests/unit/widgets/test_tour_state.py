"""What the tour's state may be, from Python and from the page."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traitlets import TraitError

from vitwidgets.methods.statistic_columns import COLUMNS as MEASURED
from vitwidgets.widgets import AttentionHeadTour

from .test_attention_source import PICTURE, PLAIN
from .test_tour_compare import WITH_CLS

LAYERS, HEADS, TOKENS = 3, 4, 18
STOP = {"title": "One", "text": "See.", "state": {"layer": 1, "pins": [[0, 1]]}}

ANY_TOUR = AttentionHeadTour(PLAIN, PICTURE, compare=WITH_CLS)


@pytest.fixture
def tour() -> AttentionHeadTour:
    return AttentionHeadTour(PLAIN, PICTURE, compare=WITH_CLS)


def state_of(tour: AttentionHeadTour) -> dict[str, Any]:
    names = [*tour.settable_names(), "history", "undone"]
    # As the page gets it, which knows no tuples.
    return json.loads(json.dumps({name: getattr(tour, name) for name in names}))


GOOD: list[tuple[str, Any]] = [
    ("shown", "written"),
    ("region", [0, 0, 2, 4]),
    ("region", [2, 4, 2, 4]),
    ("pins", [[0, 0], [2, 3], [1, 1], [0, 3]]),
    ("selection", [[layer, head] for layer in range(3) for head in range(4)]),
    ("large", "matrix"),
    ("sort", "corner_mass"),
    ("sort", "logit_change"),
    ("search", 'L0-2 type="CLS reader" entropy>2.1'),
    ("search", "\N{DOG FACE} </script> \\ ' \""),
    ("side", 1),
    ("stops", [STOP, {"title": "", "text": "", "state": {}}]),
    ("stop", 7),
]

BAD: list[tuple[str, Any, str]] = [
    ("shown", "patterns", "patterns"),
    ("shown", None, "None"),
    ("region", [0, 0, 1], "four numbers are needed"),
    ("region", [0, 0, 3, 1], "rows 0 to 2, left to right within columns 0 to 4"),
    ("region", [0, 0, 1, 5], "within columns 0 to 4"),
    ("region", [2, 0, 1, 1], r"region=\[2, 0, 1, 1\]"),
    ("region", [0, 3, 1, 2], r"region=\[0, 3, 1, 2\]"),
    ("region", [-1, 0, 1, 1], "-1"),
    ("region", [0, 0, 1.0, 1], "1.0"),
    ("region", [0, 0, True, 1], "True"),
    ("region", "0011", "region"),
    ("pins", [[0, 0], [0, 1], [0, 2], [0, 3], [1, 0]], "at most 4 heads can be pinned"),
    ("pins", [[1, 2], [1, 2]], "a head stands there twice"),
    ("pins", [[0, HEADS]], "head=4 doesn't exist: head is 0 to 3"),
    ("pins", [[LAYERS, 0]], "layer=3 doesn't exist: layer is 0 to 2"),
    ("pins", [[0]], "pins"),
    ("pins", [[0, 1, 2]], "pins"),
    ("pins", [3], "pins"),
    ("pins", ["L0.H1"], "pins"),
    ("selection", [[1, 2], [0, 0], [1, 2]], "a head stands there twice"),
    ("selection", [[0, -1]], "-1"),
    ("selection", {}, "selection"),
    ("large", "map", "map"),
    ("sort", "entorpy", "sort='entorpy': nothing that is measured .* entropy,"),
    ("sort", "entropy_ci95", "sort='entropy_ci95'"),
    ("sort", "layer", "sort='layer'"),
    ("sort", "Entropy", "sort='Entropy'"),
    ("sort", 3, "sort"),
    ("search", 3, "search"),
    ("search", None, "search"),
    ("side", 2, "side=2 doesn't exist: side is 0 to 1"),
    ("side", True, "side=True"),
    ("stops", [{"title": "a", "text": "b"}], "state missing"),
    ("stops", [{**STOP, "colour": 1}], "colour missing or unknown"),
    ("stops", [STOP, {**STOP, "state": {"layer": 3}}], "stop 1: layer=3 doesn't exist"),
    ("stops", [{**STOP, "state": {"stop": 0}}], "stop 0: there is no state 'stop'"),
    ("stops", [{**STOP, "state": {"sort": "x"}}], "stop 0: sort='x'"),
    ("stops", [{**STOP, "state": {"n_layers": 3}}], "no state 'n_layers'"),
    ("stop", -2, "stop=-2"),
    ("stop", True, "stop=True"),
    ("stop", 0.5, "stop"),
]


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_what_there_is_is_taken_from_both(
    tour: AttentionHeadTour, page: Any, name: str, value: Any
) -> None:
    before = state_of(tour)
    setattr(tour, name, value)
    assert state_of(tour) == {**before, name: value}
    setattr(tour, name, before[name])
    page.set(tour, **{name: value})
    assert state_of(tour) == {**before, name: value}
    assert page.messages("refused") == []


@pytest.mark.parametrize(("name", "value", "fault"), BAD)
def test_what_there_is_not_is_refused_from_both(
    page: Any, name: str, value: Any, fault: str
) -> None:
    tour = ANY_TOUR
    tour.search, tour.pins, tour.region = "L1", [[0, 1]], [0, 0, 1, 1]
    before = state_of(tour)
    with pytest.raises(TraitError, match=fault):
        setattr(tour, name, value)
    with pytest.raises(TraitError, match=fault):
        tour.act("do", layer=0, **{name: value})
    assert state_of(tour) == before
    page.set(tour, layer=0, **{name: value})
    assert state_of(tour) == before
    (refusal,) = page.messages("refused")
    assert refusal["message"]


@pytest.mark.parametrize(
    ("name", "value", "fault"), {case[0]: case for case in BAD}.values()
)
def test_a_tour_does_not_open_with_it(
    page: Any, name: str, value: Any, fault: str
) -> None:
    with pytest.raises(TraitError, match=fault):
        AttentionHeadTour(PLAIN, PICTURE, compare=WITH_CLS, **{name: value})
    assert not [m for m in page.received if "n_layers" in str(m["data"])]


def test_a_direction_that_there_is_not_is_refused_like_any_state() -> None:
    with pytest.raises(TraitError, match="sideways"):
        AttentionHeadTour(PLAIN, PICTURE, direction="sideways")


def test_heads_are_sorted_by_whatever_is_measured(tour: AttentionHeadTour) -> None:
    columns = [column.name for column in tour.measurements.columns]
    assert set(columns) <= set(MEASURED)
    for name in [*columns, "accuracy_change"]:
        tour.sort = name
        assert tour.sort == name


def test_every_act_can_be_undone_by_either(tour: AttentionHeadTour, page: Any) -> None:
    states = [state_of(tour)]
    for name, value in GOOD:
        tour.act("set", **{name: value})
        states.append(state_of(tour))
    kept = [each for at, each in enumerate(states) if each not in states[:at]]
    names = tour.settable_names()

    def shown() -> dict[str, Any]:
        return {name: state_of(tour)[name] for name in names}

    for before in reversed(kept[:-1]):
        act = tour.history[-1 - tour.undone]
        if tour.undone % 2:
            page.set(tour, **act["before"], undone=tour.undone + 1)
        else:
            tour.undo()
        assert shown() == {name: before[name] for name in names}
    for after in kept[1:]:
        tour.redo()
        assert shown() == {name: after[name] for name in names}
    assert page.messages("refused") == []


small = st.integers(-1, 5)
heads = st.lists(st.lists(small, min_size=1, max_size=3), max_size=5)
words = st.text(max_size=8) | st.sampled_from(["", "entropy", "L1.H2", "row", "matrix"])
odd = st.none() | st.booleans() | st.floats() | words | small
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "layer": small,
    "head": small,
    "query": st.integers(-1, TOKENS),
    "side": small,
    "stop": st.integers(-3, 3),
    "region": st.lists(small, min_size=3, max_size=5) | st.just([]),
    "pins": heads,
    "selection": heads,
    "sort": words,
    "search": words,
    "shown": st.sampled_from(["pattern", "scores", "written", "rollout", "", "v"]),
    "large": words,
    "direction": st.sampled_from(["row", "column", "up"]),
}
CHANGES = st.lists(st.sampled_from(sorted(VALUES)), max_size=4, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({n: VALUES[n] | odd for n in names})
)


@settings(max_examples=150, deadline=None)
@given(CHANGES)
def test_any_changes_are_taken_whole_or_not_at_all(changes: dict[str, Any]) -> None:
    before = state_of(ANY_TOUR)
    del before["history"], before["undone"]
    try:
        ANY_TOUR.act("try", **changes)
    except TraitError:
        expected = before
    else:
        assert all(is_there(name, value) for name, value in changes.items())
        expected = {**before, **changes}
    after = state_of(ANY_TOUR)
    assert {name: after[name] for name in before} == expected


def is_index(value: object, size: int) -> bool:
    return type(value) is int and 0 <= value < size


def is_region(value: Any) -> bool:
    if value == []:
        return True
    top, left, bottom, right = value
    return 0 <= top <= bottom < 3 and 0 <= left <= right < 5


def are_heads(value: Any, most: int) -> bool:
    places = [tuple(each) for each in value]
    fits = all(is_index(y, LAYERS) and is_index(x, HEADS) for y, x in places)
    return fits and len(set(places)) == len(places) <= most


def is_there(name: str, value: Any) -> bool:
    """Say by plain rules whether a tour of 3 x 4 heads and 3 x 5 patches takes it."""
    rules = {
        "layer": lambda: is_index(value, LAYERS),
        "head": lambda: is_index(value, HEADS),
        "query": lambda: is_index(value, TOKENS),
        "side": lambda: is_index(value, 2),
        "stop": lambda: type(value) is int and value >= -1,
        "region": lambda: is_region(value),
        "pins": lambda: are_heads(value, 4),
        "selection": lambda: are_heads(value, LAYERS * HEADS),
        "search": lambda: isinstance(value, str),
        "sort": lambda: value in ("", "entropy"),
        "shown": lambda: value in ("pattern", "scores", "written", "rollout"),
        "large": lambda: value in ("picture", "matrix"),
        "direction": lambda: value in ("row", "column"),
    }
    return rules[name]()


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(VALUES)).flatmap(lambda n: VALUES[n].map(lambda v: (n, v)))
)
def test_nothing_that_there_is_is_refused(setting: tuple[str, Any]) -> None:
    name, value = setting
    try:
        there = is_there(name, value)
    except (TypeError, ValueError):  # of another form
        there = False
    if there:
        setattr(ANY_TOUR, name, value)
        assert state_of(ANY_TOUR)[name] == value
    else:
        with pytest.raises(TraitError):
            setattr(ANY_TOUR, name, value)
