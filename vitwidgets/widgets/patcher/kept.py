"""What a saved page of click-to-patch holds."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from traitlets import TraitError

from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.widgets.exported_page import KeptAnswer
from vitwidgets.widgets.patcher.answers import (
    controls_record,
    flip_record,
    replay_record,
    sweep_answer,
)
from vitwidgets.widgets.patcher.edits import FROM_DONOR, asked_of, checked_edits
from vitwidgets.widgets.patcher.flip_words import flip_words
from vitwidgets.widgets.patcher.places import PARTS, SITES
from vitwidgets.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vitwidgets.labels import Labels
    from vitwidgets.widgets.patcher.answers import PatcherAnswers
    from vitwidgets.widgets.patcher.edits import Edit
    from vitwidgets.widgets.patcher.state import PatcherState
    from vitwidgets.widgets.patcher.tasks import Key, Tasks

PAGE_BYTES = 1_000_000
"""Of all predictions in a page."""

_BYTES = 4
"""Of a logit."""

_MOST_SECONDS = 60
"""For predictions: of a large model a page then holds those that matter most."""
_MOST_UNDONE = 20
"""Acts whose outcomes are held, to either side of the present."""


def kept_answers(
    view: PatcherState, answers: PatcherAnswers, tasks: Tasks
) -> Iterator[KeptAnswer]:
    """Answer ahead what a page will ask, what matters most first.

    Parameters
    ----------
    view
        What is shown.
    answers
        Who answers.
    tasks
        The long work that was done.
    """
    present = asked_of(view.interventions)
    before = undone_edits(present, view.history, view.undone)
    lists = predictions_ahead(
        present, before, single_clicks(view), len(view.class_names)
    )
    began = time.monotonic()
    for number, edits in enumerate(lists):
        asked = {"interventions": edits}
        yield KeptAnswer("predict", asked, answers.predict(edits))
        # Nothing edited and the present edits are there whatever they take.
        if number and time.monotonic() - began > _MOST_SECONDS:
            break
    asked = {"interventions": present}
    yield KeptAnswer("receipt", asked, answers.receipt(present))
    yield from previews_ahead(view, answers)
    yield from results_ahead(tasks.finished(), view.labels)
    yield KeptAnswer("sprites", {}, answers.sprites())


def predictions_ahead(
    present: Sequence[Edit],
    before: Sequence[Sequence[Edit]],
    clicks: Sequence[Edit],
    n_classes: int,
) -> list[list[Edit]]:
    """Name the lists of edits that a page holds predictions of.

    Parameters
    ----------
    present
        Those that act now.
    before
        What undoing and redoing lead to, the nearest first.
    clicks
        Edits that one click makes.
    n_classes
        How large an answer is.

    Returns
    -------
    list of list
        Nothing edited and the present ones, then the others as long as there is room.
    """
    wanted = [[], list(present), *map(list, before), *([click] for click in clicks)]
    unique = {json.dumps(each, sort_keys=True): each for each in wanted}
    most = max(2, PAGE_BYTES // (_BYTES * n_classes))
    return list(unique.values())[:most]


def undone_edits(
    present: Sequence[Edit], history: Sequence[Mapping[str, Any]], undone: int
) -> list[list[Edit]]:
    """Give the acting edits that undoing and redoing lead to, the nearest first."""
    split = len(history) - undone
    found: list[list[Edit]] = []
    for acts, when in (
        (list(reversed(history[:split])), "before"),
        (history[split:], "after"),
    ):
        edits = list(present)
        for act in acts[:_MOST_UNDONE]:
            edits = act[when].get("interventions", edits)
            found.append(asked_of(edits))
    return found


def single_clicks(view: PatcherState) -> list[Edit]:
    """Give the edits of single clicks: all heads, all tokens at the present site.

    Their kind, strength and donor are those that are set for the next edit.
    """
    model, available = view.model, view.available
    kind, config = view.kind, model.config
    change = {
        "kind": kind,
        "strength": view.strength,
        "source": view.source if kind in FROM_DONOR else "",
        "seed": 0,
        "switch": "on",
    }
    heads: list[Edit] = [
        {"address": f"L{layer}.H{head}", "tokens": [], **change}
        for layer in range(config.n_layers)
        for head in range(config.n_heads)
        if "z" in available
    ]
    site = "MLP" if view.site == "mlp_out" else view.site
    tokens: list[Edit] = [
        {
            "address": f"L{view.layer}.{site}",
            "tokens": [model.grid.label(token)],
            **change,
        }
        for token in range(model.grid.n_tokens)
        if view.site in available
    ]
    found: list[Edit] = []
    for edit in (*heads, *tokens):
        # A block may lack what others have: then there is no such click.
        with suppress(TraitError):
            found += asked_of(checked_edits([edit], model, view.donor_names()))
    return found


def previews_ahead(view: PatcherState, answers: PatcherAnswers) -> Iterator[KeptAnswer]:
    """Answer for the previews of all grids, as far as there are any."""
    shown = {
        name: getattr(view, name)
        for name in ("source", "target", "metric", "direction")
    }
    available = view.available
    overs = [
        *([("heads", -1)] if "z" in available else []),
        *((site, -1) for site in SITES if site in available),
        *((part, view.layer) for part in PARTS if part in available),
    ]
    for over, layer in overs:
        asked = {"over": over, "layer": layer, **shown}
        # Where there is none, the live view says why; the page says it holds none.
        with suppress(ValueError, LookupError, UnsupportedModelError):
            yield KeptAnswer("preview", asked, answers.preview(**asked))


def results_ahead(finished: Mapping[Key, Any], labels: Labels) -> Iterator[KeptAnswer]:
    """Answer with the long work that was done."""
    for (kind, arguments), found in finished.items():
        asked = json.loads(arguments)
        if kind == "sweep" and found.done == found.total:
            yield KeptAnswer(kind, asked, sweep_answer(found))
        elif kind == "controls":
            yield KeptAnswer(kind, asked, Answer(controls_record(found)))
        elif kind == "replay":
            yield KeptAnswer(kind, asked, Answer(replay_record(*found)))
        elif kind == "flip":
            words = flip_words(found, asked["source"], labels)
            yield KeptAnswer(kind, asked, Answer(flip_record(found, words)))
