"""Verdicts on all that can be answered to a question, for a page without a kernel.

They come from the very checks that judge in a notebook: the checks are shown one answer
after the other.
"""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING, Any

from vitwidgets.workshop.answer_space import Row, rows_of
from vitwidgets.workshop.bench import Bench
from vitwidgets.workshop.judging import judged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vitwidgets.workshop.lesson import Question

ANSWER, EDITS = "{answer now}", "{edits now}"
"""In a kept verdict stand for what only the page knows: what the model says with the
edits that are there, and which these are."""


def kept_verdicts(question: Question, bench: Bench) -> list[dict[str, Any]]:
    """Judge all that can be answered to a question.

    Parameters
    ----------
    question
        One that has an answer on this model.
    bench
        What is open; its view is not touched.

    Returns
    -------
    list
        Of each answer what is ``seen`` of it, as `Row` has it, and ``right``, ``what``
        and ``text`` of its verdict. Of a guess ``choice`` is seen. Empty where answers
        can't be listed.
    """
    shown = _ShownBench(bench)
    if question.choices:
        rows = [Row({"choice": name}) for name, _ in question.choices]
    else:
        rows = rows_of(question.check, bench, question.arguments)
    return [_kept(question, shown, row) for row in rows]


def _kept(question: Question, bench: _ShownBench, row: Row) -> dict[str, Any]:
    bench.put(ChainMap(dict(row.put), dict(row.seen)))
    verdict = judged(question, bench, str(row.seen.get("choice", "")))
    return {
        "seen": dict(row.seen),
        "right": verdict.right,
        "what": verdict.what,
        "text": verdict.text,
    }


class _ShownBench(Bench):
    """A bench whose view shows what it is told to; what was computed is shared."""

    def __init__(self, bench: Bench) -> None:
        vars(self).update(vars(bench))
        self._open: Any = bench.view

    def put(self, shown: Mapping[str, Any]) -> None:
        """Show these settings, and of all others what the view shows."""
        self.view = _ShownView(self._open, shown)

    def told_edits(self) -> str:
        return EDITS

    def told_answer(self) -> str:
        return ANSWER


class _ShownView:
    def __init__(self, view: Any, shown: Mapping[str, Any]) -> None:
        self._view, self._shown = view, shown

    def __getattr__(self, name: str) -> Any:
        return self._shown[name] if name in self._shown else getattr(self._view, name)
