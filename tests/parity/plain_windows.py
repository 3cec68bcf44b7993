"""Tokens of an image in windows, found by putting their numbers through timm's code."""

from __future__ import annotations

import torch
from timm.models.vision_transformer_sam import window_partition
from torch import Tensor


class Windows:
    """Where the tokens of an image are in its windows.

    Parameters
    ----------
    rows, cols
        Patches of the image.
    size
        Patches along a side of a window.
    """

    def __init__(self, rows: int, cols: int, size: int) -> None:
        numbers = torch.arange(1, rows * cols + 1).view(1, rows, cols, 1)
        places = window_partition(numbers, size)[0].flatten()
        # Padding is 0.
        self.place = places.argsort()[-rows * cols :]
        assert torch.equal(places[self.place], numbers.flatten())
        self.n_places = len(places)

    def in_image(self, value: Tensor) -> Tensor:
        """(batch * window, token, ...) -> (batch, token of the image, ...)."""
        return self._by_image(value)[:, self.place]

    def replaced(self, value: Tensor, new: Tensor) -> Tensor:
        """Give the windows with new tokens of the image, and their old padding."""
        by_image = self._by_image(value).clone()
        by_image[:, self.place] = new
        return by_image.reshape(value.shape)

    def _by_image(self, value: Tensor) -> Tensor:
        return value.reshape(-1, self.n_places, *value.shape[2:])
