"""What the rows of a benchmark must hold, wherever it runs."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from benchmarks.measuring import Row

if TYPE_CHECKING:
    from collections.abc import Sequence


def figures(text: str) -> list[float]:
    """Return all numbers in a cell; words like nan are numbers, too."""
    found = re.findall(r"[-+]?(?:\b\d+(?:\.\d+)?(?:e[-+]?\d+)?|\bnan\b|\binf\b)", text)
    return [float(figure) for figure in found]


def expect_rows(rows: Sequence[Row]) -> None:
    assert rows
    for row in rows:
        assert isinstance(row, Row)
        assert row.what
        assert figures(row.ours), row
        assert all(math.isfinite(figure) for figure in figures(row.ours)), row
