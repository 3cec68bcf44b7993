"""Measure every row and write ``docs/performance.md``: ``python -m benchmarks``."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version
from pathlib import Path

import torch

from benchmarks import hover, model_calls, payload, startup

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"

TEXT = """\
# Performance

Ratios against a reference measured in the same run, variants taking turns, medians.
Reproduce with `make bench` (or `python -m benchmarks` in the project's environment);
it rewrites this page.

Measured on {cores} cores ({machine}), Python {python}, torch {torch}, timm {timm},
random weights where a model larger than the bundled one is named. Figures of other
projects are what their authors' code did on a machine of this size; they are not
measured in this run.

| what | reference | ours | budget | within |
|---|---|---|---|---|
{table}

Tests never assert wall-clock times; this page is where speed is watched.
"""


def main() -> int:
    """Run all benchmarks; exit with 1 when a budget is missed."""
    rows = []
    for module in (startup, model_calls, payload, hover):
        for row in module.rows():
            rows.append(row)
            print("ok  " if row.met else "MISS", row.what, "|", row.ours, flush=True)
    table = "\n".join(
        f"| {r.what} | {r.reference} | {r.ours} | {r.budget} "
        f"| {'yes' if r.met else '**no**'} |"
        for r in rows
    )
    PAGE.write_text(
        TEXT.format(
            cores=torch.get_num_threads(),
            machine=platform.machine(),
            python=platform.python_version(),
            torch=version("torch"),
            timm=version("timm"),
            table=table,
        ),
        encoding="utf-8",
    )
    return 0 if all(row.met for row in rows) else 1


sys.exit(main())
