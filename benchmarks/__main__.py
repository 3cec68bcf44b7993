"""Measure every row and write ``docs/performance.md``: ``python -m benchmarks``."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import (
    click_to_patch,
    cold_lab,
    head_statistics,
    hover,
    intervention,
    kernels,
    layer_slider,
    lens,
    lens_payload,
    live_page,
    many_clicks,
    model_calls,
    patching,
    payload,
    reading,
    startup,
)
from benchmarks.page import page

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"

# The last one, and what follows it, brings in nnsight, which alters every object.
BUDGETED = (
    startup,
    kernels,
    cold_lab,
    payload,
    lens_payload,
    hover,
    layer_slider,
    live_page,
    model_calls,
    lens,
    head_statistics,
    patching,
    click_to_patch,
    many_clicks,
    intervention,
)


def main() -> int:
    """Run all benchmarks; exit with 1 when a budget is missed."""
    rows = []
    for module in BUDGETED:
        for row in module.rows():
            rows.append(row)
            print("ok  " if row.met else "MISS", row.what, "|", row.ours, flush=True)
    readings = reading.readings()
    for line in readings:
        print("    ", line.model, "|", " | ".join(line.cells), flush=True)
    PAGE.write_text(page(rows, readings), encoding="utf-8")
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
