"""What the census walks: a committed list, compared with what is installed.

The list is the denominator. It is changed by hand only, after somebody has looked at
what a new version of timm or open_clip brings.
"""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from importlib import resources
from typing import Any, cast

_LIST = "entries.json"


@dataclass(frozen=True)
class Entry:
    """One model by name.

    Attributes
    ----------
    library
        ``"timm"`` or ``"open_clip"``.
    group
        timm's module, or the kind of open_clip's tower.
    name
        The name in its library.
    tower
        ``"image"`` or ``"text"``.
    expected
        Whether it belongs to the families that are to be hooked exactly.
    """

    library: str
    group: str
    name: str
    tower: str = "image"
    expected: bool = True


def committed() -> tuple[Entry, ...]:
    """Give the committed list."""
    listed = _listed()
    entries = [
        Entry("timm", group, name)
        for group, names in listed["timm"].items()
        for name in names
    ]
    for tower in ("image", "text"):
        for kind, names in listed["open_clip"][tower].items():
            expected = kind not in listed["open_clip"]["refused"]
            entries += [
                Entry("open_clip", kind, name, tower, expected) for name in names
            ]
    return tuple(entries)


def committed_pairs() -> frozenset[tuple[str, str]]:
    """Give the pairs of block and attention classes that somebody has looked at."""
    return frozenset((block, attention) for block, attention in _listed()["pairs"])


def drift() -> tuple[str, ...]:
    """Say, in one sentence each, what is installed and not listed, or the reverse."""
    listed = committed()
    return (
        *_drift_of("timm", {e.name for e in listed if e.library == "timm"}, _timm()),
        *_drift_of(
            "open_clip",
            {e.name for e in listed if e.library == "open_clip"},
            _open_clip(),
        ),
    )


def _listed() -> dict[str, Any]:
    file = resources.files("vitwidgets.models.census") / _LIST
    return cast("dict[str, Any]", json.loads(file.read_text("utf-8")))


def _drift_of(library: str, listed: set[str], installed: set[str]) -> list[str]:
    new = [
        f"{library} has {name!r}, which is not in the census: look at its code, then "
        f"add it to {_LIST}"
        for name in sorted(installed - listed)
    ]
    gone = [
        f"{library} has no {name!r} any more: take it out of {_LIST}"
        for name in sorted(listed - installed)
    ]
    return new + gone


def _timm() -> set[str]:
    import timm  # noqa: PLC0415 (takes a second)

    return {
        name for group in _listed()["timm"] for name in timm.list_models(module=group)
    }


def _open_clip() -> set[str]:
    untyped: Any = importlib.import_module("open_clip")
    names: list[str] = untyped.list_models()
    return set(names)
