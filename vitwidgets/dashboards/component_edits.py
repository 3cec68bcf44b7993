"""Copies of whole components among the edits of click-to-patch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Edit = dict[str, Any]
"""An item of the trait ``interventions``."""


def copied(edits: Sequence[Edit], source: str) -> set[str]:
    """Name the components that are copied from a donor at all tokens."""
    return {
        each["address"]
        for each in edits
        if each["switch"] == "on"
        and not each["tokens"]
        and _is_so(each, each["address"], source)
    }


def with_copy_toggled(edits: Sequence[Edit], address: str, source: str) -> list[Edit]:
    """Give the edits with a component copied from a donor, or not any more.

    As a click on a whole component in the view does it: a copy that was switched off is
    switched on, and copies of single tokens are part of one of all.

    Parameters
    ----------
    edits
        The present ones.
    address
        Of the component.
    source
        The donor's name.
    """
    acting = [
        each
        for each in edits
        if each["switch"] == "on" and _is_so(each, address, source)
    ]
    others = [each for each in edits if each not in acting]
    if any(not each["tokens"] for each in acting):
        return others
    for at, each in enumerate(edits):
        if _is_so(each, address, source) and not each["tokens"]:
            return [*edits[:at], {**each, "switch": "on"}, *edits[at + 1 :]]
    whole: Edit = {
        "address": address,
        "tokens": [],
        "kind": "patch",
        "strength": 1.0,
        "source": source,
        "seed": 0,
        "switch": "on",
    }
    return [*others, whole]


def _is_so(edit: Edit, address: str, source: str) -> bool:
    """Whether an edit copies a component, at some tokens or all."""
    return (edit["address"], edit["kind"], edit["source"]) == (address, "patch", source)
