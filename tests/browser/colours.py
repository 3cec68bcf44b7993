"""What a value's colour should be, from the definition of the colour scales."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

SOURCE = Path(__file__).parents[2] / "js" / "src" / "core" / "colours.ts"


def magma() -> np.ndarray:
    """Return the committed table, ``(256, 3)``; vitest compares it with d3's."""
    digits = "".join(re.findall(r'"([0-9a-f]+)"', SOURCE.read_text("utf8")))
    return np.frombuffer(bytes.fromhex(digits), np.uint8).reshape(256, 3)


def colour_numbers(
    values: np.ndarray,
    prefix: int,
    scale: str = "linear",
    maximum: str = "head",
    *,
    signed: bool = False,
) -> np.ndarray:
    """Return the colour number of each patch, ``(layer, head, patch)``.

    ``values`` are ``(layer, head, token)``, prefix tokens first; colours of weights
    start at 0, those of `signed` values at the lowest.
    """
    patches = values[..., prefix:]
    axes = None if maximum == "shared" else -1
    most = patches.max(axis=axes, keepdims=True)
    least = patches.min(axis=axes, keepdims=True) if signed else 0
    share = (patches - least) / (most - least)
    if scale == "log":
        with np.errstate(divide="ignore"):
            share = 1 + np.log10(share) / 3
    return np.rint(255 * np.clip(share, 0, 1)).astype(int)


def assert_painted(colours: np.ndarray, numbers: np.ndarray) -> None:
    """Check colours ``(..., 4)`` against colour numbers; rounding may move one step."""
    table = magma()
    flat = colours.reshape(-1, 4)
    assert (flat[:, 3] == 255).all()
    for found, number in zip(flat[:, :3], numbers.ravel(), strict=True):
        near = table[max(0, number - 1) : number + 2]
        assert (near == found).all(axis=1).any(), f"{found} is not colour {number}"
