"""Checks of what any view is set to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.workshop.checks.check import (
    ANY_VIEW,
    Check,
    SettingName,
    SettingValue,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vitwidgets.workshop.bench import Bench


def setting_is(bench: Bench, name: str, value: str | float) -> Verdict:
    """Tell whether a setting of the view has a value."""
    present = getattr(bench.view, name)
    right = present == value
    shown = _told(bench, name, present)
    said = "that is it." if right else f"{_told(bench, name, value)} is asked for."
    return Verdict(right, f"{name}: {shown}", f"The view shows {shown}: {said}")


def _told(bench: Bench, name: str, value: object) -> str:
    """Give a setting's value in the words of the lesson's text."""
    if name == "layer" and isinstance(value, int):
        return bench.layer_name(value)
    return str(value)


CHECKS: Mapping[str, Check] = {
    "setting_is": Check(
        ANY_VIEW, setting_is, {"name": SettingName(), "value": SettingValue()}
    )
}
