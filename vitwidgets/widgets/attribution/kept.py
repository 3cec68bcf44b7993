"""Which numbers a saved page of a logit attribution holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Choice = tuple[int, int, str]
"""Target, versus and measure."""

_NAMES = ("target", "versus", "measure")
_MOST = 8


def chosen_before(
    present: Choice, history: Sequence[Mapping[str, Any]], undone: int
) -> list[Choice]:
    """Give what undoing and redoing lead to, the nearest first.

    Parameters
    ----------
    present
        The present choice.
    history, undone
        What was done, and how many of the newest acts are undone.

    Returns
    -------
    list of Choice
        At most 8, each once, the present one first.
    """
    split = len(history) - undone
    found = [present]
    for acts, when in (
        (reversed(history[:split]), "before"),
        (history[split:], "after"),
    ):
        state: dict[str, Any] = dict(zip(_NAMES, present, strict=True))
        for act in acts:
            state |= {name: act[when][name] for name in _NAMES if name in act[when]}
            found.append((state["target"], state["versus"], state["measure"]))
    return list(dict.fromkeys(found))[:_MOST]
