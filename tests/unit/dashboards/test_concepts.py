"""The concept board without a page: what it shows, measures and refuses."""

from __future__ import annotations

import re
from html import unescape

import pytest
import torch

from tests.unit.dashboards.test_head_scatter import parts
from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from vitwidgets.dashboards import concept_board
from vitwidgets.dashboards.concept_bars import ConceptBars, moved_table
from vitwidgets.methods import ConceptDirection, OffTarget, erase_concept
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import UnsupportedModelError

GRID = GRIDS["square, cls"]
NAMES = ["<b>cat</b>", "dog", "fish", "tree", "car", "moon"]
IMAGES = pixels(GRID, 24)
LABELS = torch.arange(24) % 6


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


@pytest.fixture(name="model", scope="module")
def _model():
    return HookedViT(hooked_vit(GRID).module, class_names=NAMES)


@pytest.fixture(name="directions", scope="module")
def _directions():
    generator = torch.Generator().manual_seed(3)
    return [
        ConceptDirection(name, torch.randn(32, generator=generator), at, ("cls",), "")
        for name, at in (("up", "L1.resid_post"), ("down", "L2.resid_pre"))
    ]


@pytest.fixture(name="eraser", scope="module")
def _eraser(model):
    labels = torch.arange(24) % 2
    return erase_concept(
        model, IMAGES, labels, name="odd", at="L1.resid_post", tokens=("cls",)
    )


@pytest.fixture(name="board")
def _board(model, directions, eraser):
    board = concept_board(
        model, IMAGES[0], directions, [eraser], images=IMAGES, labels=LABELS
    )
    yield board
    board.close()


def by_hand(model, block, change):
    def hook(value, point):
        value = value.clone()
        value[:, 0] = change(value[:, 0])
        return value

    site = f"blocks.{block}.hook_resid_post"
    return model.run_with_hooks(IMAGES[:1], [(site, hook)])[0].double().softmax(-1)


def shown(board):
    """Give the bars as {class: (before, after)}, in percent."""
    (figure,) = parts(board, "Figure")
    (bars,) = figure.marks
    return dict(zip(bars.x, zip(*bars.y.tolist(), strict=True), strict=True))


def texts(board):
    return " ".join(each.value for each in parts(board, "HTML"))


def test_before_anything_is_moved_both_bars_are_the_models_own(model, board):
    own = 100 * model(IMAGES[:1])[0].double().softmax(-1)
    for name, (before, after) in shown(board).items():
        assert before == after == pytest.approx(float(own[NAMES.index(name)]), rel=1e-6)
    assert len(shown(board)) == 6
    assert board.edits == []
    assert board.frame()["before"].is_monotonic_decreasing


def test_the_slider_adds_the_direction_in_lengths_of_the_stream(
    model, board, directions
):
    board.strength = 1.5
    vector = directions[0].vector

    def add(value):
        share = 1.5 * value.double().norm() / vector.norm()
        return value + (share * vector).float()

    expected = 100 * by_hand(model, 1, add)
    for name, (_, after) in shown(board).items():
        assert after == pytest.approx(float(expected[NAMES.index(name)]), rel=1e-3)
    board.layer = 0
    expected = 100 * by_hand(model, 0, add)
    for name, (_, after) in shown(board).items():
        assert after == pytest.approx(float(expected[NAMES.index(name)]), rel=1e-3)
    assert board.edits[0].address == "L0.resid_post"
    with model.with_interventions(board.edits, board.sources):
        again = model(IMAGES[:1])[0].double().softmax(-1)
    found = board.frame().set_index("class")["after"]
    assert torch.allclose(torch.tensor(found[NAMES].to_numpy()), again, atol=1e-5)


def test_the_box_erases_and_the_slider_acts_on_what_is_left(model, board, eraser):
    board.erase = True
    expected = 100 * by_hand(model, 1, eraser)
    for name, (_, after) in shown(board).items():
        assert after == pytest.approx(float(expected[NAMES.index(name)]), rel=1e-4)
    board.strength = 0.5
    assert [each.kind for each in board.edits] == ["erase", "steer"]


def test_controls_and_traits_are_one(board):
    slider = next(iter(parts(board, "FloatSlider")))
    slider.value = -0.5
    assert board.strength == -0.5
    board.concept = "down"
    assert "down" in [each.value for each in parts(board, "Dropdown")]
    assert board.edits[0].source == "down"
    assert board.edits[0].address == "L1.resid_pre"


def test_the_button_tells_what_else_moved_the_target_first(model, board):
    (button,) = parts(board, "Button")
    button.click()
    assert "nothing is changed yet" in texts(board)
    board.strength = 2.0
    button.click()
    target = NAMES[int(model(IMAGES[:1]).argmax())]
    table = next(each for each in parts(board, "HTML") if "What else" in each.value)
    first = re.search(r"<tbody><tr><th>(.*?)</th>", table.value)[1]
    assert first.replace("&lt;", "<").replace("&gt;", ">") == f"{target} (meant)"
    assert "in 24 images" in table.value
    assert not button.disabled
    found = board.what_else_moved()
    assert found.n_images == 24
    board.strength = 1.0
    assert "What else moved, in" not in texts(board)


def cells(table):
    """Give the rows of a table's body as lists of text."""
    body = table.split("<tbody>")[1]
    rows = body.split("</tr>")[:-1]
    return [
        [unescape(each) for each in re.findall(r"<t[hd]>(.*?)</t", r)] for r in rows
    ]


def test_only_what_is_all_or_nothing_reads_like_it():
    bars = ConceptBars(["a", "b", "c", "d"])
    before = torch.tensor([0.99999, 0.00001, 0.0, 0.0], dtype=torch.float64)
    after = torch.tensor([0.99998, 0.00002, 0.0, 0.0], dtype=torch.float64)
    bars.draw(before, after)
    (table,) = [
        each.value for each in parts(bars.box, "HTML") if "<table" in each.value
    ]
    assert cells(table) == [
        ["a", "> 99.9 %", "> 99.9 %", "0.0"],
        ["b", "< 0.1 %", "< 0.1 %", "0.0"],
        ["c", "0.0 %", "0.0 %", "0.0"],
        ["d", "0.0 %", "0.0 %", "0.0"],
    ]
    bars.draw(torch.tensor([1.0, 0.0, 0.0, 0.0]), torch.tensor([0.25, 0.75, 0.0, 0.0]))
    (table,) = [
        each.value for each in parts(bars.box, "HTML") if "<table" in each.value
    ]
    assert cells(table)[:2] == [
        ["a", "100.0 %", "25.0 %", "\u221275.0"],
        ["b", "0.0 %", "75.0 %", "+75.0"],
    ]
    assert "percentage points" in table


def test_changes_of_probability_are_percentage_points():
    counts = torch.tensor([4000, 4, 0])
    found = OffTarget(
        target=0,
        class_names=("a", "b", "c"),
        n_images=4004,
        counts=counts,
        right_before=torch.tensor([3999, 4, 0]),
        right_after=torch.tensor([1, 3, 0]),
        became_right=torch.tensor([0, 0, 0]),
        became_wrong=torch.tensor([3998, 1, 0]),
        probability_change=torch.tensor([-0.798, 0.012, -0.0001]),
        probability_change_ci95=torch.tensor([0.036, 0.004, torch.nan]),
        logit_change=torch.zeros(3),
        logit_change_ci95=torch.zeros(3),
    )
    table = moved_table(found)
    assert "<th>change of probability, percentage points</th>" in table
    assert cells(table) == [
        ["a (meant)", "\u221279.8 \u00b1 3.6", "> 99.9 %", "< 0.1 %", "4000"],
        ["b", "+1.2 \u00b1 0.4", "100.0 %", "75.0 %", "4"],
        ["c", "0.0", "no image", "no image", "0"],
    ]


def test_names_of_classes_are_never_html(board):
    board.strength = 0.3
    assert "<b>" not in texts(board)
    assert "&lt;b&gt;cat" in texts(board)


def test_without_labelled_images_there_is_no_button(model, directions):
    board = concept_board(model, IMAGES[0], directions)
    assert not parts(board, "Button")
    with pytest.raises(ValueError, match="make the board with labelled images"):
        board.what_else_moved()
    with pytest.raises(ValueError, match="nothing to erase"):
        board.erase = True
    assert not board.erase
    board.close()


def test_an_eraser_alone_needs_no_slider(model, eraser):
    board = concept_board(model, IMAGES[0], erasers=[eraser])
    assert not parts(board, "FloatSlider")
    board.erase = True
    assert [each.kind for each in board.edits] == ["erase"]
    board.close()


def test_values_that_make_no_sense_change_nothing(board):
    for name, value, message in (
        ("strength", 3.0, "from -2.0 to 2.0"),
        ("layer", 3, "there is no layer 3: 0 to 2"),
        ("concept", "sideways", "no direction 'sideways', but up, down"),
    ):
        before = getattr(board, name)
        with pytest.raises(ValueError, match=message):
            setattr(board, name, value)
        assert getattr(board, name) == before


def test_what_cannot_be_shown_is_refused(model, directions, eraser):
    cases = [
        ({}, "nothing to steer or erase"),
        ({"directions": [directions[0]] * 2}, "two of these are the same: up"),
        ({"directions": directions, "images": IMAGES}, "go together"),
        ({"directions": directions, "target": "owl"}, "'owl' is no class"),
        (
            {
                "directions": [
                    ConceptDirection("w", torch.ones(8), "L1.resid_post", (), "")
                ]
            },
            r"shape \(32,\)",
        ),
    ]
    for given, message in cases:
        with pytest.raises(ValueError, match=message):
            concept_board(model, IMAGES[0], **given)
    with pytest.raises(ValueError, match="no preprocessing"):
        concept_board(model, "picture.png", directions)
    headless = hooked_vit(GRID, num_classes=0)
    with pytest.raises(UnsupportedModelError, match="no classifier"):
        concept_board(headless, IMAGES[0], directions)


def test_closing_closes_all_parts(model, directions):
    board = concept_board(model, IMAGES[0], directions)
    inside = [*parts(board, "HTML"), *parts(board, "FloatSlider")]
    board.close()
    assert all(each.comm is None for each in inside)
