"""Edits of click-to-patch as records that cross the wire, and as interventions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from traitlets import TraitError

from vitwidgets.methods.interventions import Intervention, InterventionError
from vitwidgets.models.errors import UnknownSiteError
from vitwidgets.wire import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from vitwidgets.models import HookedViT
    from vitwidgets.wire import Record

Edit = dict[str, Any]
"""What is done where: a PatchEdit, with or without its switch."""

ASKED = ("address", "tokens", "kind", "strength", "source", "seed")
"""What the kernel is asked for an edit by."""

FROM_DONOR = ("patch", "steer")
MEAN = "mean"
REFERENCE = "reference"
"""What the sources of mean and resample are called, so that no donor is."""

_NAMED = {"mean": MEAN, "resample": REFERENCE}


def record_of(intervention: Intervention) -> Edit:
    """Give an intervention as an edit that is switched on."""
    from_donor = intervention.kind in FROM_DONOR
    return {
        "address": intervention.address,
        "tokens": list(intervention.tokens),
        "kind": intervention.kind,
        "strength": intervention.strength,
        "source": intervention.source or "" if from_donor else "",
        "seed": intervention.seed,
        "switch": "on",
    }


def plain_intervention(edit: Mapping[str, Any]) -> Intervention:
    """Give an edit as an intervention; one that steers is named by its donor.

    Raises
    ------
    InterventionError
        If it makes no sense.
    """
    return Intervention(
        address=edit["address"],
        kind=edit["kind"],
        tokens=tuple(edit["tokens"]),
        strength=edit["strength"],
        source=_NAMED.get(edit["kind"], edit["source"] or None),
        seed=edit["seed"],
    )


def checked_edit(
    edit: Mapping[str, Any], model: HookedViT, donors: Collection[str]
) -> Edit:
    """Give an edit as it is always written, its tokens in the order of the grid.

    Parameters
    ----------
    edit
        A record with the fields of one.
    model
        The model that it is for.
    donors
        Their names.

    Raises
    ------
    InterventionError, UnknownSiteError
        If it makes no sense, or none in this model with these donors.
    """
    kind, source = edit["kind"], edit["source"]
    if kind in FROM_DONOR and source not in donors:
        raise InterventionError(
            f"{edit['address']}: there is no donor {source!r:.100}; the donors are "
            f"{', '.join(map(repr, donors))}"
        )
    if kind not in FROM_DONOR and source:
        raise InterventionError(
            f"{edit['address']}: {kind} takes nothing from a donor, so its source is "
            f"'', not {source!r:.100}"
        )
    found = plain_intervention(edit)
    _ = found.component(model)
    if kind == "noise":  # one number alone has none; only its hook says so
        found.hooks(model, {})
    address, tokens = found.address, list(found.tokens)
    return {**edit, "address": address, "tokens": tokens}


def checked_edits(
    edits: Sequence[Mapping[str, Any]], model: HookedViT, donors: Collection[str]
) -> list[Edit]:
    """Give all edits as they are always written.

    Raises
    ------
    TraitError
        If one makes no sense; the message says which.
    """
    found: list[Edit] = []
    try:
        for edit in edits:
            found.append(checked_edit(edit, model, donors))  # noqa: PERF401 (counts)
    except (InterventionError, UnknownSiteError) as error:
        place = f"edit {len(found) + 1} of {len(edits)}"
        raise TraitError(f"{place}: {error}") from error
    return found


def asked_of(edits: Sequence[Mapping[str, Any]]) -> list[Edit]:
    """Give the edits that act, as the kernel is asked for them."""
    return [
        {name: edit[name] for name in ASKED} for edit in edits if edit["switch"] == "on"
    ]


def read_edits(
    given: object, record: Record, owner: Any, donors: Collection[str]
) -> list[Edit]:
    """Read the edits of a request.

    Parameters
    ----------
    given
        What came: a list of records without a switch.
    record
        The trait of an edit.
    owner
        The widget that has the edits and their model.
    donors
        Their names.

    Raises
    ------
    BadRequestError, TraitError
        If they are none, or make no sense.
    """
    if not isinstance(given, list):
        raise BadRequestError(f"interventions={given!r:.100}: a list of edits")
    items = cast("list[Any]", given)
    whole = [
        record.validate(owner, {**cast("Edit", item), "switch": "on"})
        if isinstance(item, dict)
        else record.validate(owner, item)
        for item in items
    ]
    return asked_of(checked_edits(whole, owner.model, donors))
