"""The long work of click-to-patch: sweeps, controls, replays, the smallest flip."""

from __future__ import annotations

import json
from collections import OrderedDict
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

from vitwidgets.methods.activation_patching import activation_patching
from vitwidgets.methods.attribution_patching import attribution_patching
from vitwidgets.methods.edit_controls import edit_controls
from vitwidgets.methods.replay_interventions import replay_interventions
from vitwidgets.methods.smallest_flip import smallest_flip
from vitwidgets.widgets.patcher.jobs import CancelledError, Job
from vitwidgets.widgets.patcher.replay_images import replay_images

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vitwidgets.methods.activation_patching import PatchingSweep
    from vitwidgets.methods.attribution_patching import AttributionPatching
    from vitwidgets.methods.edit_controls import ControlResult
    from vitwidgets.methods.image_stream import Images
    from vitwidgets.methods.replay_interventions import Replay
    from vitwidgets.methods.smallest_flip import SmallestFlip
    from vitwidgets.models import ActivationCache
    from vitwidgets.widgets.patcher.edits import Edit
    from vitwidgets.widgets.patcher.source import PatcherSource
    from vitwidgets.widgets.patcher.sweep_question import SweepQuestion

_KEPT = 24
"""Results that are kept, so that asking again takes no time."""

_Result = TypeVar("_Result")
Key = tuple[str, str]
"""What was asked: the kind of request, and its arguments as JSON."""


class Tasks:
    """Does long work, one thing at a time, and keeps what it found.

    Parameters
    ----------
    source
        The runs.
    tell_sweep
        Is told of a sweep whenever it has come further.
    """

    def __init__(
        self,
        source: PatcherSource,
        tell_sweep: Callable[[SweepQuestion, PatchingSweep], None],
    ) -> None:
        self._source = source
        self._jobs = source.jobs
        self._tell_sweep = tell_sweep
        self._results: OrderedDict[Key, Any] = OrderedDict()
        self._lock = RLock()

    def preview(self, question: SweepQuestion) -> AttributionPatching:
        """Approximate a sweep.

        Raises
        ------
        ValueError, IndexError, UnsupportedModelError, UnknownSiteError
            As `attribution_patching` does; here and for a sweep.
        """
        options = self._options(question)

        def work() -> AttributionPatching:
            with self._source.traffic.run():
                return attribution_patching(self._source.model, **options)

        return self._once(_key("preview", vars(question)), work)

    def sweep(self, question: SweepQuestion) -> PatchingSweep:
        """Run a sweep, or go on with it, until it is done or cancelled.

        Raises
        ------
        BusyError
            If other long work goes on; here and elsewhere.
        """
        key = _key("sweep", vars(question))
        found: PatchingSweep | None = self._held(key)
        if found is None or found.done < found.total:
            with self._jobs.job("sweep") as job:
                found = found or activation_patching(
                    self._source.model, **self._options(question)
                )
                self._keep(key, found)
                self._swept(job, question, found)
        self._tell_sweep(question, found)
        return found

    def controls(self, edits: Sequence[Edit], target: int) -> list[ControlResult]:
        """Make the same edits with one thing changed at a time.

        Raises
        ------
        CancelledError
            If it was cancelled; here and elsewhere.
        ValueError, InterventionError
            As `edit_controls` does.
        """
        source = self._source

        def work(job: Job) -> list[ControlResult]:
            interventions, own = source.compiled(edits)
            sites = [each.place.site for each in interventions]
            donors = {name: each.cache for name, each in source.donors.items()}
            return edit_controls(
                source.model,
                source.clean,
                interventions,
                {**donors, **own},
                target=target,
                others=list(donors),
                means=source.reference.means(sites),
                reference=source.reference.run(sites) if sites else None,
                progress=job.go_on,
            )

        asked = {"interventions": list(edits), "target": target}
        return self._worked("controls", asked, work)

    def replay(
        self,
        edits: Sequence[Edit],
        target: int,
        n: int,
        images: Images | None = None,
    ) -> tuple[Replay, str]:
        """Make the same edits on other images; say which these are.

        Raises
        ------
        ValueError, InterventionError
            As `replay_interventions` does.
        """

        def work(job: Job) -> tuple[Replay, str]:
            interventions, own = self._source.compiled(edits)
            chosen, words = replay_images(self._source, n, images)
            found = replay_interventions(
                self._source.model,
                chosen,
                interventions,
                own,
                target=target,
                progress=lambda done, total: job.go_on(done, total or n),
            )
            return found, words

        if images is not None:  # no two iterables are known to be the same
            with self._jobs.job("replay") as job:
                return work(job)
        asked = {"interventions": list(edits), "target": target, "n": n}
        return self._worked("replay", asked, work)

    def flip(self, over: Any, source: str, target: int, limit: int) -> SmallestFlip:
        """Search for the fewest parts of a donor that turn the prediction.

        Raises
        ------
        ValueError, UnsupportedModelError, UnknownSiteError
            As `smallest_flip` does.
        """

        def work(job: Job) -> SmallestFlip:
            return smallest_flip(
                self._source.model,
                self._source.clean,
                self._donor(source),
                target,
                over=over,
                limit=limit,
                progress=lambda _, done, total: job.go_on(done, total),
            )

        asked = {"over": over, "source": source, "target": target, "limit": limit}
        return self._worked("flip", asked, work)

    def wanted(self, source: str, target: int) -> int:
        """Give the class that is meant: for -1, what the donor shows."""
        if target >= 0:
            return target
        return int(self._source.donors[source].logits.argmax())

    def finished(self) -> dict[Key, Any]:
        """Give all results, the newest last."""
        with self._lock:
            return dict(self._results)

    def forget(self, kind: str) -> None:
        """Forget results that would not be found again."""
        with self._lock:
            for key in [key for key in self._results if key[0] == kind]:
                del self._results[key]

    def close(self) -> None:
        """Cancel what runs, wait for its end, and free the results."""
        self._jobs.close()
        with self._lock:
            self._results.clear()

    def _swept(self, job: Job, question: SweepQuestion, sweep: PatchingSweep) -> None:
        def tell() -> None:
            with job.aside():
                self._tell_sweep(question, sweep)

        tell()
        try:
            job.go_on(sweep.done, sweep.total)
            for _ in sweep:
                tell()
                job.go_on(sweep.done, sweep.total, sweep.remaining_seconds)
        except CancelledError:
            return  # what is found so far is kept, and gone on with when asked again

    def _options(self, question: SweepQuestion) -> dict[str, Any]:
        return {
            "base": self._source.clean,
            "donor": self._donor(question.source),
            "over": question.over,
            "layer": question.layer if question.layer >= 0 else None,
            "metric": question.measured(self._source),
            "direction": question.direction,
        }

    def _donor(self, name: str) -> ActivationCache:
        return self._source.donors[name].cache

    def _worked(
        self, kind: str, asked: Mapping[str, Any], work: Callable[[Job], _Result]
    ) -> _Result:
        def under_a_job() -> _Result:
            with self._jobs.job(kind) as job:
                return work(job)

        return self._once(_key(kind, asked), under_a_job)

    def _once(self, key: Key, work: Callable[[], _Result]) -> _Result:
        """Give what is kept, or do the work and keep it."""
        found = self._held(key)
        if found is None:
            found = work()
            self._keep(key, found)
        return found

    def _held(self, key: Key) -> Any:
        self._source.require_open()
        with self._lock:
            return self._results.get(key)

    def _keep(self, key: Key, result: object) -> None:
        with self._lock:
            self._results[key] = result
            self._results.move_to_end(key)
            if len(self._results) > _KEPT:
                self._results.popitem(last=False)


def _key(kind: str, asked: Mapping[str, Any]) -> Key:
    return kind, json.dumps(asked, sort_keys=True)
