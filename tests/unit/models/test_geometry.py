from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitwidgets.models.geometry import PatchGrid

GRID = PatchGrid(rows=2, cols=3, patch_size=(8, 4), prefix_names=("cls", "reg0"))


def test_tokens_run_through_prefix_then_rows():
    labels = [GRID.label(token) for token in range(GRID.n_tokens)]
    assert labels == [
        "cls",
        "reg0",
        "(0,0)",
        "(0,1)",
        "(0,2)",
        "(1,0)",
        "(1,1)",
        "(1,2)",
    ]
    assert [GRID.is_prefix(token) for token in range(4)] == [True, True, False, False]
    assert GRID.image_size == (16, 12)


def test_boxes_tile_the_image_once():
    painted = [[0] * 12 for _ in range(16)]
    for token in range(GRID.n_prefix_tokens, GRID.n_tokens):
        y0, x0, y1, x1 = GRID.box(token)
        for y in range(y0, y1):
            for x in range(x0, x1):
                painted[y][x] += 1
                assert GRID.token_at(y, x) == token
    assert all(count == 1 for row in painted for count in row)


def test_a_point_between_pixels_belongs_to_its_patch():
    assert GRID.token_at(7.99, 3.99) == GRID.token(0, 0)
    assert GRID.token_at(8.0, 4.0) == GRID.token(1, 1)


@given(
    rows=st.integers(1, 40),
    cols=st.integers(1, 40),
    n_registers=st.integers(0, 4),
    data=st.data(),
)
def test_token_position_and_label_are_inverse(rows, cols, n_registers, data):
    prefix = tuple(f"reg{i}" for i in range(n_registers))
    grid = PatchGrid(rows, cols, (16, 16), prefix)
    token = data.draw(st.integers(0, grid.n_tokens - 1))
    assert grid.token_of(grid.label(token)) == token
    if not grid.is_prefix(token):
        assert grid.token(*grid.position(token)) == token


@pytest.mark.parametrize("token", [-1, 8, 1000])
def test_a_token_out_of_range_names_the_range(token):
    with pytest.raises(IndexError, match=rf"token {token} .*0 to 7"):
        GRID.label(token)


def test_a_patch_out_of_range_names_the_ranges():
    with pytest.raises(IndexError, match=r"row 2, column 0: rows run from 0 to 1"):
        GRID.token(2, 0)


def test_a_prefix_token_has_no_place():
    with pytest.raises(IndexError, match=r"token 1 is the prefix token 'reg0'"):
        GRID.box(1)


@pytest.mark.parametrize("point", [(-0.1, 0), (16, 0), (0, 12), (float("nan"), 0)])
def test_a_point_outside_the_image_is_refused(point):
    with pytest.raises(IndexError, match="outside the image"):
        GRID.token_at(*point)


def test_unknown_labels_name_the_prefix_tokens():
    with pytest.raises(ValueError, match=r"no token is called 'dist'.*'cls', 'reg0'"):
        GRID.token_of("dist")


@pytest.mark.parametrize(
    "arguments",
    [(0, 3, (8, 8)), (3, 0, (8, 8)), (3, 3, (0, 8)), (3, 3, (8, 8), ("a", "a"))],
)
def test_impossible_grids_are_refused(arguments):
    with pytest.raises(ValueError, match=r"at least one|repeat"):
        PatchGrid(*arguments)


@given(sizes=st.tuples(*[st.integers(1, 40)] * 4), data=st.data())
def test_the_matching_patch_holds_the_centre(sizes, data):
    rows, cols, other_rows, other_cols = sizes
    grid = PatchGrid(rows, cols, (16, 16), ("cls",))
    other = PatchGrid(other_rows, other_cols, (8, 8))
    row = data.draw(st.integers(0, rows - 1))
    col = data.draw(st.integers(0, cols - 1))
    down, across = Fraction(2 * row + 1, 2 * rows), Fraction(2 * col + 1, 2 * cols)
    (holding,) = (
        token
        for token in range(other.n_tokens)
        for top, left in [other.position(token)]
        if top <= down * other_rows < top + 1 and left <= across * other_cols < left + 1
    )
    assert grid.matching(grid.token(row, col), other) == holding


def test_prefix_tokens_match_by_name():
    other = PatchGrid(5, 5, (4, 4), prefix_names=("reg0", "dist"))
    assert [GRID.matching(token, other) for token in (0, 1)] == [None, 0]
    assert [GRID.matching(token, GRID) for token in range(8)] == list(range(8))


def test_what_matches_a_token_out_of_range_is_an_error():
    with pytest.raises(IndexError, match="token 8 does not exist"):
        GRID.matching(8, GRID)
