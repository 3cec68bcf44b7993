"""Six heads: what was measured of them, by name, (layer, head)."""

from __future__ import annotations

from math import nan

LAYERS, HEADS = 2, 3

NUMBERS = {
    "mean_distance": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
    "mean_distance_ci95": [[0.5, 0.25, 0.125], [nan, nan, nan]],
    "entropy": [[6.0, 5.0, 4.0], [3.0, 2.0, 1.0]],
    # Uniform attention gives 0 to corners and to any offset here; see the conftest.
    "corner_mass": [[0.9, 0.0, 0.0], [0.0, 0.0, 0.9]],
    "offset_mass": [[0.0, 0.8, 0.0], [0.7, 0.0, 0.0]],
    "offset_row": [[0.0, 0.0, 0.0], [-1.0, 0.0, 0.0]],
    "offset_col": [[0.0, -1.0, 0.0], [0.0, 0.0, 0.0]],
    "object_auroc": [[0.5, 0.5, nan], [0.5, nan, 0.5]],
    "generality": [[nan] * 3, [nan] * 3],
}
KINDS = [["corner", "offset", "mixed"], ["offset", "mixed", "corner"]]
