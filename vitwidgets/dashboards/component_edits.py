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
    switched on, and whatever else acts on the component gives way, in its place.

    Parameters
    ----------
    edits
        The present ones.
    address
        Of the component.
    source
        The donor's name.
    """
    if address in copied(edits, source):
        return [
            each
            for each in edits
            if each["switch"] == "off" or not _is_so(each, address, source)
        ]
    acting = [
        at
        for at, each in enumerate(edits)
        if each["switch"] == "on" and each["address"] == address
    ]
    off = [
        at
        for at, each in enumerate(edits)
        if at not in acting and not each["tokens"] and _is_so(each, address, source)
    ]
    place = [*off, *acting, len(edits)][0]
    whole: Edit = {
        "address": address,
        "tokens": [],
        "kind": "patch",
        "strength": 1.0,
        "source": source,
        "seed": 0,
        "switch": "on",
    }
    if off:
        whole = {**edits[place], "switch": "on"}
    before = [each for at, each in enumerate(edits[:place]) if at not in acting]
    after = [each for at, each in enumerate(edits) if at > place and at not in acting]
    return [*before, whole, *after]


def _is_so(edit: Edit, address: str, source: str) -> bool:
    """Whether an edit copies a component, at some tokens or all."""
    return (edit["address"], edit["kind"], edit["source"]) == (address, "patch", source)
