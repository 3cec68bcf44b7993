"""A fresh kernel until its first widget, and ten of them at once on two cores."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil

from benchmarks.measuring import Row, milliseconds, short
from benchmarks.one_kernel import CORES

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[1]
OPEN_BUDGET = 4.0  # seconds
MEMORY_BUDGET = 700e6  # bytes
KERNELS = 10
CLICKS = 100
FAIRNESS = 1.2
"""What sharing cores may cost over a fair part of them."""

# What no view of a timm model can do without.
REFERENCE = """
import sys
import timm
import torch
module = timm.create_model("test_vit").eval()
with torch.no_grad():
    module(torch.zeros(1, 3, 160, 160))
print("open", flush=True)
sys.stdin.readline()
"""
BARE = ("-c", REFERENCE)
OURS = ("-m", "benchmarks.one_kernel")


@dataclass(frozen=True)
class AtOnce:
    """What kernels took that ran at the same time.

    Attributes
    ----------
    opened
        Seconds from the start of the first until each has its widget.
    memory
        Bytes of all, memory that they share counted once where the system can tell.
    clicks
        Seconds of each click, all kernels clicking.
    """

    opened: float
    memory: int
    clicks: list[float]


class Kernel:
    """A process that says when its widget is open, and does more for a line."""

    def __init__(self, program: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *program],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """Close its input, and wait until it has ended."""
        self._process.communicate()

    def heard(self) -> str:
        """Wait for a line and give it."""
        if self._process.stdout is None:
            raise RuntimeError("the kernel has no output")
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the kernel ended: {self._process.args}")
        return line

    def click(self) -> None:
        """Let it click."""
        if self._process.stdin is None:
            raise RuntimeError("the kernel has no input")
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def resident(self) -> int:
        """Give the bytes that the system keeps in memory for it."""
        return psutil.Process(self._process.pid).memory_info().rss

    def share(self) -> int:
        """Give its bytes, memory shared by so many counted as so many parts."""
        found = psutil.Process(self._process.pid).memory_full_info()
        return getattr(found, "pss", found.rss)


def rows(
    kernels: int = KERNELS,
    clicks: int = CLICKS,
    rounds: int = 5,
    *,
    bare: Sequence[str] = BARE,
    ours: Sequence[str] = OURS,
) -> list[Row]:
    """Open fresh kernels one after the other, then all at once."""
    program = [*ours, str(clicks)]
    fresh = _fresh_rows(bare, program, rounds)
    return [
        *fresh,
        *_crowd_rows(at_once(program, 1), at_once(program, kernels), kernels),
    ]


def at_once(program: Sequence[str], kernels: int) -> AtOnce:
    """Start so many, wait until each is open, and let all of them click."""
    with ExitStack() as stack:
        begin = time.perf_counter()
        running = [
            stack.enter_context(closing(Kernel(program))) for _ in range(kernels)
        ]
        for kernel in running:
            kernel.heard()
        opened = time.perf_counter() - begin
        memory = sum(kernel.share() for kernel in running)
        for kernel in running:
            kernel.click()
        clicks = [seconds for each in running for seconds in json.loads(each.heard())]
    return AtOnce(opened, memory, clicks)


def _fresh_rows(bare: Sequence[str], ours: Sequence[str], rounds: int) -> list[Row]:
    for read_from_disk in (bare, ours):
        _opened(read_from_disk)
    found = [[_opened(bare), _opened(ours)] for _ in range(rounds)]
    seconds, memory = np.moveaxis(np.array(found), -1, 0)
    reference, mine = np.median(seconds, 0)
    extra = np.median(seconds[:, 1] - seconds[:, 0])
    others, held = np.median(memory, 0) / 1e6
    return [
        Row(
            "a fresh kernel: import, bundled model and first widget, whole process",
            f"torch, timm and one forward pass: {short(reference)} s",
            f"{short(mine)} s ({extra:+.2f} s)",
            f"{OPEN_BUDGET:g} s",
            bool(mine <= OPEN_BUDGET),
        ),
        Row(
            "its resident memory then",
            f"torch, timm and one forward pass: {others:.0f} MB",
            f"{held:.0f} MB ({held - others:+.0f} MB)",
            f"{MEMORY_BUDGET / 1e6:.0f} MB",
            bool(held <= MEMORY_BUDGET / 1e6),
        ),
    ]


def _opened(program: Sequence[str]) -> tuple[float, int]:
    """Give the seconds until a fresh kernel has its widget, and its memory then."""
    begin = time.perf_counter()
    with closing(Kernel(program)) as kernel:
        kernel.heard()
        return time.perf_counter() - begin, kernel.resident()


def _crowd_rows(alone: AtOnce, crowd: AtOnce, kernels: int) -> list[Row]:
    # Of two cores each kernel can have its part and no more.
    most = FAIRNESS * max(kernels / CORES, 1)
    longer = crowd.opened / alone.opened
    waiting, theirs = np.median(crowd.clicks), np.median(alone.clicks)
    slowest = float(np.percentile(crowd.clicks, 95))
    return [
        Row(
            f"{kernels} kernels at once on {CORES} cores: until all have a widget",
            f"one alone: {short(alone.opened)} s",
            f"{short(crowd.opened)} s ({longer:.2f} x)",
            f"{most:g} x",
            longer <= most,
        ),
        Row(
            "the memory of all, what they share counted once",
            f"one alone: {alone.memory / 1e6:.0f} MB",
            f"{crowd.memory / 1e6:.0f} MB",
            "reported only",
            met=True,
        ),
        Row(
            "a click in one of them while all click: from message to prediction, p50",
            f"one alone: {milliseconds(float(theirs))}",
            f"{milliseconds(float(waiting))} ({waiting / theirs:.2f} x), "
            f"p95 {milliseconds(slowest)}",
            f"{most:g} x",
            bool(waiting <= most * theirs),
        ),
    ]
