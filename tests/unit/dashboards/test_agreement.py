"""The chart of components and its view, without a page: what is drawn, who hears."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import ipywidgets
import pytest
import torch

from tests.unit.dashboards.agreement_chart import (
    ADDRESSES,
    BEST,
    DONOR,
    LAYERS,
    MODEL,
    MODULE,
    NAMES,
    OTHER,
    PICTURE,
    SHOWN,
    again,
    brush,
    click,
    drawn,
    figures,
    lit,
    marks,
    pixels_of,
    plain_totals,
    ringed,
    said_of,
    texts,
    within,
)
from tests.unit.dashboards.test_head_scatter import parts
from tests.unit.widgets.small_classifier import SEVERAL
from vitwidgets.dashboards import agreement
from vitwidgets.methods import agreement_sites, component_agreement
from vitwidgets.methods.interventions import Intervention
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.widgets import ClickToPatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vitwidgets.dashboards.component_chart import AgreementChart


@pytest.fixture
def view() -> Iterator[ClickToPatch]:
    view = ClickToPatch(MODEL, PICTURE, {"first": DONOR, "second": OTHER})
    yield view
    view.close()


@pytest.fixture
def chart(view: ClickToPatch) -> Iterator[AgreementChart]:
    chart = agreement(view)
    yield chart
    chart.close()


@torch.no_grad()
def test_each_component_is_where_plain_runs_say(chart: AgreementChart):
    places = drawn(chart)
    expected = plain_totals(DONOR, SHOWN)
    assert places.keys() == expected.keys()
    for address, (_, up) in places.items():
        assert up == pytest.approx(expected[address], abs=1e-4)
    runs = [
        MODEL.run_with_cache(pixels_of(picture), agreement_sites(MODEL))[1]
        for picture in (PICTURE, DONOR)
    ]
    for row in component_agreement(MODEL, *runs).rows():
        assert places[row.address][0] == pytest.approx(row.direct, abs=1e-6)


def test_a_shape_for_heads_and_mlps_and_a_colour_for_each_layer(chart):
    looks: dict[str, tuple[str, str]] = {
        str(words).split(":")[0]: (mark.marker, mark.colors[0])
        for mark in marks(chart)
        for words in mark.names
    }
    shapes = {address.split(".")[1][0]: looks[address][0] for address in ADDRESSES}
    assert shapes["H"] != shapes["M"]
    colours = {address[:2]: looks[address][1] for address in ADDRESSES}
    assert len(set(colours.values())) == LAYERS
    for address, (shape, colour) in looks.items():
        assert shape == shapes[address.split(".")[1][0]]
        assert colour == colours[address[:2]]


def test_both_axes_hold_all_dots_and_zero(chart: AgreementChart):
    across, up = (axis.scale for axis in figures(chart)[0].axes)
    for x, y in [*drawn(chart).values(), (0.0, 0.0)]:
        assert across.min < x < across.max
        assert up.min < y < up.max


def test_the_dashed_line_is_where_both_are_equal(chart: AgreementChart):
    (equal,) = [
        mark
        for mark in figures(chart)[0].marks
        if getattr(mark, "line_style", "") == "dashed"
    ]
    assert equal.x.tolist() == equal.y.tolist()
    assert equal.x[0] < 0 < equal.x[1]


def test_pointing_says_both_numbers(chart: AgreementChart):
    words = [str(each) for mark in marks(chart) for each in mark.names]
    for address, (x, y) in drawn(chart).items():
        (text,) = [each for each in words if each.startswith(f"{address}: ")]
        numbers = [line.rsplit(" ", 1)[1] for line in text.splitlines()[1:]]
        minus = [each.replace("\N{MINUS SIGN}", "-") for each in numbers]
        assert minus == [f"{x:+.3f}", f"{y:+.3f}"]


def test_the_table_names_the_five_that_disagree_most(chart: AgreementChart):
    (table,) = [part.value for part in parts(chart, "HTML") if "<table" in part.value]
    root = ET.fromstring(table)  # noqa: S314
    rows = [["".join(cell.itertext()) for cell in row] for row in root.iter("tr")][1:]
    sizes = {each: abs(y - x) for each, (x, y) in drawn(chart).items()}
    wanted = sorted(sizes, key=lambda each: -sizes[each])[:5]
    assert [row[0] for row in rows] == wanted
    places = drawn(chart)
    for address, written, copied, difference, _ in rows:
        x, y = places[address]
        numbers = [
            float(each.replace("\N{MINUS SIGN}", "-"))
            for each in (written, copied, difference)
        ]
        assert numbers == pytest.approx([x, y, y - x], abs=6e-4)
    names = [mark for mark in figures(chart)[1].marks if hasattr(mark, "text")]
    assert [str(each) for each in names[0].text] == wanted


def test_it_says_from_what_to_what(chart: AgreementChart):
    (words,) = [each.value for each in parts(chart, "HTML") if "How" in each.value]
    title = words[: words.index("?")]
    assert 0 < title.index(NAMES[BEST]) < title.index(NAMES[SHOWN])
    assert "as in first" in texts(chart, "HTML")


def test_names_are_escaped(view: ClickToPatch):
    name = "<img src=x onerror=alert(1)>"
    view.add_donor(DONOR, name)
    view.source = name
    chart = agreement(view)
    try:
        assert "<img" not in texts(chart, "HTML")
        assert "&lt;img src=x" in texts(chart, "HTML")
    finally:
        chart.close()


def test_a_finished_rectangle_marks_in_the_view(chart: AgreementChart, view):
    inside = within(chart, {"L0.H1", "L1.MLP"})
    brush(chart, {"L0.H1", "L1.MLP"}, brushing=True)
    assert lit(chart) == inside
    assert view.marked == []
    brush(chart, {"L0.H1", "L1.MLP"})
    assert set(view.marked) == lit(chart) == inside
    assert [act["verb"] for act in view.history] == ["mark"]
    assert f"{len(inside)} of {len(ADDRESSES)} components are marked." in texts(
        chart, "HTML"
    )
    view.undo()
    assert lit(chart) is None
    assert figures(chart)[0].interaction.selected_x is None


def test_marks_of_the_view_stand_out_here_and_end_the_rectangle(chart, view):
    brush(chart, {"L0.H1"})
    view.marked = ["L1.H2", "L0.MLP", "L1.attn_out"]
    assert lit(chart) == {"L1.H2", "L0.MLP"}
    assert figures(chart)[0].interaction.selected_x is None
    assert view.marked == ["L1.H2", "L0.MLP", "L1.attn_out"]
    view.marked = []
    assert lit(chart) is None


def test_no_rectangle_takes_the_marks_away(chart: AgreementChart, view):
    brush(chart, {"L0.H1"})
    figures(chart)[0].interaction.set_state(
        {"brushing": False, "selected_x": None, "selected_y": None}
    )
    assert view.marked == []
    assert lit(chart) is None


@pytest.mark.parametrize("address", ["L1.H2", "L0.MLP"])
def test_a_click_copies_the_component_and_takes_it_back(chart, view, address):
    before = float(view.logits[SHOWN] - view.logits[BEST])
    click(chart, address)
    assert [act["address"] for act in view.history] == [address]
    assert ringed(chart) == {address}
    now = view.prediction.logits
    with torch.no_grad():
        donor = MODULE(pixels_of(DONOR))[0]
    share = float(now[SHOWN] - now[BEST]) - before
    share /= float(donor[SHOWN] - donor[BEST]) - before
    assert share == pytest.approx(drawn(chart)[address][1], abs=1e-4)
    click(chart, address)
    assert view.interventions == []
    assert ringed(chart) == set()
    view.undo()
    assert ringed(chart) == {address}


def test_a_click_goes_by_what_the_view_does_already(chart: AgreementChart, view):
    copy = Intervention("L0.H1", source="first")
    view.interventions = [copy, Intervention("L0.H1", source="second")]
    whole, other = view.interventions
    view.interventions = [{**whole, "switch": "off"}, other]
    assert ringed(chart) == set()
    click(chart, "L0.H1")
    assert view.interventions == [whole]
    assert ringed(chart) == {"L0.H1"}
    click(chart, "L0.H1")
    assert view.interventions == []
    elsewhere = {**other, "address": "L1.H0"}
    off = {**other, "switch": "off"}
    view.interventions = [{**whole, "tokens": ["cls"]}, other, off, elsewhere]
    assert ringed(chart) == set()
    click(chart, "L0.H1")
    assert view.interventions == [whole, off, elsewhere]


def test_another_donor_is_measured_when_asked_for(chart: AgreementChart, view):
    button, before = again(chart), drawn(chart)
    assert button.disabled
    view.source = "second"
    assert not button.disabled
    assert drawn(chart) == before
    assert "another donor or class now" in texts(chart, "HTML")
    view.source = "first"
    assert button.disabled
    assert "another donor" not in texts(chart, "HTML")
    view.source = "second"
    view.marked = ["L1.H2"]
    button.click()
    expected = plain_totals(OTHER, said_of(OTHER))
    for address, (_, up) in drawn(chart).items():
        assert up == pytest.approx(expected[address], abs=1e-4)
    assert button.disabled
    assert lit(chart) == {"L1.H2"}
    assert "as in second" in texts(chart, "HTML")


def test_the_class_that_one_wants_to_see(view: ClickToPatch, chart: AgreementChart):
    view.target = SHOWN  # as by default
    assert again(chart).disabled
    other = next(each for each in range(len(NAMES)) if each not in (SHOWN, BEST))
    view.target = other
    again(chart).click()
    expected = plain_totals(DONOR, other)
    for address, (_, up) in drawn(chart).items():
        assert up == pytest.approx(expected[address], abs=1e-4)


def test_what_cannot_be_measured_is_said_and_changes_nothing(chart, view):
    before = drawn(chart)
    view.target = BEST
    again(chart).click()
    assert f"shows {NAMES[BEST]} already" in texts(chart, "HTML")
    assert drawn(chart) == before
    assert not again(chart).disabled
    view.target = -1
    assert again(chart).disabled
    assert "already" not in texts(chart, "HTML")


def test_of_a_model_and_images_the_view_is_part_of_it():
    before = set(ipywidgets.widgets.widget._instances)
    chart = agreement(MODEL, PICTURE, DONOR, kind="zero")
    assert chart.view in chart.children
    assert chart.view.kind == "zero"
    click(chart, "L0.H0")
    assert [each["kind"] for each in chart.view.interventions] == ["patch"]
    assert chart.found.addresses == tuple(ADDRESSES)
    chart.close()
    assert chart.view.comm is None
    assert set(ipywidgets.widgets.widget._instances) == before


def test_what_cannot_be_opened_leaves_nothing_behind():
    before = set(ipywidgets.widgets.widget._instances)
    with pytest.raises(ValueError, match=f"shows {NAMES[BEST]} already"):
        agreement(MODEL, PICTURE, PICTURE)
    with pytest.raises(UnsupportedModelError, match="several attentions"):
        agreement(SEVERAL, PICTURE, DONOR, target=5)
    assert set(ipywidgets.widgets.widget._instances) == before


def test_images_go_with_a_model_alone(view: ClickToPatch):
    with pytest.raises(TypeError, match="give the view alone"):
        agreement(view, PICTURE, DONOR)  # pyright: ignore[reportCallIssue]
    with pytest.raises(TypeError, match="give the clean image and a donor"):
        agreement(MODEL)  # pyright: ignore[reportCallIssue, reportArgumentType]


def test_a_closed_view(view: ClickToPatch):
    chart = agreement(view)
    before = drawn(chart)
    view.source = "second"
    view.close()
    assert again(chart).disabled
    assert "The view was closed" in texts(chart, "HTML")
    assert drawn(chart) == before
    chart.close()
    with pytest.raises(RuntimeError, match="was closed"):
        agreement(view)


def test_closing_frees_everything_and_leaves_the_view(view: ClickToPatch):
    before = set(ipywidgets.widgets.widget._instances)
    chart = agreement(view)
    brush(chart, {"L0.H1"})
    chart.close()
    chart.close()
    assert set(ipywidgets.widgets.widget._instances) == before
    assert "L0.H1" in view.marked
    gone = weakref.ref(chart)
    del chart
    gc.collect()
    assert gone() is None
    view.marked, view.interventions = [], []
