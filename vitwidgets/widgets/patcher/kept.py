"""What a saved page of click-to-patch holds."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.widgets.exported_page import KeptAnswer
from vitwidgets.widgets.patcher.answers import (
    controls_record,
    flip_record,
    floats,
    replay_record,
    sweep_answer,
)
from vitwidgets.widgets.patcher.edits import asked_of
from vitwidgets.widgets.patcher.flip_words import flip_words
from vitwidgets.widgets.patcher.places import PARTS, SITES
from vitwidgets.widgets.patcher.single_clicks import predicted_together, single_clicks
from vitwidgets.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from torch import Tensor

    from vitwidgets.labels import Labels
    from vitwidgets.widgets.patcher.answers import PatcherAnswers
    from vitwidgets.widgets.patcher.edits import Edit
    from vitwidgets.widgets.patcher.source import PatcherSource
    from vitwidgets.widgets.patcher.state import PatcherState
    from vitwidgets.widgets.patcher.tasks import Key, Tasks

PAGE_BYTES = 2_400_000
"""Of all predictions in a page: 600 of a thousand classes."""

_BYTES = 4
"""Of a logit."""

_MOST_SECONDS = 60
"""Of this thread's own work, for predictions: of a large model a page then holds those
that matter most. What else the machine does meanwhile doesn't count."""

_MOST_UNDONE = 20
"""Acts whose outcomes are held, to either side of the present."""


def kept_answers(
    view: PatcherState,
    source: PatcherSource,
    answers: PatcherAnswers,
    tasks: Tasks,
    *,
    is_computed: Callable[[Edit], bool] | None = None,
) -> Iterator[KeptAnswer]:
    """Answer ahead what a page will ask, what matters most first.

    Parameters
    ----------
    view
        What is shown.
    source
        The runs.
    answers
        Who answers.
    tasks
        The long work that was done.
    is_computed
        Whether the page computes an edit itself, so that it need not hold predictions
        of such edits; None for no edit.
    """
    present = asked_of(view.interventions)
    lists = predictions_ahead(
        present,
        undone_edits(present, view.history, view.undone),
        [edit for edits in single_clicks(view) for edit in edits],
        len(view.class_names),
    )
    if is_computed:
        lists = [each for each in lists if not all(map(is_computed, each))]
    for edits, logits in _predicted(source, lists):
        arrays = {"logits": floats(logits)}
        yield KeptAnswer("predict", {"interventions": edits}, Answer(arrays=arrays))
    asked = {"interventions": present}
    yield KeptAnswer("receipt", asked, answers.receipt(present))
    yield from previews_ahead(view, answers)
    yield from results_ahead(tasks.finished(), view.labels)
    yield KeptAnswer("sprites", {}, answers.sprites())


def _predicted(
    source: PatcherSource, lists: Sequence[list[Edit]]
) -> Iterator[tuple[list[Edit], Tensor]]:
    """Run lists of edits: the first two, and of the others what time there is for."""
    began = time.thread_time()
    single: list[Edit] = []
    for number, edits in enumerate(lists):
        if number > 1 and len(edits) == 1:
            single += edits
        elif number < 2 or time.thread_time() - began <= _MOST_SECONDS:  # noqa: PLR2004
            yield edits, source.predict(edits).logits
    for edit, logits in predicted_together(source, single):
        yield [edit], logits
        if time.thread_time() - began > _MOST_SECONDS:
            break


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


def previews_ahead(view: PatcherState, answers: PatcherAnswers) -> Iterator[KeptAnswer]:
    """Answer for the previews of all grids; where there is none, with why."""
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
        answer: Answer | Exception
        try:
            answer = answers.preview(**asked)
        except (ValueError, LookupError, UnsupportedModelError) as error:
            answer = error
        yield KeptAnswer("preview", asked, answer)


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
