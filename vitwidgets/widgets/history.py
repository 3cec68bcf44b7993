"""What a person did to a view, so that it can be undone."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import datetime, timezone
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from traitlets import Dict, TraitError, Unicode, validate

from vitwidgets.widgets.shareable import Shareable
from vitwidgets.wire import Index, Record, Records, owned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Act = dict[str, Any]

MOST_ACTS = 200
MOST_CHARACTERS = 250_000
"""Of all acts together, as JSON: they cross to the kernel with each new one."""

_TRAITS = ("history", "undone")


def _as_it_is(acts: list[Act], _widget: object) -> list[Act]:
    """Give acts their form on the wire: JSON has no arrays that were to be found."""
    return acts


class Undoable(Shareable):
    """A widget that remembers what was done to it.

    An act is a deliberate deed: a click, a key, a search, but not hovering. The page
    and Python write the same two traits, so each may undo what the other did.
    """

    history = owned(
        Records(
            Record(
                "Act",
                {
                    "verb": Unicode(help="What was done, for people: pin."),
                    "address": Unicode(help="To what: L3.H2, or nothing."),
                    "before": Dict(
                        key_trait=Unicode(), help="What it changed, as it was before."
                    ),
                    "after": Dict(
                        key_trait=Unicode(), help="The same names, as it left them."
                    ),
                    "time": Unicode(help="When, in ISO 8601 with its zone."),
                },
            ),
            help="What was done, the newest last.",
        ),
        "both",
        in_code="never",
    ).tag(to_json=_as_it_is)
    undone = owned(
        Index(help="How many of the newest acts are undone."),
        "both",
        in_code="never",
    )

    @classmethod
    def settable_names(cls) -> list[str]:
        """Return the names of the state that acts change."""
        return [name for name in super().settable_names() if name not in _TRAITS]

    def act(self, verb: str, address: str = "", **changes: Any) -> None:
        """Change the state as a deed that can be undone.

        Acts that were undone are forgotten, and the oldest of too many. A change that
        changes nothing is no act.

        Parameters
        ----------
        verb
            What is done, in a word or two for people: ``"pin"``.
        address
            To what it is done: ``"L3.H2"``.
        **changes
            The new values of the state.

        Raises
        ------
        TypeError
            When the widget has no such state.
        TraitError
            When a value is refused; then nothing has changed.
        """
        complaint = self._complaint(changes, self.settable_names())
        if complaint:
            raise TypeError(complaint)
        before = {name: deepcopy(getattr(self, name)) for name in changes}
        with self.hold_sync(), self.hold_trait_notifications():
            self._set(changes)
            after = {name: deepcopy(getattr(self, name)) for name in changes}
            if after == before:
                return
            act = {
                "verb": verb,
                "address": address,
                "before": before,
                "after": after,
                "time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            }
            done = self.history[: len(self.history) - self.undone]
            # Uncopied: nobody else has what the acts hold, and a long list takes long.
            self.set_trait("history", _newest([*done, act]))
            self.undone = 0

    def undo(self) -> Act:
        """Take back the newest act that is not undone yet, whoever did it.

        Returns
        -------
        act
            Its entry in ``history``.

        Raises
        ------
        IndexError
            When there is nothing to undo.
        TraitError
            When the widget can't be as it was before; then nothing has changed.
        """
        if self.undone == len(self.history):
            raise IndexError("there is nothing to undo")
        act = self.history[-1 - self.undone]
        with self.hold_sync(), self.hold_trait_notifications():
            self._set({**act["before"], "undone": self.undone + 1})
        return act

    def redo(self) -> Act:
        """Do again the act that was undone last.

        Returns
        -------
        act
            Its entry in ``history``.

        Raises
        ------
        IndexError
            When nothing is undone, or something new was done since.
        TraitError
            When the widget can't be as the act left it; then nothing has changed.
        """
        if self.undone == 0:
            raise IndexError("there is nothing to redo")
        act = self.history[-self.undone]
        with self.hold_sync(), self.hold_trait_notifications():
            self._set({**act["after"], "undone": self.undone - 1})
        return act

    def _set(self, state: Mapping[str, object]) -> None:
        for name, value in state.items():
            # A copy: the history must stay as it was, whoever changes a list.
            self.set_trait(name, deepcopy(value))

    def _complaint(self, names: Iterable[str], allowed: list[str]) -> str | None:
        unknown = [name for name in names if name not in allowed]
        if not unknown:
            return None
        return (
            f"{type(self).__name__} has no state {unknown[0]!r:.100} to change; it has "
            f"{', '.join(allowed)}"
        )

    @validate("undone")
    def _validate_undone(self, proposal: dict[str, Any]) -> int:
        _check_undone(proposal["value"], self.history)
        return proposal["value"]

    @validate("history")
    def _validate_history(self, proposal: dict[str, Any]) -> list[Act]:
        acts: list[Act] = proposal["value"]
        if len(acts) > MOST_ACTS:
            raise TraitError(f"history has {len(acts)} acts; it keeps {MOST_ACTS}")
        _check_undone(self.undone, acts)
        allowed = self.settable_names()
        for number, act in enumerate(acts):
            complaint = self._complaint(act["before"], allowed) or _complaint(act)
            if complaint:
                raise TraitError(f"history[{number}]: {complaint}")
        return acts


def _check_undone(undone: int, acts: list[Act]) -> None:
    if undone > len(acts):
        raise TraitError(
            f"undone={undone}, but history has {len(acts)} acts; no more than these "
            "can be undone"
        )


def _complaint(act: Act) -> str | None:
    if not act["before"] or act["before"].keys() != act["after"].keys():
        return (
            "before and after need the same names, and at least one; they have "
            f"{', '.join(act['before']) or 'none'} and "
            f"{', '.join(act['after']) or 'none'}"
        )
    try:
        # A page writes "Z" for UTC, which Python reads since 3.11 only.
        zone = datetime.fromisoformat(act["time"].replace("Z", "+00:00")).tzinfo
    except ValueError:
        zone = None
    if zone is None:
        return f"time={act['time']!r:.100} is no ISO 8601 time with a zone"
    return None


def _newest(acts: list[Act]) -> list[Act]:
    """Return the newest acts, as many as are kept; the last one always."""
    newest = acts[-MOST_ACTS:]
    sizes = accumulate(len(json.dumps(act)) for act in reversed(newest))
    count = sum(size <= MOST_CHARACTERS for size in sizes)
    return newest[-max(1, count) :]
