"""How much of an edit there can be."""

from __future__ import annotations

import math

from vitwidgets.methods.intervening.errors import InterventionError

_BETWEEN = ("patch", "zero", "mean", "resample", "erase")


def checked_strength(kind: str, given: object) -> float:
    """Give the strength of an edit of some kind as a float.

    Raises
    ------
    InterventionError
        If it is none that this kind can have.
    """
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise InterventionError(f"strength must be a number, got {given!r}")
    strength = float(given)
    if kind in _BETWEEN and not 0 <= strength <= 1:
        raise InterventionError(
            f"the strength of {kind} runs from 0 (nothing) to 1 (all of it), "
            f"got {given!r}"
        )
    if not math.isfinite(strength) or (kind == "noise" and strength < 0):
        fit = "finite and not below 0" if kind == "noise" else "finite"
        raise InterventionError(f"the strength of {kind} must be {fit}, got {given!r}")
    return strength
