"""What else moved when one thing was meant to: every class before and after edits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.image_stream import ImageStream
from vitwidgets.methods.intervening.binding import bind
from vitwidgets.methods.intervening.requirements import given_edits, require_classes
from vitwidgets.methods.running_moments import RunningMoments
from vitwidgets.methods.share_interval import wilson_interval
from vitwidgets.models.caching.index_checks import index_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd
    from torch import Tensor

    from vitwidgets.methods.image_stream import Images
    from vitwidgets.methods.intervening.intervention import Intervention
    from vitwidgets.methods.intervening.sources import Sources
    from vitwidgets.models import HookedViT


@dataclass(frozen=True, eq=False)
class OffTarget:
    """Every class before and after edits.

    Intervals are of 95 %: of shares Wilson's (1927), of changes of probabilities and
    logits Student's t over the images, each against itself. They speak of one class
    each; of sixty, three are outside of theirs by chance. A change of a share has none:
    it is as many images as became right, less those that became wrong, and of a few
    images these two counts say more.

    Attributes
    ----------
    target
        Index of the class that was meant.
    class_names
        Of all classes.
    n_images
        Over how many images.
    counts
        int64, ``(class,)``: how many of them are labelled with each class.
    right_before, right_after
        int64, ``(class,)``: in how many of these the class has the highest logit.
    became_right, became_wrong
        int64, ``(class,)``: in how many of these it has the highest logit only after,
        and only before.
    probability_change, probability_change_ci95
        float64, ``(class,)``: mean over all images, from -1 to 1, and half its
        interval; that is NaN of a single image.
    logit_change, logit_change_ci95
        Likewise.
    """

    target: int
    class_names: tuple[str, ...]
    n_images: int
    counts: Tensor
    right_before: Tensor
    right_after: Tensor
    became_right: Tensor
    became_wrong: Tensor
    probability_change: Tensor
    probability_change_ci95: Tensor
    logit_change: Tensor
    logit_change_ci95: Tensor

    @property
    def accuracy_change(self) -> Tensor:
        """How much the share of right ones changed, ``(class,)``, from -1 to 1.

        float64; NaN where no image has this label.
        """
        return (self.became_right - self.became_wrong).double() / self.counts

    @property
    def order(self) -> list[int]:
        """The target first, then all others, those first whose probability moved."""
        moved = self.probability_change.abs().argsort(descending=True, stable=True)
        classes = [int(each) for each in moved]
        return [self.target, *(each for each in classes if each != self.target)]

    def frame(self) -> pd.DataFrame:
        """Give one row a class, in their `order`.

        The target, and all others that some image is labelled with; how many were left
        out for lack of one is ``frame.attrs["classes_left_out"]``.
        """
        import pandas as pd  # noqa: PLC0415 (half a second)

        order = [
            each for each in self.order if each == self.target or self.counts[each]
        ]
        counts = [int(each) for each in self.counts[order]]
        columns: dict[str, list[object]] = {
            "class": [self.class_names[index] for index in order],
            "images": list(counts),
        }
        for when, right in (("before", self.right_before), ("after", self.right_after)):
            shares = [
                (hits / of, *wilson_interval(hits, of)) if of else (float("nan"),) * 3
                for hits, of in zip(map(int, right[order]), counts, strict=True)
            ]
            for ending, at in (("", 0), ("_low", 1), ("_high", 2)):
                columns[f"accuracy_{when}{ending}"] = [each[at] for each in shares]
        for name in (
            "accuracy_change",
            "became_right",
            "became_wrong",
            "probability_change",
            "probability_change_ci95",
            "logit_change",
            "logit_change_ci95",
        ):
            numbers: Tensor = getattr(self, name)
            columns[name] = [each.item() for each in numbers[order]]
        frame = pd.DataFrame(columns)
        frame.attrs = {
            "target": self.class_names[self.target],
            "n_images": self.n_images,
            "classes_left_out": len(self.class_names) - len(order),
        }
        return frame


@torch.no_grad()
def off_target(
    model: HookedViT,
    images: Images,
    labels: Sequence[int] | Tensor,
    interventions: Iterable[Intervention],
    sources: Sources,
    *,
    target: int,
    batch_size: int = 32,
    progress: Callable[[int, int | None], None] | None = None,
) -> OffTarget:
    """Measure what edits do to every class, and not only to the one that was meant.

    Parameters
    ----------
    model
        A model with a classifier, such as ``model.with_words(words)``.
    images
        As `attention_statistics` takes them; gone through once.
    labels
        For each image the index of its class.
    interventions, sources
        The edits, in their order, and what they take values from.
    target
        Index of the class that they are meant to change.
    batch_size
        Images run at a time.
    progress
        Called after each batch with how many images are done, of how many (None where
        nobody knows). What it raises ends the measurement.

    Raises
    ------
    UnsupportedModelError
        If the model has no classifier.
    ValueError
        If there is no edit, labels do not fit, or the images do not.
    IndexError
        If there is no such class.
    InterventionError, UnknownSiteError, StaleCacheError
        As `Intervention.hooks` does.
    """
    require_classes(model, "and what moved is told class by class")
    n_classes = model.config.n_classes
    chosen = index_of("class", target, n_classes)
    bound = bind(model, given_edits(interventions), sources)
    given = _checked_labels(labels, n_classes)
    tally = _Tally(n_classes)
    stream = ImageStream(model, images, None, batch_size)
    device = next(model.module.parameters()).device
    for batch in stream:
        if max(batch.indices) >= len(given):
            raise ValueError(
                f"there are {len(given)} labels, and more images: give one for each"
            )
        pixels = batch.pixels.to(device)
        before = model(pixels)
        after = model.run_with_hooks(pixels, bound.fwd_hooks)
        tally.add(given[batch.indices], before.cpu().double(), after.cpu().double())
        if progress is not None:
            progress(stream.n_images, stream.expected)
    stream.warn_of_skipped()
    names = model.class_names or [f"class {index}" for index in range(n_classes)]
    return tally.result(chosen, tuple(names), stream.n_images)


class _Tally:
    """Sums over batches."""

    def __init__(self, n_classes: int) -> None:
        self._counts = torch.zeros(5, n_classes, dtype=torch.int64)
        self._probability, self._logit = RunningMoments(), RunningMoments()

    def add(self, labels: Tensor, before: Tensor, after: Tensor) -> None:
        """Take in the labels and both logits of a batch, ``(image, class)``."""
        own = torch.zeros_like(before).scatter_(1, labels[:, None], 1.0).bool()
        was, now = ((each.argmax(-1) == labels)[:, None] for each in (before, after))
        cases = (own, own & was, own & now, own & now & ~was, own & was & ~now)
        self._counts += torch.stack([each.sum(0) for each in cases])
        self._probability.add(after.softmax(-1) - before.softmax(-1))
        self._logit.add(after - before)

    def result(self, target: int, names: tuple[str, ...], n_images: int) -> OffTarget:
        """Give what was found."""
        counts, before, after, became_right, became_wrong = self._counts
        return OffTarget(
            target=target,
            class_names=names,
            n_images=n_images,
            counts=counts,
            right_before=before,
            right_after=after,
            became_right=became_right,
            became_wrong=became_wrong,
            probability_change=self._probability.mean,
            probability_change_ci95=self._probability.ci95,
            logit_change=self._logit.mean,
            logit_change_ci95=self._logit.ci95,
        )


def _checked_labels(labels: Sequence[int] | Tensor, n_classes: int) -> Tensor:
    given = torch.as_tensor(labels)
    if given.ndim != 1 or given.is_floating_point() or given.dtype == torch.bool:
        raise ValueError(
            f"labels are one class index for each image, got {given.dtype} of shape "
            f"{tuple(given.shape)}"
        )
    wrong = (given < 0) | (given >= n_classes)
    if bool(wrong.any()):
        raise ValueError(
            f"label {int(given[wrong][0])} is no class: they run from 0 to "
            f"{n_classes - 1}"
        )
    return given.cpu().long()
