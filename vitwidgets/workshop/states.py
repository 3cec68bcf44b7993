"""The view's state at a step: values as they are, or words that fit any model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from vitwidgets.methods.statistic_columns import MEASURED, OVER_ALL
from vitwidgets.widgets import WordLens
from vitwidgets.widgets.words.state import PLAIN
from vitwidgets.workshop.edits import NAMED_EDITS
from vitwidgets.workshop.views import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vitwidgets.workshop.bench import Bench

STATISTICS = (*MEASURED, *OVER_ALL)
"""What heads can be compared by."""

_EXTREME = re.compile(r"(most|least) (\w+)")

_LAYERS: Mapping[str, Callable[[Bench], int]] = {
    "first": lambda _: 0,
    "middle": lambda bench: bench.model.config.n_layers // 2,
    "last": lambda bench: bench.model.config.n_layers - 1,
}
_TOKENS: Mapping[str, Callable[[Bench], int]] = {
    "class token": lambda bench: bench.class_token,
    "middle": lambda bench: bench.grid.token(
        bench.grid.rows // 2, bench.grid.cols // 2
    ),
    "corner": lambda bench: bench.grid.token(0, 0),
}
_CLASSES: Mapping[str, Callable[[Bench], int]] = {
    "answer": lambda bench: bench.answer,
    "runner-up": lambda bench: bench.runner_up,
}

_CLASS_SETTINGS = ("target", "versus")
_WORDS: Mapping[str, Mapping[str, Callable[[Bench], object]]] = {
    "layer": _LAYERS,
    "query": _TOKENS,
    "token": _TOKENS,
    "target": _CLASSES,
    "versus": _CLASSES,
    "interventions": NAMED_EDITS,
}


def state_complaint(view: str, name: str, value: object) -> str:
    """Say what is wrong with a setting of a view in a lesson, or nothing."""
    known = settings_of(view)
    if name not in known:
        return f"{view} has no such setting; it has {', '.join(known)}"
    if not isinstance(value, str):
        return ""
    if name == "head":
        match = _EXTREME.fullmatch(value)
        if match and match[2] in STATISTICS:
            return ""
        return (
            f"{value!r:.100}: a number is needed, or 'most' or 'least' and one of "
            f"{', '.join(STATISTICS)}"
        )
    # Of the word lens any word of the lesson is a class.
    named = view == WordLens.__name__ and name in _CLASS_SETTINGS
    if name in _WORDS and value not in _WORDS[name] and not named:
        return f"{value!r:.100} is none of {', '.join(_WORDS[name])}"
    return ""


def resolved(state: Mapping[str, object], bench: Bench) -> dict[str, Any]:
    """Give the values that words stand for on this model.

    Over the word lens each step begins with the lesson's own words.

    Raises
    ------
    NotHereError
        When it has no such thing.
    """
    found: dict[str, Any] = {}
    if bench.words:
        found = {"words": list(bench.words), "templates": [PLAIN]}
    for name, value in state.items():
        if isinstance(value, str) and name == "head":
            found["layer"], found["head"] = _extreme_head(value, bench)
        elif isinstance(value, str) and name in _WORDS:
            known = _WORDS[name]
            found[name] = (
                known[value](bench) if value in known else bench.place_of(value)
            )
        else:
            found[name] = value
    return found


def _extreme_head(words: str, bench: Bench) -> tuple[int, int]:
    match = cast("re.Match[str]", _EXTREME.fullmatch(words))
    numbers = bench.statistics[match[2]]
    most = match[1] == "most"
    known = np.nan_to_num(numbers, nan=-np.inf if most else np.inf)
    place = known.argmax() if most else known.argmin()
    layer, head = np.unravel_index(place, known.shape)
    return int(layer), int(head)
