"""Click to patch: copy parts of another image's run in, and see what a model says."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from vitwidgets.widgets.explorer import built
from vitwidgets.widgets.patcher.answers import PatcherAnswers, floats
from vitwidgets.widgets.patcher.caption import said_of, told
from vitwidgets.widgets.patcher.donors import (
    checked_name,
    name_for,
    named_donors,
    picture_name,
)
from vitwidgets.widgets.patcher.edits import asked_of
from vitwidgets.widgets.patcher.held_clicks import HeldClicks
from vitwidgets.widgets.patcher.jobs import IDLE
from vitwidgets.widgets.patcher.kept import kept_answers
from vitwidgets.widgets.patcher.news import News
from vitwidgets.widgets.patcher.places import PARTS, SITES
from vitwidgets.widgets.patcher.source import PatcherSource
from vitwidgets.widgets.patcher.state import EDIT, PatcherState
from vitwidgets.widgets.patcher.still import patcher_still, patcher_svg
from vitwidgets.widgets.patcher.still_content import still_content
from vitwidgets.widgets.patcher.sweep_question import (
    no_sweep,
    question_of,
    sweep_record,
)
from vitwidgets.widgets.patcher.tasks import Tasks
from vitwidgets.widgets.reproduction import Opening, code_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from PIL import Image
    from torch import nn

    from vitwidgets.images import ImageSource
    from vitwidgets.methods.activation_patching import PatchingSweep
    from vitwidgets.methods.edit_controls import ControlResult
    from vitwidgets.methods.image_stream import Images
    from vitwidgets.methods.interventions import (
        Intervention,
        InterventionReceipt,
        Source,
    )
    from vitwidgets.methods.replay_interventions import Replay
    from vitwidgets.methods.smallest_flip import SmallestFlip
    from vitwidgets.models import HookedViT
    from vitwidgets.widgets.exported_page import KeptAnswer, PageContents
    from vitwidgets.widgets.patcher.edits import Edit
    from vitwidgets.widgets.patcher.source import Prediction
    from vitwidgets.widgets.patcher.still_content import StillContent
    from vitwidgets.widgets.patcher.sweep_question import SweepQuestion
    from vitwidgets.wire import Answer, Request

_OPENING = Opening(
    "patcher", "ClickToPatch", "results", "probabilities before and after the edits"
)
_TOP = 10
_REFERENCE_LINE = "    # Give reference= again, as you did.\n"


class ClickToPatch(PatcherState):
    """What becomes of a prediction when parts of a run are replaced, by clicks.

    Each edit replaces a part of the clean image's run: by the same part of a donor's
    run, by zero, by a mean, by noise. Only the blocks from the first edit on are run.

    Parameters
    ----------
    model
        A :class:`vitwidgets.HookedViT` with a classifier, or a module that one can be
        made of.
    clean
        The image that is edited, as :func:`vitwidgets.images.read_image` takes it; it
        goes through the model's own preprocessing.
    donor
        What values may be taken from: one image, a list of them, or a dictionary of
        images by name. Without names they are called as their scenes or files.
    reference
        Images, or a folder of them, of which "mean" takes the mean and "resample"
        one; by default the bundled scenes. "resample" draws from the first 64.
    **state
        Initial values of the other traits that the page may set, such as
        ``interventions`` (records, or `Intervention` objects), ``source``, ``kind``,
        ``layer``, ``target`` (by index or name).

    Raises
    ------
    ValueError
        When the model is in training mode or has no preprocessing, an image can't be
        used, there is no donor, or a name means no class or several.
    TraitError
        When a value of ``state`` doesn't exist on this model.
    UnsupportedModelError
        When the model has no classifier of several classes.
    """

    _esm = built("click_to_patch.js")
    _css = built("click_to_patch.css")
    page_note = (
        "No kernel is behind this page: it holds what single clicks do, and the edits "
        "that it was saved with. Anything else needs a kernel: “Copy as Python” gives "
        "code that does it."
    )
    slow_requests = frozenset(
        {"receipt", "preview", "sweep", "controls", "replay", "flip"}
    )

    def __init__(
        self,
        model: HookedViT | nn.Module,
        clean: ImageSource,
        donor: ImageSource | Sequence[ImageSource] | Mapping[str, ImageSource],
        *,
        reference: Images | None = None,
        **state: Any,
    ) -> None:
        self._check_names(state)
        # Progress is told from threads, while a page may set state.
        self._news = News(self.set_trait)
        self._given = named_donors(donor)
        self._clean_given, self._is_reference_given = clean, reference is not None
        source = PatcherSource(model, clean, self._given, reference, self._tell_task)
        self._source = source
        self.model, self.labels = source.model, source.labels
        self._tasks = Tasks(source, self._tell_sweep)
        self._answers = PatcherAnswers(source, self._tasks, EDIT, self)
        probabilities = source.logits.float().softmax(-1)
        best = probabilities.topk(min(_TOP, len(probabilities)))
        facts = {
            **source.facts,
            "n_heads": self.model.config.n_heads,
            **self.class_facts(),
            "output_classes": best.indices.cpu().numpy().astype(np.uint16),
            "output_probabilities": floats(best.values),
            "logits": floats(source.logits),
            "donors": self._donor_records(),
            "available": source.available,
            "task": IDLE,
            "sweep": no_sweep(),
            "code_frame": self._code_frame(),
        }
        super().__init__(facts, {**self._opening(), **self.with_indices(state)})

    @property
    def runs(self) -> PatcherSource:
        """The runs of the clean image and the donors, and who runs the model now."""
        return cast("PatcherSource", self._source)

    @property
    def active(self) -> list[Intervention]:
        """The edits that are switched on; what they name is in `sources`."""
        return self.runs.compiled(self._acting)[0]

    @property
    def sources(self) -> dict[str, Source]:
        """What the active edits take values from, by name.

        ``model.with_interventions(view.active, view.sources)`` makes the same edits.
        """
        return self.runs.compiled(self._acting)[1]

    @property
    def prediction(self) -> Prediction:
        """What the model says with the active edits: logits, probabilities, top."""
        return self.runs.predict(self._acting)

    @property
    def results(self) -> dict[str, tuple[float, float]]:
        """Probabilities before and after the edits, by name of the class.

        Of the ten likeliest before and the ten likeliest after, the likeliest now
        first.
        """
        after = self.prediction.probabilities
        before = self.runs.logits.double().softmax(-1)
        count = min(_TOP, len(after))
        chosen = [*after.topk(count).indices, *before.topk(count).indices]
        return {
            self.labels.names[index]: (float(before[index]), float(after[index]))
            for index in dict.fromkeys(map(int, chosen))
        }

    @property
    def wanted(self) -> int:
        """The class that one wants to see: the target, or what the donor shows."""
        return self._tasks.wanted(self.source, self.target)

    def add_donor(self, image: ImageSource, name: str | None = None) -> str:
        """Let values be taken from one image more.

        Parameters
        ----------
        image
            As for `donor`.
        name
            What it is to be called; by default as its scene or file is.

        Returns
        -------
        str
            Its name.

        Raises
        ------
        ValueError
            When the image can't be used, or the name is taken.
        """
        names = self.donor_names()
        new = name_for(image, names) if name is None else checked_name(name, names)
        self.runs.add(new, image)
        self._given = {**self._given, new: image}
        self._tasks.forget("controls")  # there is another donor to compare with
        with self._news.held():
            self.set_trait("code_frame", self._code_frame())
            self.set_trait("donors", self._donor_records())
        return new

    def receipt(self) -> InterventionReceipt:
        """Prove the prediction that is shown: which edits acted, and nothing else."""
        return self._answers.proof(self._acting)

    def run_sweep(self) -> PatchingSweep:
        """Replace each cell of the grid that is shown, one by one, by the donor's.

        Returns
        -------
        PatchingSweep
            Its values are 0 as in the clean run and 1 as in the donor's. When it was
            cancelled, calling again goes on with it.

        Raises
        ------
        RuntimeError
            When other long work goes on, or the view was closed; here and below.
        ValueError, UnsupportedModelError
            As `activation_patching` does.
        """
        return self._tasks.sweep(question_of(self))

    def controls(self) -> list[ControlResult]:
        """Make the active edits with one thing changed at a time.

        Raises
        ------
        ValueError
            As `edit_controls` does: when no edit is active, or the clean image shows
            the wanted class already.
        """
        return self._tasks.controls(self._acting, self.wanted)

    def replay(self, n: int = 50, images: Images | None = None) -> Replay:
        """Make the active edits on other images, and count the flips.

        Parameters
        ----------
        n
            On how many, where no images are given: new scenes of what the clean image
            shows for the bundled model, else the reference images.
        images
            The images.

        Raises
        ------
        ValueError
            As `replay_interventions` does.
        """
        return self._tasks.replay(self._acting, self.wanted, n, images)[0]

    def smallest_flip(self, over: str = "heads", limit: int = 10) -> SmallestFlip:
        """Search for the fewest parts of the donor that make the wanted class of it.

        Parameters
        ----------
        over
            ``"heads"``, ``"patches"`` or ``"head x token"``.
        limit
            How many parts at most.

        Raises
        ------
        ValueError
            As `smallest_flip` does: when the clean image shows the wanted class.
        """
        return self._tasks.flip(over, self.source, self.wanted, limit)

    def answers(self) -> dict[str, Callable[..., Answer]]:
        """Answer for predictions, their proofs, the long work, and emoji."""
        kinds = ("predict", "cancel", "sprites", *sorted(self.slow_requests))
        return {kind: getattr(self._answers, kind) for kind in kinds}

    def kept_answers(
        self, is_computed: Callable[[Edit], bool] | None = None
    ) -> Iterator[KeptAnswer]:
        """Answer ahead for single clicks, what can be undone, and what was done.

        Parameters
        ----------
        is_computed
            Whether a page computes what an edit does: its predictions are left out.

        Raises
        ------
        RuntimeError
            When the view was closed.
        """
        self.runs.require_open()  # a generator would raise when half is written
        tasks, given = self._tasks, is_computed
        return kept_answers(self, self.runs, self._answers, tasks, is_computed=given)

    def page_contents(self) -> PageContents:
        """Give the live view as pages show it; raises what `kept_answers` does."""
        return HeldClicks(self).told_in(super().page_contents())

    def still(self) -> Image.Image:
        """Draw both images, what the model says before and after, and the edits."""
        return patcher_still(self._content)

    def svg(self) -> str:
        """Draw what the still shows, with names and numbers as text."""
        return patcher_svg(self._content, self.caption())

    def caption(self) -> str:
        """Say of which model and image, how many edits, and what they do."""
        clean = picture_name(self._clean_given) or "an image"
        says = said_of(self.runs.logits, self.prediction, self.labels.names)
        return (
            f"ClickToPatch of {self.model_name}: {clean}, {told(self._acting)}: {says}"
        )

    def close(self) -> None:
        """Cancel what runs, close the view and free the activations that it held."""
        if self._source is not None:
            self._tasks.close()
        super().close()

    @contextlib.contextmanager
    def hold_trait_notifications(self) -> Generator[None]:
        """Hold changes back; progress from another thread is shown afterwards."""
        with self._news.held(), super().hold_trait_notifications():
            yield

    @property
    def _content(self) -> StillContent:
        return still_content(self, picture_name(self._clean_given), self._acting)

    @property
    def _acting(self) -> list[Edit]:
        return asked_of(self.interventions)

    def _is_slow(self, request: Request) -> bool:
        asked = request.arguments.get("interventions")
        is_prediction = request.kind == "predict"
        return super()._is_slow(request) or (
            is_prediction and self._answers.takes_long(asked)
        )

    def _opening(self) -> dict[str, Any]:
        """Give what is not as by default: the first donor, and what there is here."""
        available = self.runs.available
        state: dict[str, Any] = {"source": next(iter(self._given))}
        for name, places in (("site", SITES), ("part", PARTS)):
            here = [place for place in places if place in available]
            if here and self.traits()[name].default() not in here:
                state[name] = here[0]
        if "z" not in available:
            state["grid_shown"] = "tokens"
        return state

    def _donor_records(self) -> list[dict[str, Any]]:
        return [
            {"name": name, "picture": donor.picture, "logits": floats(donor.logits)}
            for name, donor in self.runs.donors.items()
        ]

    def _code_frame(self) -> tuple[str, str]:
        options = _REFERENCE_LINE if self._is_reference_given else ""
        return code_frame(
            _OPENING, [self.model], [self._clean_given], options, donors=self._given
        )

    def _tell_task(self, progress: dict[str, Any]) -> None:
        self._news.tell("task", progress)

    def _tell_sweep(self, question: SweepQuestion, sweep: PatchingSweep) -> None:
        self._news.tell("sweep", sweep_record(question, sweep))

    def _page_state(self) -> dict[str, object]:
        return {**super()._page_state(), "task": IDLE}
