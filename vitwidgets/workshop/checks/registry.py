"""All checks by name: what questions of a lesson are judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.workshop.checks import heads, lens, patching, settings, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vitwidgets.workshop.checks.check import Check

CHECKS: Mapping[str, Check] = {
    **settings.CHECKS,
    **heads.CHECKS,
    **lens.CHECKS,
    **patching.CHECKS,
    **words.CHECKS,
}
"""Each is a function of its own; lessons use these names."""
