"""Interventions as JSON."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any, cast

from vitwidgets.methods.intervening.errors import InterventionError
from vitwidgets.methods.intervening.intervention import Intervention
from vitwidgets.models.errors import UnknownSiteError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vitwidgets.models import HookedViT

_FORMAT = "vitwidgets interventions"
_VERSION = 1
_FIELDS = tuple(field.name for field in dataclasses.fields(Intervention))


def to_json(interventions: Iterable[Intervention]) -> str:
    """Write interventions, in their order, as JSON that `from_json` reads."""
    record = {
        "format": _FORMAT,
        "version": _VERSION,
        "interventions": [dataclasses.asdict(each) for each in interventions],
    }
    return json.dumps(record, allow_nan=False, indent=1)


def from_json(text: str, model: HookedViT) -> list[Intervention]:
    """Read interventions for a model.

    Parameters
    ----------
    text
        What `to_json` gave. The sources that they name are not in it.
    model
        The model that they are to be applied to.

    Raises
    ------
    InterventionError
        If the text is none, of another version, or holds an intervention that makes
        no sense or has no place in this model; the message says which.
    """
    try:
        record: Any = json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise InterventionError(
            f"this is no JSON ({error}): give the text that to_json wrote"
        ) from error
    if not isinstance(record, dict) or cast("Any", record).get("format") != _FORMAT:
        raise InterventionError(
            f"this is no file of interventions: to_json writes a record whose format "
            f"is {_FORMAT!r}"
        )
    fields = cast("dict[str, Any]", record)
    version = fields.get("version")
    if version != _VERSION:
        raise InterventionError(
            f"these interventions are of version {version!r}, and this vitwidgets "
            f"reads version {_VERSION}: save them again with this one"
        )
    given: Any = fields.get("interventions")
    if not isinstance(given, list):
        raise InterventionError(
            f"interventions must be a list, got a {type(given).__name__}"
        )
    entries = cast("list[Any]", given)
    return [_entry(number, entry, model) for number, entry in enumerate(entries, 1)]


def _entry(number: int, entry: Any, model: HookedViT) -> Intervention:
    try:
        found = _read(entry)
        found.component(model)
    except (InterventionError, UnknownSiteError) as error:
        raise InterventionError(
            f"intervention {number} of the file cannot be used: {error}"
        ) from error
    return found


def _read(entry: Any) -> Intervention:
    if not isinstance(entry, dict):
        raise InterventionError(f"it must be a record, got {entry!r:.60}")
    fields = cast("dict[str, Any]", entry)
    wrong = [name for name in fields if name not in _FIELDS]
    wanting = [name for name in _FIELDS if name not in fields]
    if wrong or wanting:
        what = f"does not know {wrong[0]!r}" if wrong else f"needs {wanting[0]!r}"
        raise InterventionError(f"an intervention {what}; it has {', '.join(_FIELDS)}")
    if not isinstance(fields["tokens"], list):
        raise InterventionError(f"tokens must be a list, got {fields['tokens']!r:.60}")
    return Intervention(**fields)
