"""The page ``docs/performance.md``: what was measured, and on what."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from benchmarks.reading import COLUMNS

if TYPE_CHECKING:
    from benchmarks.measuring import Row
    from benchmarks.reading import Reading

TEXT = """\
# Performance

Ratios against a reference measured in the same run, variants taking turns, medians.
Reproduce with `make bench`, which installs what is compared with and rewrites this
page.

Measured on {cores} cores of {processor}, Python {python}, torch {torch}, timm {timm},
nnsight {nnsight}; random weights where a model larger than the bundled one is named,
float32. Figures of ViT-Prisma, SVG/d3, jupyter-scatter and lonboard are what their
authors' code did on a machine of this size; they are not measured in this run.

## Budgets

| what | reference | ours | budget | within |
|---|---|---|---|---|
{budgets}

## Reading activations: time as a multiple of timm's forward, and memory held after it

| model | {columns} |
|---|{rules}|
{readings}

*One intervention* sets the heads of the middle block to zero. *Every site* is
`run_with_cache(images)`, patterns and all. *Attention outputs and streams* are
`hook_attn_out` and `hook_resid_post` of each block. *Every part cloned* is what one
writes without a library, in the way of TransformerLens: attention not fused, so that
there is a pattern to see, and a forward hook on every submodule that clones its output.

Tests never assert wall-clock times; this page is where speed is watched.
"""


def page(rows: list[Row], readings: list[Reading]) -> str:
    """Give the text of the page."""
    return TEXT.format(
        cores=torch.get_num_threads(),
        processor=processor(),
        python=platform.python_version(),
        torch=version("torch"),
        timm=version("timm"),
        nnsight=_version_if_installed("nnsight"),
        budgets="\n".join(
            f"| {r.what} | {r.reference} | {r.ours} | {r.budget} "
            f"| {'yes' if r.met else '**no**'} |"
            for r in rows
        ),
        columns=" | ".join(COLUMNS),
        rules="|".join("---" for _ in COLUMNS),
        readings="\n".join(
            f"| {reading.model} | {' | '.join(reading.cells)} |" for reading in readings
        ),
    )


def processor() -> str:
    """Give the processor's name, or its architecture where the system keeps none."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return f"{names[0]} ({platform.machine()})" if names else platform.machine()


def _version_if_installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
