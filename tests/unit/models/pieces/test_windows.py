"""Where patches lie in windows, against timm's own partition."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from timm.models.vision_transformer_sam import window_partition, window_unpartition

from vitwidgets.models.pieces.windows import WindowGrid, into_windows, out_of_windows

GRIDS = st.builds(
    WindowGrid, st.integers(1, 9), st.integers(1, 9), size=st.integers(1, 5)
)


def cut(grid, batch=2, width=3):
    image = torch.arange(1.0, batch * grid.rows * grid.cols * width + 1)
    image = image.view(batch, grid.rows, grid.cols, width)
    return image, *window_partition(image, grid.size)


@given(GRIDS)
def test_patches_come_out_of_windows_in_the_order_of_the_image(grid):
    image, windows, padded = cut(grid)
    assert windows.shape[0] == 2 * grid.n_windows
    assert windows[0].numel() == 3 * grid.n_tokens
    tokens = image.flatten(1, 2)
    assert torch.equal(out_of_windows(windows, grid), tokens)
    assert torch.equal(out_of_windows(windows.flatten(1, 2), grid), tokens)
    new = into_windows(windows - 0.5, -tokens, grid)
    shape = (grid.rows, grid.cols)
    assert torch.equal(window_unpartition(new, grid.size, shape, padded), -image)
    padding = windows == 0
    assert torch.equal(new[padding], windows[padding] - 0.5)


@given(GRIDS)
def test_each_patch_has_its_place_and_padding_has_none(grid):
    image, windows, _ = cut(grid, batch=1)
    windows = windows.flatten(1, 2)
    found = set()
    for window in range(grid.n_windows):
        for token in range(grid.n_tokens):
            position = grid.position(window, token)
            if position is None:
                assert not windows[window, token].any()
                continue
            found.add(position)
            assert grid.place(*position) == (window, token)
            assert torch.equal(windows[window, token], image[0][position])
    assert len(found) == grid.rows * grid.cols


def test_what_does_not_exist_is_an_error():
    grid = WindowGrid(3, 5, 2)
    with pytest.raises(IndexError, match="no patch at row 3, column 0: rows run from"):
        grid.place(3, 0)
    with pytest.raises(IndexError, match="no token 4 in window 0"):
        grid.position(0, 4)
    with pytest.raises(ValueError, match="got rows=3, cols=0, size=2"):
        WindowGrid(3, 0, 2)
