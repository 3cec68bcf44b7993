"""Caches from files, if they are of the very model and images that are at hand."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, cast

from vitwidgets.models.caching.cache import ActivationCache
from vitwidgets.models.caching.files import CacheFile, CacheMismatchError
from vitwidgets.models.caching.fingerprint import difference
from vitwidgets.models.caching.run_mode import RunMode
from vitwidgets.models.caching.size import require_room

if TYPE_CHECKING:
    import os

    from vitwidgets.models.caching.source import CacheSource


def load(
    path: str | os.PathLike[str], source: CacheSource, budget: int
) -> ActivationCache:
    """Read a cache that `ActivationCache.save` wrote.

    Parameters
    ----------
    path
        The file.
    source
        The model with all its recipes, and the images. The cache's tensors will be on
        the device of the images.
    budget
        Bytes that it may hold.

    Raises
    ------
    OSError
        If the file cannot be read.
    DamagedCacheError
        If it is no cache's, or damaged.
    CacheMismatchError
        If it is of another model, preprocessing or images; the message says which.
    CacheBudgetError
        If it would hold more than the budget.
    """
    file = CacheFile.open(Path(path))
    record = file.record
    reason = difference(record["run"], source.fingerprint())
    if reason is not None:
        raise CacheMismatchError(
            f"{str(path)!r}, saved of {record['name']!r}, does not fit: {reason}. Load "
            f"it with the model and the images that it was made with, or run the model "
            f"again"
        )
    require_room(str(path), file.nbytes, budget)
    valid = set(cast("list[str]", record["recipes"]))
    run = dataclasses.replace(
        source,
        recipes={
            name: source.recipes[name] for name in source.recipes if name in valid
        },
        edited=frozenset(cast("list[str]", record["edited"])),
    )
    values = file.values(source.images.device)
    cache = ActivationCache(run, values, budget, RunMode.saved(record["autocast"]))
    lost = [name for name in record["sites"] if name not in cache]
    if lost:
        raise CacheMismatchError(
            f"{str(path)!r} was saved by a version of vitwidgets that derives "
            f"{lost[0]!r}, which this one does not: run the model again"
        )
    return cache
