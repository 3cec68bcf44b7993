"""What the page of click-to-patch asks, answered."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from traitlets import TraitError

from vitwidgets.labels.sprites import sprites_answer
from vitwidgets.methods.interventions import receipt_of
from vitwidgets.widgets.patcher.edits import read_edits
from vitwidgets.widgets.patcher.flip_words import flip_words
from vitwidgets.widgets.patcher.jobs import CancelledError
from vitwidgets.widgets.patcher.sweep_question import SweepQuestion, correlation_of
from vitwidgets.wire import Answer, BadRequestError, checked_index

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from vitwidgets.methods.activation_patching import PatchingSweep
    from vitwidgets.methods.edit_controls import ControlResult
    from vitwidgets.methods.interventions import InterventionReceipt
    from vitwidgets.methods.replay_interventions import Replay
    from vitwidgets.methods.smallest_flip import SmallestFlip
    from vitwidgets.models.addresses import Address
    from vitwidgets.widgets.patcher.edits import Edit
    from vitwidgets.widgets.patcher.source import PatcherSource
    from vitwidgets.widgets.patcher.tasks import Tasks
    from vitwidgets.wire import Record

MOST_IMAGES = 1_000
"""Of a replay."""


class PatcherAnswers:
    """Answers about one clean image and its donors.

    Parameters
    ----------
    source
        The runs.
    tasks
        The long work.
    record
        The trait of an edit.
    owner
        The widget that its fields are checked for.
    """

    def __init__(
        self,
        source: PatcherSource,
        tasks: Tasks,
        record: Record,
        owner: Any,
    ) -> None:
        self._source = source
        self._tasks = tasks
        self._record = record
        self._owner = owner

    def takes_long(self, interventions: object) -> bool:
        """Whether the logits are there only when reference images were gone through."""
        items = (
            cast("list[Any]", interventions) if isinstance(interventions, list) else []
        )
        kinds = [
            cast("Edit", item).get("kind") for item in items if isinstance(item, dict)
        ]
        if "mean" not in kinds and "resample" not in kinds:
            return False  # most clicks, and they are to be quick
        try:
            return self._source.takes_a_pass(self._edits(items))
        except (BadRequestError, TraitError, RuntimeError):
            return False  # the answer says what is wrong

    def predict(self, interventions: object) -> Answer:
        """Answer with the logits of the clean image with edits."""
        found = self._source.predict(self._edits(interventions))
        return Answer(arrays={"logits": floats(found.logits)})

    def receipt(self, interventions: object) -> Answer:
        """Answer with the proof of what was predicted."""
        return Answer(receipt_record(self.proof(self._edits(interventions))))

    def proof(self, edits: Sequence[Edit]) -> InterventionReceipt:
        """Prove the newest prediction of just these edits."""
        shown = self._source.shown(edits)
        with self._source.proving:
            return receipt_of(
                self._source.model,
                self._source.pixels,
                shown.bound,
                shown.logits[None],
                run=shown.run,
            )

    def preview(self, **asked: object) -> Answer:
        """Answer with an approximation of a sweep."""
        found = self._tasks.preview(self._question(**asked))
        values = floats(found.values.flatten())
        return Answer({"label": found.label}, {"values": values})

    def sweep(self, **asked: object) -> Answer:
        """Answer with exact values, those of which there are if it was cancelled."""
        return sweep_answer(self._tasks.sweep(self._question(**asked)))

    def controls(self, interventions: object, target: object) -> Answer:
        """Answer with the table of controls."""
        edits, wanted = self._edits(interventions), self._class(target)

        def work() -> dict[str, object]:
            return controls_record(self._tasks.controls(edits, wanted))

        return _unless_cancelled(work, {"rows": []})

    def replay(self, interventions: object, target: object, n: object) -> Answer:
        """Answer how often the edits do the same to other images."""
        edits, wanted = self._edits(interventions), self._class(target)
        count = checked_index("n", n, MOST_IMAGES + 1, least=1)

        def work() -> dict[str, object]:
            return replay_record(*self._tasks.replay(edits, wanted, count))

        return _unless_cancelled(work, {})

    def flip(
        self, over: object, source: object, target: object, limit: object
    ) -> Answer:
        """Answer with the fewest parts that turn the prediction."""
        donor = self._donor(source)
        wanted = self._tasks.wanted(donor, self._class(target, least=-1))
        most = checked_index("limit", limit, least=1)

        def work() -> dict[str, object]:
            found = self._tasks.flip(over, donor, wanted, most)
            words = flip_words(found, donor, self._source.labels)
            return flip_record(found, words)

        return _unless_cancelled(work, {})

    def cancel(self) -> Answer:
        """Cancel the long work that goes on."""
        self._source.jobs.cancel()
        return Answer()

    def sprites(self) -> Answer:
        """Answer with the drawings of all classes' emoji."""
        return Answer(*sprites_answer(list(dict.fromkeys(self._source.labels.emoji))))

    def _edits(self, given: object) -> list[Edit]:
        names = list(self._source.donors)
        return read_edits(given, self._record, self._owner, names)

    def _question(
        self,
        *,
        over: object,
        layer: object,
        source: object,
        target: object,
        metric: object,
        direction: object,
    ) -> SweepQuestion:
        return SweepQuestion(
            over,
            checked_index("layer", layer, self._source.model.config.n_layers, least=-1),
            self._donor(source),
            self._class(target, least=-1),
            metric,
            direction,
        )

    def _class(self, target: object, least: int = 0) -> int:
        n_classes = self._source.model.config.n_classes
        return checked_index("target", target, n_classes, least=least)

    def _donor(self, source: object) -> str:
        names = list(self._source.donors)
        if not isinstance(source, str) or source not in names:
            raise BadRequestError(
                f"source={source!r:.100}: there is no such donor; the donors are "
                f"{', '.join(map(repr, names))}"
            )
        return source


def receipt_record(receipt: InterventionReceipt) -> dict[str, object]:
    """Give a receipt as the page gets it."""
    edits = [
        {
            "address": each.intervention.address,
            "tokens": list(each.intervention.tokens),
            "site": each.site,
            "fired": each.fired,
            "largest_change": each.largest_change,
            "relative_change": _finite(each.relative_change),
        }
        for each in receipt.edits
    ]
    return {
        "edits": edits,
        "difference": receipt.difference,
        "allowed": receipt.allowed,
        "problems": list(receipt.problems),
    }


def sweep_answer(sweep: PatchingSweep) -> Answer:
    """Give a sweep as the page gets it."""
    result: dict[str, object] = {
        "cancelled": sweep.done < sweep.total,
        "correlation": correlation_of(sweep),
    }
    return Answer(result, {"values": floats(sweep.values.flatten())})


def controls_record(rows: Sequence[ControlResult]) -> dict[str, object]:
    """Give controls as the page gets them."""
    return {"rows": [dataclasses.asdict(row) for row in rows], "cancelled": False}


def replay_record(found: Replay, images: str) -> dict[str, object]:
    """Give a replay as the page gets it."""
    shares = ("n", "flipped", "rate", "low", "high")
    control = found.control and {
        **{name: getattr(found.control, name) for name in shares},
        "what": found.control.what,
    }
    return {
        **{name: getattr(found, name) for name in shares},
        "skipped": found.skipped,
        "control": control,
        "images": images,
        "cancelled": False,
    }


def flip_record(found: SmallestFlip, words: str) -> dict[str, object]:
    """Give the smallest flip as the page gets it."""
    return {
        "found": found.found,
        "target": found.target,
        "steps": [{**_place(step.unit), "margin": step.margin} for step in found.steps],
        "base_margin": found.base_margin,
        "dropped": list(map(str, found.dropped)),
        "n_runs": found.n_runs,
        "cancelled": False,
        "text": words,
    }


def _place(unit: Address) -> dict[str, object]:
    tokens = [] if unit.token is None else [unit.token]
    return {"address": str(dataclasses.replace(unit, token=None)), "tokens": tokens}


def _unless_cancelled(
    work: Callable[[], dict[str, object]], nothing: dict[str, object]
) -> Answer:
    try:
        return Answer(work())
    except CancelledError:
        return Answer({**nothing, "cancelled": True})


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def floats(values: Tensor) -> NDArray[np.float32]:
    """Give numbers as the page gets them."""
    return np.ascontiguousarray(values.detach().float().cpu().numpy())
