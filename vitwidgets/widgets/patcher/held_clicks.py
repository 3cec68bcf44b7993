"""Which single clicks a saved page answers, in words."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vitwidgets.widgets.patcher.edits import FROM_DONOR
from vitwidgets.widgets.patcher.single_clicks import single_clicks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from vitwidgets.widgets.exported_page import KeptAnswer, PageContents
    from vitwidgets.widgets.patcher.edits import Edit
    from vitwidgets.widgets.patcher.state import PatcherState


class HeldClicks:
    """Counts the single clicks among answers that go into a page.

    Parameters
    ----------
    view
        What is shown.
    """

    def __init__(self, view: PatcherState) -> None:
        self._heads, self._tokens = single_clicks(view)
        self._how = _how(view.kind, view.strength, view.source)
        self._layer = view.layer
        self._held: set[str] = set()

    def told_in(self, contents: PageContents) -> PageContents:
        """Give what a page holds, with words on the clicks among it."""
        answers = self.counted(contents.answers)
        return replace(contents, answers=answers, held=self.words)

    def counted(self, answers: Iterable[KeptAnswer]) -> Iterator[KeptAnswer]:
        """Give the answers, one after the other, and count them."""
        for kept in answers:
            if kept.kind == "predict":
                self._held.add(_written(kept.arguments))
            yield kept

    def words(self) -> str:
        """Say how many of all heads and tokens answer."""
        heads = self._share(self._heads, "heads")
        tokens = self._share(
            self._tokens, f"patches and other tokens in layer {self._layer}"
        )
        return f"Clicks that it answers, {self._how}: {heads}; {tokens}."

    def _share(self, clicks: Sequence[Edit], name: str) -> str:
        asked = [_written({"interventions": [click]}) for click in clicks]
        count = sum(each in self._held for each in asked)
        if count == len(clicks):
            return f"all {count} {name}"
        return f"{count or 'none'} of {len(clicks)} {name}"


def _how(kind: str, strength: float, source: str) -> str:
    origin = f" from {source}" if kind in FROM_DONOR else ""
    return f"{kind}{origin} at strength {strength:g}"


def _written(arguments: Mapping[str, Any]) -> str:
    return json.dumps(arguments, sort_keys=True)
