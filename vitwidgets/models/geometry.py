"""Where the tokens of a vision transformer lie in its image."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass

_PATCH_LABEL = re.compile(r"\(\s*(\d+)\s*,\s*(\d+)\s*\)")


@dataclass(frozen=True)
class PatchGrid:
    """The tokens of one image: prefix tokens first, then patches row by row.

    Everything is counted from zero, rows downwards and columns to the right.

    Attributes
    ----------
    rows, cols
        Number of patches down and across.
    patch_size
        Height and width of a patch, in pixels of the model's input.
    prefix_names
        Names of the tokens before the first patch, such as ``("cls", "reg0")``.

    Examples
    --------
    >>> grid = PatchGrid(rows=2, cols=3, patch_size=(8, 8), prefix_names=("cls",))
    >>> grid.token(1, 0), grid.position(4), grid.label(4), grid.box(4)
    (4, (1, 0), '(1,0)', (8, 0, 16, 8))
    """

    rows: int
    cols: int
    patch_size: tuple[int, int]
    prefix_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        sizes = (self.rows, self.cols, *self.patch_size)
        if len(sizes) != 4 or any(size < 1 for size in sizes):  # noqa: PLR2004
            raise ValueError(
                f"a patch grid needs at least one row, one column and patches of one "
                f"pixel; got rows={self.rows}, cols={self.cols}, "
                f"patch_size={self.patch_size}"
            )
        if len(set(self.prefix_names)) != len(self.prefix_names):
            raise ValueError(f"prefix token names repeat: {self.prefix_names}")

    @property
    def n_prefix_tokens(self) -> int:
        """Number of tokens that are not patches."""
        return len(self.prefix_names)

    @property
    def n_patches(self) -> int:
        """Number of patches."""
        return self.rows * self.cols

    @property
    def n_tokens(self) -> int:
        """Number of tokens, prefix tokens included."""
        return self.n_prefix_tokens + self.n_patches

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width in pixels of the area that the patches cover."""
        return self.rows * self.patch_size[0], self.cols * self.patch_size[1]

    def token(self, row: int, col: int) -> int:
        """Token index of the patch at (row, col)."""
        row, col = operator.index(row), operator.index(col)
        if not (0 <= row < self.rows and 0 <= col < self.cols):
            raise IndexError(
                f"no patch at row {row}, column {col}: rows run from 0 to "
                f"{self.rows - 1}, columns from 0 to {self.cols - 1}"
            )
        return self.n_prefix_tokens + row * self.cols + col

    def is_prefix(self, token: int) -> bool:
        """Whether a token is a prefix token, that is, has no place in the image."""
        return self._checked(token) < self.n_prefix_tokens

    def position(self, token: int) -> tuple[int, int]:
        """Row and column of a patch token."""
        patch = self._checked(token) - self.n_prefix_tokens
        if patch < 0:
            raise IndexError(
                f"token {token} is the prefix token {self.prefix_names[token]!r} and "
                f"has no place in the image: patches are tokens "
                f"{self.n_prefix_tokens} to {self.n_tokens - 1}"
            )
        return divmod(patch, self.cols)

    def box(self, token: int) -> tuple[int, int, int, int]:
        """Pixels of a patch token, as (y0, x0, y1, x1) with y1 and x1 exclusive."""
        row, col = self.position(token)
        height, width = self.patch_size
        return row * height, col * width, (row + 1) * height, (col + 1) * width

    def token_at(self, y: float, x: float) -> int:
        """Token of the patch that holds the pixel (or point) at height y, width x."""
        height, width = self.image_size
        if not (0 <= y < height and 0 <= x < width):
            raise IndexError(
                f"the point y={y}, x={x} lies outside the image: y runs from 0 to "
                f"{height}, x from 0 to {width} (both exclusive)"
            )
        return self.token(int(y // self.patch_size[0]), int(x // self.patch_size[1]))

    def label(self, token: int) -> str:
        """Short name of a token: ``cls``, ``reg0`` or ``(4,9)`` for (row, column)."""
        token = self._checked(token)
        if token < self.n_prefix_tokens:
            return self.prefix_names[token]
        row, col = self.position(token)
        return f"({row},{col})"

    def token_of(self, label: str) -> int:
        """Token index of a label as `label` writes it."""
        if label in self.prefix_names:
            return self.prefix_names.index(label)
        match = _PATCH_LABEL.fullmatch(label.strip())
        if match is None:
            names = ", ".join(map(repr, self.prefix_names)) or "none"
            raise ValueError(
                f"no token is called {label!r}: patches are written '(row,column)', "
                f"prefix tokens of this model: {names}"
            )
        return self.token(int(match[1]), int(match[2]))

    def matching(self, token: int, other: PatchGrid) -> int | None:
        """Token of another grid that is at a token's place.

        Parameters
        ----------
        token
            Token of this grid.
        other
            A grid over an image that is shown in the same frame.

        Returns
        -------
        int or None
            The patch of `other` that holds the centre of this one (of two that share
            the point, the lower or right one); the prefix token of the same name, None
            where `other` has none.
        """
        if self.is_prefix(token):
            name = self.prefix_names[token]
            names = other.prefix_names
            return names.index(name) if name in names else None
        row, col = self.position(token)
        return other.token(
            (2 * row + 1) * other.rows // (2 * self.rows),
            (2 * col + 1) * other.cols // (2 * self.cols),
        )

    def _checked(self, token: int) -> int:
        token = operator.index(token)
        if not 0 <= token < self.n_tokens:
            raise IndexError(
                f"token {token} does not exist: tokens run from 0 to "
                f"{self.n_tokens - 1} ({self.n_prefix_tokens} prefix tokens, then "
                f"{self.rows} x {self.cols} patches)"
            )
        return token
