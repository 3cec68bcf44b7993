"""Attention in windows: where the patches of an image lie in them.

A grid of patches is cut into square windows, row by row. Where it is no multiple of
their size, it is padded at the bottom and on the right (Li et al., 2022).
"""

from __future__ import annotations

import operator
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class WindowGrid:
    """The windows of one image.

    In a site of ``(batch * window, ...)``, window `w` of image `b` is entry
    ``b * n_windows + w``.

    Attributes
    ----------
    rows, cols
        Number of patches down and across.
    size
        Number of patches along a side of a window.

    Examples
    --------
    >>> windows = WindowGrid(rows=3, cols=5, size=2)
    >>> windows.n_windows, windows.place(1, 4), windows.position(2, 0)
    (6, (2, 2), (0, 4))
    >>> windows.position(2, 1) is None  # padding
    True
    """

    rows: int
    cols: int
    size: int

    def __post_init__(self) -> None:
        if min(self.rows, self.cols, self.size) < 1:
            raise ValueError(
                f"windows need at least one row, one column and a size of one; got "
                f"rows={self.rows}, cols={self.cols}, size={self.size}"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Number of windows down and across."""
        return -(-self.rows // self.size), -(-self.cols // self.size)

    @property
    def n_windows(self) -> int:
        """Number of windows of one image."""
        return self.shape[0] * self.shape[1]

    @property
    def n_tokens(self) -> int:
        """Number of tokens in each window, padding included."""
        return self.size * self.size

    def place(self, row: int, col: int) -> tuple[int, int]:
        """Window of the patch at (row, col), and its token there."""
        row, col = operator.index(row), operator.index(col)
        if not (0 <= row < self.rows and 0 <= col < self.cols):
            raise IndexError(
                f"no patch at row {row}, column {col}: rows run from 0 to "
                f"{self.rows - 1}, columns from 0 to {self.cols - 1}"
            )
        (down, inner_row), (across, inner_col) = (
            divmod(row, self.size),
            divmod(col, self.size),
        )
        window = down * self.shape[1] + across
        return window, inner_row * self.size + inner_col

    def position(self, window: int, token: int) -> tuple[int, int] | None:
        """Row and column of the patch at a token of a window; None for padding."""
        window, token = operator.index(window), operator.index(token)
        if not (0 <= window < self.n_windows and 0 <= token < self.n_tokens):
            raise IndexError(
                f"no token {token} in window {window}: windows run from 0 to "
                f"{self.n_windows - 1}, their tokens from 0 to {self.n_tokens - 1}"
            )
        (down, across), (inner_row, inner_col) = (
            divmod(window, self.shape[1]),
            divmod(token, self.size),
        )
        row, col = down * self.size + inner_row, across * self.size + inner_col
        return (row, col) if row < self.rows and col < self.cols else None


def out_of_windows(value: Tensor, windows: WindowGrid) -> Tensor:
    """Give the patches in the order of the image, without padding.

    Parameters
    ----------
    value
        ``(batch * window, ..., width)``, the tokens of a window on one axis or two.
    windows
        Where they lie.

    Returns
    -------
    Tensor
        ``(batch, token, width)``, a copy.
    """
    return _one_axis(value, windows).index_select(1, _places(windows, value.device))


def into_windows(value: Tensor, tokens: Tensor, windows: WindowGrid) -> Tensor:
    """Give a copy of `value` with other patches; what is padding stays.

    Parameters
    ----------
    value, windows
        As in `out_of_windows`.
    tokens
        ``(batch, token, width)``.
    """
    places = _places(windows, value.device)
    return _one_axis(value, windows).index_copy(1, places, tokens).view(value.shape)


def _one_axis(value: Tensor, windows: WindowGrid) -> Tensor:
    return value.reshape(-1, windows.n_windows * windows.n_tokens, value.shape[-1])


def _places(windows: WindowGrid, device: torch.device) -> Tensor:
    """Give each patch's place among all tokens of all windows of an image."""
    size = windows.size
    rows = torch.arange(windows.rows, device=device).unsqueeze(1)
    cols = torch.arange(windows.cols, device=device)
    window = rows // size * windows.shape[1] + cols // size
    return (window * windows.n_tokens + rows % size * size + cols % size).flatten()
