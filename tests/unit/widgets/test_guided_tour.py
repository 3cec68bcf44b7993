"""Tours are built from numbers written by hand, and have to say these numbers."""

from __future__ import annotations

import math
import re

import pytest
import torch

from vitwidgets.methods import HeadAblation, HeadStatistics, head_types
from vitwidgets.models import PatchGrid
from vitwidgets.widgets.guided_tour import build_stops

GRID = PatchGrid(4, 6, (8, 8), ("cls", "reg0"))
TOKENS = 26
PLAIN = {  # what a head has that shows no tendency at all
    "mean_distance": 2.0,
    "entropy": 1.6,
    "relative_entropy": 0.5,
    "cls_mass": 1 / TOKENS,
    "register_mass": 1 / TOKENS,
    "self_mass": 1 / TOKENS,
    "row_mass": 5 / TOKENS,
    "column_mass": 3 / TOKENS,
    "border_mass": 12 / TOKENS,
    "corner_mass": 4 / TOKENS,
    "sink_mass": math.nan,
    "offset_mass": 1 / TOKENS,
    "object_auroc": 0.5,
    "object_auroc_elsewhere": 0.5,
}
UNIFORM = {
    **{name: value for name, value in PLAIN.items() if "object" not in name},
    "mean_distance": 2.5,
    "relative_entropy": 1.0,
    "sink_mass": 0.02,
}


def measured(heads, n_layers=3, n_heads=4, grid=GRID, n_images=256):
    """Statistics of plain heads, but for those that are given by place."""
    shape = (n_layers, n_heads)
    numbers = {
        name: torch.full(shape, value, dtype=torch.float64)
        for name, value in PLAIN.items()
    }
    numbers["offset_row"] = torch.zeros(shape, dtype=torch.float64)
    numbers["offset_col"] = torch.zeros(shape, dtype=torch.float64)
    for place, values in heads.items():
        for name, value in values.items():
            numbers[name][place] = value
    for name, value in UNIFORM.items():
        numbers[f"{name}_uniform"] = torch.full(shape, value, dtype=torch.float64)
    return HeadStatistics("tiny-vit", grid, n_images, (), numbers, {})


def ablated(effects, n_layers=3, n_heads=4, how="mean"):
    """Ablation without effect, but for the heads that are given by place."""
    changes = torch.zeros(n_layers, n_heads, dtype=torch.float64)
    margins = torch.full_like(changes, 0.01)
    for place, (change, margin) in effects.items():
        changes[place], margins[place] = change, margin
    return HeadAblation(how, 256, 1.0, changes, margins, changes, margins)


def tour(heads, effects=None, grid=GRID, **sizes):
    statistics = measured(heads, grid=grid, **sizes)
    ablation = None if effects is None else ablated(effects)
    return build_stops(statistics, head_types(statistics), ablation, grid)


HEADS = {
    "offset": ({"offset_mass": 0.83, "offset_row": 0, "offset_col": -1}, "83%", "3.8%"),
    "same row": ({"row_mass": 0.71}, "71%", "19%"),
    "same column": ({"column_mass": 0.72}, "72%", "12%"),
    "border": ({"border_mass": 0.91}, "91%", "46%"),
    "corner": ({"corner_mass": 0.64}, "64%", "15%"),
    "cls": ({"cls_mass": 0.93}, "93%", "3.8%"),
    "registers": ({"register_mass": 0.81}, "81%", "3.8%"),
    "sink": ({"sink_mass": 0.45}, "45%", "2.0%"),
    "everywhere": ({"relative_entropy": 0.97}, "97%", "100%"),
    "object": ({"object_auroc": 0.92, "object_auroc_elsewhere": 0.63}, "92%", "50%"),
}
IN_TITLE = {"offset": "to the left", "same row": "row", "same column": "column"}


@pytest.mark.parametrize("kind", HEADS)
def test_stop_at_the_clearest_head_says_what_was_measured(kind: str):
    numbers, value, even = HEADS[kind]
    statistic = next(iter(numbers))
    weaker = {**numbers, statistic: numbers[statistic] - 0.01}
    opening, stop, closing = tour({(0, 1): weaker, (1, 2): numbers, (2, 3): weaker})
    assert stop.title.startswith("L1.H2 ")
    assert IN_TITLE.get(kind, kind) in stop.title
    assert value in stop.text
    assert even in stop.text
    assert "256 images" in stop.text
    assert (stop.state["layer"], stop.state["head"]) == (1, 2)
    assert "12 heads in 3 layers" in opening.title
    assert "3 " in opening.text
    assert "9 mixed" in opening.text
    assert "256 images" in closing.text


def test_no_stop_for_what_was_not_found():
    opening, closing = tour({})
    assert "12 mixed" in opening.text
    for kind in IN_TITLE:
        assert kind not in opening.text
    assert opening.title != closing.title


def test_every_text_has_two_sentences_and_no_gap():
    stops = tour(dict(zip(PLACES, ALL, strict=False)), {(0, 0): (-0.4, 0.05)})
    for stop in stops:
        text = re.sub(r"L\d\.H\d", "head", stop.text)
        assert len(re.findall(r"\.(?= [A-Z]|$)", text)) == 2, stop.text
        assert "{" not in stop.title + stop.text
        assert "nan" not in stop.title + stop.text


PLACES = [(layer, head) for layer in range(3) for head in range(4)]
ALL = [numbers for numbers, _, _ in HEADS.values()]


def test_tour_is_short_and_keeps_object_and_sink():
    heads = dict(zip(PLACES, ALL, strict=False))
    stops = tour(heads, {(2, 3): (-0.4, 0.05)})
    titles = " / ".join(stop.title for stop in stops)
    assert len(stops) == 10
    for kept in ("object", "sink", "telling", "nothing", "What a pattern"):
        assert kept in titles
    weakest = "looks at the corners"  # 0.64 over a threshold of 0.3 in score
    assert weakest not in titles


OFFSETS = {
    # down, right: words, and a patch from which the step stays inside, near (2, 3)
    (0, -1): ("1 patch to the left", (2, 3)),
    (0, 4): ("4 patches to the right", (2, 1)),
    (-3, 0): ("3 patches up", (3, 3)),
    (2, 1): ("2 patches down and 1 to the right", (1, 3)),
    (0, 0): ("at that patch itself", (2, 3)),
    (3, -5): ("3 patches down and 5 to the left", (0, 5)),
}


@pytest.mark.parametrize("offset", OFFSETS)
def test_offset_is_said_and_shown_from_where_it_stays_inside(offset: tuple[int, int]):
    words, place = OFFSETS[offset]
    down, right = offset
    numbers = {"offset_mass": 0.83, "offset_row": down, "offset_col": right}
    _, stop, _ = tour({(0, 0): numbers})
    assert words in stop.title
    assert words in stop.text
    assert stop.state["query"] == GRID.token(*place)
    assert stop.state["direction"] == "row"


def test_what_looks_at_cls_is_shown_from_cls():
    _, stop, _ = tour({(0, 0): {"cls_mass": 0.9}})
    assert (stop.state["query"], stop.state["direction"]) == (0, "column")


@pytest.mark.parametrize(
    ("grid", "query", "region"),
    [
        (PatchGrid(4, 6, (8, 8), ("reg0", "cls")), 1, []),
        (PatchGrid(4, 6, (8, 8)), 15, [0, 0, 3, 5]),
    ],
)
def test_object_is_shown_from_cls_or_from_everywhere(grid, query, region):
    head = {"object_auroc": 0.92, "object_auroc_elsewhere": 0.63}
    opening, stop, _ = tour({(0, 0): head}, grid=grid)
    assert (stop.state["query"], stop.state["region"]) == (query, region)
    assert ("cls" in stop.text) == bool(grid.prefix_names)
    assert opening.state["query"] == query
    assert "63%" in stop.text


def test_layers_change_where_the_largest_step_is():
    heads = {
        (layer, head): {"mean_distance": 1.0} for layer in (0, 1) for head in (0, 1)
    }
    heads[1, 2] = {"mean_distance": 1.4}
    # By hand: means of 1.5, 1.35 and 2; the step to layer 2 is 0.65 of 2.5.
    _, stop, _ = tour(heads)
    assert stop.title == "Layer 2 looks farther than layer 1"
    assert "1.4 patches" in stop.text.replace("1.35", "1.4")
    assert "2.0" in stop.text
    assert "2.5 patches" in stop.text
    assert stop.state["layer"] == 2


def test_layers_are_compared_on_what_changes_most():
    spread = {(0, head): {"relative_entropy": 0.1} for head in range(4)}
    near = {(1, head): {"mean_distance": 1.8} for head in range(4)}
    _, stop, _ = tour(spread | near)
    assert stop.title == "Layer 1 looks at more at once than layer 0"
    assert "10% in layer 0 and 50% in layer 1" in stop.text


def test_typical_head_stands_for_its_layer():
    distances = [1.0, 0.2, 0.8, 0.1]  # mean 0.525
    heads = {(2, head): {"mean_distance": d} for head, d in enumerate(distances)}
    heads |= {(1, head): {"mean_distance": 1.9} for head in (0, 1, 3)}  # mean 1.925
    _, stop, _ = tour(heads)
    assert stop.title == "Layer 2 looks less far than layer 1"
    assert stop.state["head"] == 2
    assert stop.state["pins"] == [[1, 0], [2, 2]]


def test_no_stop_where_layers_are_alike():
    assert len(tour({(1, 0): {"mean_distance": 1.7}})) == 2


def test_heads_that_look_at_no_patch_have_no_distance():
    lost = {(1, head): {"mean_distance": math.nan} for head in range(4)}
    assert len(tour(lost)) == 2
    lost[1, 3] = {"mean_distance": 1.0}
    _, stop, _ = tour(lost)
    assert (stop.state["layer"], stop.state["head"]) == (1, 3)


def test_one_layer_has_no_steps():
    assert len(tour({}, n_layers=1)) == 2


CORNER = {"corner_mass": 0.9}
EFFECTS = {(0, 0): (-0.01, 0.02), (1, 1): (-0.4, 0.05), (2, 2): (0.3, 0.2)}


def test_clear_head_that_is_not_needed_and_unclear_one_that_is():
    _, _, hidden, idle, _ = tour({(0, 0): CORNER}, EFFECTS)
    assert hidden.title == "L1.H1 looks like nothing, and matters"
    assert "-0.40 ± 0.05" in hidden.text
    assert idle.title == "L0.H0 looks telling, and is hardly needed"
    assert "-0.01 ± 0.02" in idle.text
    assert "L1.H1 changes it by -0.40 ± 0.05" in idle.text
    assert "corner 0.90" in idle.text
    assert (hidden.state["layer"], hidden.state["head"]) == (1, 1)
    assert (idle.state["layer"], idle.state["head"]) == (0, 0)


def test_clear_head_whose_effect_is_unknown_is_not_called_idle():
    effects = {**EFFECTS, (0, 0): (-0.01, 0.3)}
    titles = [stop.title for stop in tour({(0, 0): CORNER}, effects)]
    assert not any("hardly needed" in title for title in titles)


def test_effects_that_may_all_be_none_are_not_told():
    assert len(tour({(0, 0): CORNER}, {(1, 1): (-0.4, 0.5)})) == 3


def test_first_stop_after_the_other_undoes_all_of_its_view():
    stops = tour(dict(zip(PLACES, ALL, strict=False)), EFFECTS)
    names = {frozenset(stop.state) for stop in stops}
    assert len(names) == 1
    assert not {"stops", "stop", "history", "undone"} & set(*names)
