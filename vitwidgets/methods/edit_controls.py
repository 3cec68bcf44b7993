"""The same edit with one thing changed, to tell what it is that matters about it."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.intervening.controlled_edits import Controls
from vitwidgets.methods.intervening.requirements import given_edits, require_classes
from vitwidgets.methods.intervening.sources import require_run_of
from vitwidgets.methods.one_image_run import require_one_image_run
from vitwidgets.models.caching.index_checks import index_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from torch import Tensor

    from vitwidgets.methods.intervening.controlled_edits import Control
    from vitwidgets.methods.intervening.intervention import Intervention
    from vitwidgets.methods.intervening.site_means import SiteMeans
    from vitwidgets.methods.intervening.sources import Sources
    from vitwidgets.models import ActivationCache, HookedViT


@dataclass(frozen=True)
class ControlResult:
    """What one kind of control made of the prediction.

    Attributes
    ----------
    name
        ``"as done"``, ``"random place"``, ``"another donor"``, ``"zero"``, ``"mean"``,
        ``"noise"`` or ``"own value"``.
    what
        What was done, such as ``"20 draws of 3 other heads"``.
    n
        In how many runs.
    flips
        In how many of them the target was predicted.
    probability
        Of the target, mean over the runs.
    difference
        Logit of the target minus that of what it is compared with, mean over the runs.
    same
        Of own values, whether the logits are bit for bit those of a full run of the
        image without any edit; None for other controls.
    """

    name: str
    what: str
    n: int
    flips: int
    probability: float
    difference: float
    same: bool | None = None


@torch.no_grad()
def edit_controls(
    model: HookedViT,
    clean: ActivationCache,
    interventions: Iterable[Intervention],
    sources: Sources,
    *,
    target: int,
    versus: int | None = None,
    others: Iterable[str] = (),
    means: SiteMeans | None = None,
    reference: ActivationCache | None = None,
    draws: int = 20,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> list[ControlResult]:
    """Make edits again with one thing changed at a time, and see what is predicted.

    A flip says little alone: another head, any other image or noise may do the same.
    Each control is a run that starts at the first block that it edits.

    Parameters
    ----------
    model
        A model with a classifier.
    clean
        A run of the one image that is edited, without hooks. It has kept the edited
        sites and the input of every block (``blocks.*.hook_resid_pre``).
    interventions
        The edits, in their order.
    sources
        What they take values from, by name.
    target
        Index of the class that the edits are to lead to.
    versus
        Index of the class that its logit is compared with; by default what the model
        says of the clean image.
    others
        Names of sources that are runs of one other image each, to take the copied
        values from. Without one that is not the donor already, the images of
        `reference` are taken.
    means
        `site_means` of the edited sites, to be put there.
    reference
        A run of several images. Those that are the clean image or a donor are left out.
    draws
        How many other places, reference images and noises there are at most.
    seed
        Of all that is drawn.
    progress
        Called after each run with how many are done, of how many. What it raises ends
        the controls.

    Returns
    -------
    list of ControlResult
        In this order, without those that make no sense here (zero in place of zero) or
        for which nothing was given:

        ``"as done"``: the edits themselves.

        ``"random place"``: every edited place exchanged for a random one of its kind
        that is not edited. A head for a head of any block, a neuron for one of its
        layer, patches for as many others at the same site; all tokens, prefix tokens
        and too many patches for the same tokens of another block. Only places whose
        values the sources hold are drawn, and none twice alike.

        ``"another donor"``: values that are copied (`patch`, `resample`), from another
        image. Other edits stay as they are, also `steer`, as a vector is not copied.

        ``"zero"``, ``"mean"``, ``"noise"``: that in place of what the edits put there;
        noise of the component's own standard deviation.

        ``"own value"``: the clean run's own values, which can change nothing.

    Raises
    ------
    ValueError
        If there is no edit, the clean run is of several images or with hooks, `draws`
        is less than 1, or `target` and `versus` are one class.
    TypeError
        If `clean` is no run.
    IndexError
        If there is no such class.
    UnsupportedModelError
        If the model has no classifier.
    InterventionError, UnknownSiteError, StaleCacheError
        As `Intervention.hooks` does, before anything is run; or if the clean run did
        not keep what is needed of it.
    """
    require_classes(model)
    edits = given_edits(interventions)
    require_one_image_run("the clean run", clean)
    require_run_of(model, clean, "clean")
    chosen = index_of("class", target, model.config.n_classes)
    device = next(model.module.parameters()).device
    whole = model(clean.source.images.to(device))
    said = int(whole.argmax()) if versus is None else versus
    compared = index_of("class", said, model.config.n_classes)
    if chosen == compared:
        raise ValueError(
            f"class {chosen} is what it would be compared with, too"
            + (", as the clean image shows it" if versus is None else "")
            + ": choose another class that the edits are to lead to"
        )
    controls = Controls(model, clean, edits, sources, _positive(draws), seed)
    rows = [
        controls.as_done(),
        *controls.random_place(),
        *controls.other_donor(others, reference),
        *controls.zero(),
        *(controls.mean(means) if means is not None else ()),
        *controls.noise(),
        controls.own_value(),
    ]
    logits = _logits(model, clean, rows, progress)
    return [
        _result(row, values, chosen, compared, whole)
        for row, values in zip(rows, logits, strict=True)
    ]


def _positive(draws: int) -> int:
    number = operator.index(draws)
    if number < 1:
        raise ValueError(f"draws must be at least 1, got {draws}")
    return number


def _logits(
    model: HookedViT,
    clean: ActivationCache,
    rows: Sequence[Control],
    progress: Callable[[int, int], None] | None,
) -> list[Tensor]:
    """Run all controls: the logits of each row, ``(run, class)``."""
    total, done = sum(len(row.runs) for row in rows), 0
    found: list[Tensor] = []
    for row in rows:
        logits: list[Tensor] = []
        for bound in row.runs:
            start = bound.first_block or 0
            logits.append(model.resume(clean, start, fwd_hooks=bound.fwd_hooks))
            done += 1
            if progress is not None:
                progress(done, total)
        found.append(torch.cat(logits))
    return found


def _result(
    row: Control, logits: Tensor, target: int, versus: int, whole: Tensor
) -> ControlResult:
    exact = logits.double()
    return ControlResult(
        name=row.name,
        what=row.what,
        n=len(logits),
        flips=int((logits.argmax(-1) == target).sum()),
        probability=float(exact.softmax(-1)[:, target].mean()),
        difference=float((exact[:, target] - exact[:, versus]).mean()),
        same=torch.equal(logits, whole) if row.name == "own value" else None,
    )
