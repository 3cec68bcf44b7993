"""The census: every listed model is tried, and what was found is written down."""

from __future__ import annotations

import multiprocessing
import random
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import chain, groupby
from typing import TYPE_CHECKING

import torch

from vitwidgets.models.census.building import Cut, structure
from vitwidgets.models.census.entries import committed_pairs, drift
from vitwidgets.models.census.verdicts import (
    UNSUPPORTED,
    WRONG,
    Verdict,
    numeric_faults,
    structural_verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vitwidgets.models.census.entries import Entry

FULL_DEPTH_SHARE = 0.1
FULL_DEPTH_PARAMETERS = 450_000_000
"""Models beyond this are tried with two blocks only: they would need tens of GB."""


def judged(entry: Entry, *, whole: bool, tried: dict[str, tuple[str, ...]]) -> Verdict:
    """Judge a model by structure, then by numbers.

    Parameters
    ----------
    entry
        The model.
    whole
        Whether it is tried at full depth too.
    tried
        What was found so far, by make.
    """
    verdict = structural_verdict(entry, Cut.BOTH)
    if verdict.kind == UNSUPPORTED:
        return verdict
    faults = numeric_faults(entry, Cut.BOTH, tried)
    if whole and not faults:
        faults = numeric_faults(entry, Cut.PATCHES, tried)
    if not faults:
        return verdict
    note = "; ".join(faults[:3])
    return Verdict(entry, verdict.model_class, WRONG, note, verdict.pairs)


def random_tenth(entries: Sequence[Entry]) -> frozenset[Entry]:
    """Give the models that are checked at full depth, the same ones every time."""
    fitting = [entry for entry in entries if entry.expected and entry.library == "timm"]
    drawn = random.Random(0).sample(fitting, len(fitting))  # noqa: S311
    chosen: list[Entry] = []
    for entry in drawn:
        if len(chosen) >= FULL_DEPTH_SHARE * len(fitting):
            break
        parameters = structure(entry).parameters()
        if sum(weights.numel() for weights in parameters) <= FULL_DEPTH_PARAMETERS:
            chosen.append(entry)
    return frozenset(chosen)


def walked(entries: Sequence[Entry], whole: frozenset[Entry]) -> list[Verdict]:
    """Judge models, one group after the other on each core, telling of each."""
    groups = [
        (list(group), whole)
        for _, group in groupby(entries, lambda e: (e.library, e.group, e.tower))
    ]
    # Spawned, since a fork of torch's threads may hang.
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(mp_context=spawning) as pool:
        return list(chain.from_iterable(pool.map(_walked_group, groups)))


def _walked_group(work: tuple[list[Entry], frozenset[Entry]]) -> list[Verdict]:
    entries, whole = work
    torch.set_num_threads(1)
    tried: dict[str, tuple[str, ...]] = {}
    verdicts: list[Verdict] = []
    for number, entry in enumerate(entries, 1):
        verdict = judged(entry, whole=entry in whole, tried=tried)
        depth = ", at full depth" if entry in whole else ""
        sys.stderr.write(
            f"{entry.library} {entry.group} {entry.tower} {number}/{len(entries)} "
            f"{entry.name}: {verdict.kind}{depth} {verdict.note}\n"
        )
        verdicts.append(verdict)
    return verdicts


def complaints(verdicts: Iterable[Verdict]) -> list[str]:
    """Say what somebody has to look at before the census may pass."""
    known = committed_pairs()
    found = list(drift())
    for verdict in verdicts:
        if verdict.kind == WRONG:
            found.append(f"{verdict.entry.name}: {verdict.note}")
        found += [
            f"{verdict.entry.name} pairs {block} with {attention}, which nobody has "
            f"looked at"
            for block, attention in sorted(verdict.pairs - known)
        ]
    return sorted(set(found))
