"""The scatter and its tour, without a page: what is drawn, and who hears of what."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import ipywidgets
import numpy as np
import pytest

from tests.unit.dashboards.known_heads import HEADS, KINDS, LAYERS, NUMBERS
from vitwidgets.dashboards import head_statistics

if TYPE_CHECKING:
    from vitwidgets.dashboards.head_scatter import HeadScatter
    from vitwidgets.widgets import AttentionHeadTour

ALL = [(layer, head) for layer in range(LAYERS) for head in range(HEADS)]


@pytest.fixture
def scatter(tour: AttentionHeadTour):
    scatter = head_statistics(tour)
    yield scatter
    scatter.close()


def parts(widget, kind: str) -> list:
    """Find the widgets of a class below a box, each once."""
    found = {widget.model_id: widget} if type(widget).__name__ == kind else {}
    for child in getattr(widget, "children", ()):
        found |= {part.model_id: part for part in parts(child, kind)}
    return list(found.values())


def figures(scatter: HeadScatter) -> tuple:
    ground, dots = parts(scatter, "Figure")
    assert ground.interaction is not None
    return ground, dots


def at(x: float, y: float) -> tuple[float, float]:
    """Return a place without what float32 adds to it."""
    return round(float(x), 6), round(float(y), 6)


def drawn(scatter: HeadScatter) -> dict[tuple[float, float], tuple[str, str]]:
    """Return what is drawn: place on the axes to shape and colour."""
    _, figure = figures(scatter)
    return {
        at(x, y): (mark.marker, mark.colors[0])
        for mark in figure.marks[1:]
        for x, y in zip(mark.x, mark.y, strict=True)
    }


def lit(scatter: HeadScatter) -> set[tuple[float, float]] | None:
    """Return the places of the dots that stand out; None when all are alike."""
    _, figure = figures(scatter)
    marks = figure.marks[1:]
    if all(mark.selected is None for mark in marks):
        return None
    return {at(m.x[index], m.y[index]) for m in marks for index in m.selected}


def ringed(scatter: HeadScatter) -> list[tuple[float, float]]:
    _, figure = figures(scatter)
    ring = figure.marks[0]
    return [at(x, y) for x, y in zip(ring.x, ring.y, strict=True)]


def words(scatter: HeadScatter) -> list[str]:
    _, figure = figures(scatter)
    return [str(name) for mark in figure.marks[1:] for name in mark.names]


def status(scatter: HeadScatter) -> str:
    return parts(scatter, "Label")[0].value


def brush(scatter: HeadScatter, x, y, *, brushing: bool = False) -> None:
    """Set the brush's state as its view in the page does."""
    figures(scatter)[0].interaction.set_state(
        {"brushing": brushing, "selected_x": typed(x), "selected_y": typed(y)}
    )


def typed(ends):
    if ends is None:
        return None
    data = memoryview(np.array(ends, np.float64).tobytes())
    return {"value": data, "dtype": "float64", "shape": [2], "type": None}


def click(scatter: HeadScatter, name: str) -> None:
    mark = figures(scatter)[1].marks[1]
    mark._handle_custom_msgs(mark, {"event": "element_click", "data": {"name": name}})


def place_of(x: str, y: str, layer: int, head: int) -> tuple[float, float]:
    return NUMBERS[x][layer][head], NUMBERS[y][layer][head]


def test_each_head_is_where_its_numbers_say(scatter: HeadScatter):
    expected = {place_of("mean_distance", "entropy", *place) for place in ALL}
    assert drawn(scatter).keys() == expected


def test_each_type_has_its_own_shape_and_colour(scatter: HeadScatter):
    looks = drawn(scatter)
    by_kind: dict[str, set[tuple[str, str]]] = {}
    for layer, head in ALL:
        look = looks[place_of("mean_distance", "entropy", layer, head)]
        by_kind.setdefault(KINDS[layer][head], set()).add(look)
    assert [len(kind) for kind in by_kind.values()] == [1, 1, 1]
    shapes, colours = zip(*(kind.pop() for kind in by_kind.values()), strict=True)
    assert len(set(shapes)) == len(set(colours)) == 3


def test_the_legend_names_the_types_that_there_are(scatter: HeadScatter):
    text = "".join(part.value for part in parts(scatter, "HTML"))
    assert all(kind in text for kind in ("corner", "offset", "mixed"))
    assert "sink" not in text


def test_pointing_says_address_type_values_and_intervals(scatter: HeadScatter):
    assert (
        "L0.H1: offset (0,-1) 0.80\nmean distance 2 ± 0.25\nspread (entropy) 5 ± 0"
        in words(scatter)
    )
    # Its interval is NaN.
    assert any(
        text.startswith("L1.H0") and "distance 4\n" in text for text in words(scatter)
    )


def test_intervals_of_what_removing_a_head_does(scatter: HeadScatter):
    scatter.x = "logit_change"
    assert any(
        "answer without it: logit -0.4 ± 0.1\n" in text for text in words(scatter)
    )


def test_two_dropdowns_with_plain_titles(scatter: HeadScatter):
    across, up = parts(scatter, "Dropdown")
    titles = [title for title, _ in across.options]
    assert "mean distance" in titles
    assert "corners" in titles
    assert not any(title.endswith("±") for title in titles)
    across.value, up.value = "corner_mass", "offset_mass"
    assert (scatter.x, scatter.y) == ("corner_mass", "offset_mass")
    assert set(drawn(scatter)) == {(0.9, 0.0), (0.0, 0.8), (0.0, 0.0), (0.0, 0.7)}
    scatter.y = "entropy"
    assert up.value == "entropy"
    assert [axis.label for axis in figures(scatter)[0].axes] == [
        "corners",
        "spread (entropy)",
    ]


def test_all_dots_are_inside_the_axes(scatter: HeadScatter):
    for x, y in [("mean_distance", "corner_mass"), ("self_mass", "entropy")]:
        scatter.x, scatter.y = x, y
        across, up = (axis.scale for axis in figures(scatter)[0].axes)
        for place in ALL:
            assert across.min < NUMBERS.get(x, np.zeros((2, 3)))[place[0]][place[1]]
            assert across.max > NUMBERS.get(x, np.zeros((2, 3)))[place[0]][place[1]]
            assert up.min < NUMBERS[y][place[0]][place[1]] < up.max


def test_heads_without_a_value_are_left_out_and_counted(scatter: HeadScatter):
    assert "no value" not in status(scatter)
    scatter.y = "object_auroc"
    assert len(drawn(scatter)) == 4
    assert "2 heads have no value for “object”." in status(scatter)
    scatter.x = "object_auroc"
    assert status(scatter).count("no value") == 1
    scatter.x = "generality"
    assert drawn(scatter) == {}
    assert "6 heads have no value for “alike between images”." in status(scatter)


def test_says_what_was_measured_over(scatter: HeadScatter, tour: AttentionHeadTour):
    assert f"Measured over {tour.measurements.over}." in status(scatter)


def test_a_finished_rectangle_chooses_heads(scatter: HeadScatter, tour):
    # Distances 1.5 to 4 and entropies 3 to 9: an edge counts.
    brush(scatter, [1.5, 4.0], [3.0, 9.0])
    assert tour.selection == [(0, 1), (0, 2), (1, 0)]
    assert lit(scatter) == {(2.0, 5.0), (3.0, 4.0), (4.0, 3.0)}
    assert "3 of 6 heads are chosen" in status(scatter)
    assert [act["verb"] for act in tour.history] == ["choose heads"]


def test_a_rectangle_being_drawn_only_lights_heads(scatter: HeadScatter, tour):
    brush(scatter, [0.5, 2.5], [0.0, 9.0], brushing=True)
    assert lit(scatter) == {(1.0, 6.0), (2.0, 5.0)}
    assert tour.selection == []
    assert tour.history == []


def test_no_rectangle_means_all_heads(scatter: HeadScatter, tour):
    brush(scatter, [0.5, 2.5], [0.0, 9.0])
    brush(scatter, None, None)
    assert tour.selection == []
    assert lit(scatter) is None
    assert "All 6 heads are chosen" in status(scatter)


def test_an_empty_rectangle_disappears(scatter: HeadScatter, tour):
    brush(scatter, [7.0, 8.0], [7.0, 8.0])
    assert tour.selection == []
    assert lit(scatter) is None
    assert figures(scatter)[0].interaction.selected_x is None


def test_the_tours_own_choice_is_marked_and_ends_the_rectangle(scatter, tour):
    brush(scatter, [0.5, 2.5], [0.0, 9.0])
    tour.selection = [(1, 2)]
    assert lit(scatter) == {(6.0, 1.0)}
    assert figures(scatter)[0].interaction.selected_x is None
    assert tour.selection == [(1, 2)]


def test_undoing_takes_the_choice_back(scatter: HeadScatter, tour):
    brush(scatter, [0.5, 2.5], [0.0, 9.0])
    brush(scatter, [0.5, 1.5], [0.0, 9.0])
    tour.undo()
    assert tour.selection == [(0, 0), (0, 1)]
    assert lit(scatter) == {(1.0, 6.0), (2.0, 5.0)}
    tour.undo()
    assert lit(scatter) is None
    assert tour.undone == 2


def test_other_axes_keep_the_choice(scatter: HeadScatter, tour):
    brush(scatter, [0.5, 2.5], [0.0, 9.0])
    scatter.x = "corner_mass"
    assert tour.selection == [(0, 0), (0, 1)]
    assert lit(scatter) == {(0.9, 6.0), (0.0, 5.0)}
    assert figures(scatter)[0].interaction.selected_x is None


def test_a_button_shows_all_heads_again(scatter: HeadScatter, tour):
    (button,) = parts(scatter, "Button")
    assert button.disabled
    brush(scatter, [0.5, 2.5], [0.0, 9.0])
    assert not button.disabled
    button.click()
    assert tour.selection == []
    assert figures(scatter)[0].interaction.selected_x is None


def test_a_click_opens_the_head(scatter: HeadScatter, tour):
    (name,) = [text for text in words(scatter) if text.startswith("L0.H2")]
    click(scatter, name)
    assert (tour.layer, tour.head) == (0, 2)
    assert [act["address"] for act in tour.history] == ["L0.H2"]
    click(scatter, "what stood there before the axes changed")
    assert (tour.layer, tour.head) == (0, 2)


def test_the_open_head_has_a_ring(scatter: HeadScatter, tour):
    assert ringed(scatter) == [(4.0, 3.0)]
    tour.layer, tour.head = 0, 2
    assert ringed(scatter) == [(3.0, 4.0)]
    scatter.x = "object_auroc"
    assert ringed(scatter) == []


@pytest.mark.parametrize("axis", ["x", "y"])
def test_an_unknown_statistic(scatter: HeadScatter, tour, axis: str):
    message = r"no statistic 'colour'; it has mean_distance, .*logit_change"
    with pytest.raises(ValueError, match=message):
        head_statistics(tour, **{axis: "colour"})
    with pytest.raises(ValueError, match=message):
        setattr(scatter, axis, "colour")
    assert (scatter.x, scatter.y) == ("mean_distance", "entropy")
    assert len(drawn(scatter)) == 6


def test_closing_frees_everything_and_leaves_the_tour(tour: AttentionHeadTour):
    before = set(ipywidgets.widgets.widget._instances)
    scatter = head_statistics(tour)
    brush(scatter, [0.5, 2.5], [0.0, 9.0])
    scatter.x = "corner_mass"
    scatter.close()
    scatter.close()
    assert set(ipywidgets.widgets.widget._instances) == before
    assert tour.selection == [(0, 0), (0, 1)]
    gone = weakref.ref(scatter)
    del scatter
    gc.collect()
    assert gone() is None
    tour.selection, tour.layer = [], 0


def test_a_refused_statistic_makes_no_widget(tour: AttentionHeadTour):
    before = set(ipywidgets.widgets.widget._instances)
    with pytest.raises(ValueError, match="colour"):
        head_statistics(tour, x="colour")
    assert set(ipywidgets.widgets.widget._instances) == before
