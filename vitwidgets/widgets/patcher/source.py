"""The runs that edits start from and take values from, and what edits make of them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, Any

import torch

from vitwidgets.labels import model_labels
from vitwidgets.methods.intervening.requirements import require_classes
from vitwidgets.methods.interventions import BoundInterventions
from vitwidgets.models.errors import CacheBudgetError
from vitwidgets.models.interception.hooks import Receipt
from vitwidgets.widgets.model_on_image import model_on_image
from vitwidgets.widgets.patcher.compiling import Compiler
from vitwidgets.widgets.patcher.donors import reference_images
from vitwidgets.widgets.patcher.jobs import Jobs
from vitwidgets.widgets.patcher.places import available_places, kept_sites
from vitwidgets.widgets.patcher.reference import Reference
from vitwidgets.widgets.patcher.traffic import QuietMark, Traffic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from vitwidgets.images import ImageSource
    from vitwidgets.methods.image_stream import Images
    from vitwidgets.methods.interventions import Intervention, Source, Sources
    from vitwidgets.models import ActivationCache, HookedViT
    from vitwidgets.models.interception.hooks import ForwardHooks
    from vitwidgets.widgets.patcher.edits import Edit

_KEPT = 64
"""Predictions that are kept for their receipts."""

_MOST_HOOKS = 512
"""Edits whose hooks are kept; they hold values of runs that are there anyway."""


@dataclass(frozen=True, eq=False)
class Donor:
    """An image that values may be taken from.

    Attributes
    ----------
    picture
        What the model saw, uint8 ``(height, width, 3)``.
    cache
        Its run.
    logits
        ``(class,)``.
    """

    picture: NDArray[np.uint8]
    cache: ActivationCache
    logits: Tensor


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the model says of the clean image with some edits.

    Attributes
    ----------
    logits
        ``(class,)``.
    bound
        The edits.
    run
        What their hooks did in the run.
    """

    logits: Tensor
    bound: BoundInterventions
    run: Receipt

    @property
    def probabilities(self) -> Tensor:
        """Softmax of the logits in float64, ``(class,)``."""
        return self.logits.double().softmax(-1)

    @property
    def top(self) -> int:
        """Index of the likeliest class."""
        return int(self.logits.argmax())


class PatcherSource:
    """One model, run on a clean image and on donors.

    Parameters
    ----------
    model, clean
        As `model_on_image` takes them.
    donors
        Images by name.
    reference
        Images that means and random values are taken of; the bundled ones for None.
    tell
        Is told how far long work is, as `Jobs` does.

    Attributes
    ----------
    model, facts
        As `ModelOnImage` has them.
    pixels
        The clean image, ``(1, channel, height, width)``.
    labels
        Names and emoji of the model's classes.
    logits
        Of the clean image, ``(class,)``.
    available
        Sites and parts of heads that this model has.
    reference
        The images that means are of.
    traffic
        Who runs the model.
    jobs
        The long work that goes on.
    proving
        A lock: one proof at a time, as each has hooks on the model itself.

    Raises
    ------
    ValueError
        When the model is in training mode or has no preprocessing, or an image can't be
        used.
    UnsupportedModelError
        When the model has no classifier of several classes.
    """

    def __init__(
        self,
        model: HookedViT | nn.Module,
        clean: ImageSource,
        donors: Mapping[str, ImageSource],
        reference: Images | None,
        tell: Callable[[dict[str, Any]], None],
    ) -> None:
        opened = model_on_image(model, clean)
        self.model, self.facts = opened.model, opened.facts
        self.pixels = opened.pixels
        require_classes(
            self.model, "so that there is no prediction that an edit could change"
        )
        self.labels = model_labels(self.model)
        self.available = available_places(self.model)
        self.traffic = Traffic()
        self.jobs = Jobs(tell, self.traffic)
        self.proving = RLock()
        self._mark = QuietMark(self.model.module, self.traffic)
        self.logits, self._clean = self._recorded(self.pixels)
        images = reference_images(reference, [clean, *donors.values()])
        self.reference = Reference(self.model, images, self.jobs, self.traffic)
        self._donors: dict[str, Donor] = {}
        self._compiler = Compiler(self.model, self._clean, self.reference, self.traffic)
        self._predictions: OrderedDict[str, Prediction] = OrderedDict()
        self._hooks: dict[Intervention, ForwardHooks] = {}
        self._open = True
        # Around dictionaries only: a prediction never waits for another's run.
        self._lock = RLock()
        for name, image in donors.items():
            self.add(name, image)

    @property
    def clean(self) -> ActivationCache:
        """The run of the clean image.

        Raises
        ------
        RuntimeError
            When the view was closed; here and elsewhere.
        """
        self.require_open()
        return self._clean

    @property
    def donors(self) -> dict[str, Donor]:
        """The donors by name, in the order in which they came."""
        self.require_open()
        with self._lock:
            return dict(self._donors)

    def add(self, name: str, image: ImageSource) -> None:
        """Run another donor.

        Raises
        ------
        ValueError
            When the image can't be used.
        """
        self.require_open()
        opened = model_on_image(self.model, image)
        logits, cache = self._recorded(opened.pixels)
        with self._lock:
            self._donors[name] = Donor(opened.facts["picture"], cache, logits)

    def compiled(
        self, edits: Sequence[Edit]
    ) -> tuple[list[Intervention], dict[str, Source]]:
        """Give edits as interventions, with the sources that they name."""
        caches = {name: donor.cache for name, donor in self.donors.items()}
        return self._compiler.compiled(edits, caches)

    def takes_a_pass(self, edits: Sequence[Edit]) -> bool:
        """Whether the reference images have to be gone through for a prediction."""
        self.require_open()
        return self._compiler.takes_a_pass(edits)

    def predict(self, edits: Sequence[Edit]) -> Prediction:
        """Run the clean image with edits.

        Parameters
        ----------
        edits
            Those that act, in their order.
        """
        interventions, sources = self.compiled(edits)
        hooks = [
            hook for each in interventions for hook in self._hooks_of(each, sources)
        ]
        bound = BoundInterventions(tuple(interventions), sources, hooks, self._mark)
        found = Prediction(self.logits, bound, Receipt())
        if bound.first_block is not None:
            with torch.no_grad(), self.traffic.run():
                logits = self.model.resume(
                    self.clean, bound.first_block, fwd_hooks=hooks
                )
                found = Prediction(logits[0], bound, self.model.receipt)
        with self._lock:
            self._predictions[_key(edits)] = found
            self._predictions.move_to_end(_key(edits))
            if len(self._predictions) > _KEPT:
                self._predictions.popitem(last=False)
        return found

    def _hooks_of(self, edit: Intervention, sources: Sources) -> ForwardHooks:
        """Give an edit's hooks, made once: most edits stay from click to click.

        A run of other weights is still refused, as the clean image's is by `resume`.
        """
        with self._lock:
            found = self._hooks.get(edit)
        if found is None:
            found = edit.hooks(self.model, sources)
            with self._lock:
                if len(self._hooks) >= _MOST_HOOKS:
                    self._hooks.clear()
                self._hooks[edit] = found
        return found

    def shown(self, edits: Sequence[Edit]) -> Prediction:
        """Give the newest prediction of just these edits, which may be on show."""
        self.require_open()
        with self._lock:
            found = self._predictions.get(_key(edits))
        return found or self.predict(edits)

    def close(self) -> None:
        """Free the runs."""
        with self._lock:
            if not self._open:
                return
            self._open = False
            self._donors.clear()
            self._predictions.clear()
            self._hooks.clear()
            self.reference.clear()
            del self._clean, self._compiler

    def _recorded(self, pixels: Tensor) -> tuple[Tensor, ActivationCache]:
        """Run an image and keep all that can be edited, as far as there is room."""
        with torch.no_grad(), self.traffic.run():
            try:
                run = self.model.run_with_cache(pixels, kept_sites(self.model))
            except CacheBudgetError:
                fewer = kept_sites(self.model, self.available)
                run = self.model.run_with_cache(pixels, fewer)
        return run[0][0], run[1]

    def require_open(self) -> None:
        """Raise RuntimeError when the view was closed."""
        if not self._open:
            raise RuntimeError("this view was closed; make a new ClickToPatch")


def _key(edits: Sequence[Mapping[str, Any]]) -> str:
    return repr([sorted(edit.items()) for edit in edits])
