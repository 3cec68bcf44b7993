"""Proof of what interventions did in a run, and that nothing else was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vitwidgets.methods.intervening.errors import InterventionError
from vitwidgets.methods.intervening.watching import Watched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vitwidgets.methods.intervening.binding import BoundInterventions
    from vitwidgets.methods.intervening.intervention import Intervention
    from vitwidgets.models import HookedViT, Receipt
    from vitwidgets.models.interception.hooks import HookReceipt

_CLOSE = 2e-6
"""Share of the largest logit by which runs of other shapes may differ in float32."""


@dataclass(frozen=True)
class EditReceipt:
    """What one intervention did.

    Attributes
    ----------
    intervention
        The intervention.
    site
        Name of the site where it acted in the run; None if it did not.
    fired
        How often it acted there: once for each pass.
    largest_change
        Largest absolute change of any number at the site, in the run.
    relative_change
        Norm of the change over the norm of the component's own value at the tokens that
        were chosen, all images together, in the full run of the proof. 0.0 where the
        value stayed; infinite where it was all zero before.
    """

    intervention: Intervention
    site: str | None
    fired: int
    largest_change: float
    relative_change: float


@dataclass(frozen=True)
class InterventionReceipt:
    """Proof of a run with interventions.

    Attributes
    ----------
    edits
        What each intervention did, in their order.
    difference
        Largest absolute difference of any logit from those of a full run in which the
        interventions are made anew.
    allowed
        How large that may be: runs that start later, or take several variants at a
        time, round otherwise (2e-6 of the largest logit in float32).
    problems
        What is wrong, in sentences; nothing if all is well.
    """

    edits: tuple[EditReceipt, ...]
    difference: float
    allowed: float
    problems: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether all is well."""
        return not self.problems


@torch.no_grad()
def receipt_of(
    model: HookedViT,
    images: Tensor,
    bound: BoundInterventions,
    logits: Tensor,
    *,
    run: Receipt | None = None,
) -> InterventionReceipt:
    """Prove what a run did, by a full run of the same edits and a look at the module.

    To be called outside of any ``hooks`` block, which would act on the full run too.

    Parameters
    ----------
    model
        The model.
    images
        What was run, ``(batch, channel, height, width)``.
    bound
        The interventions, bound before that run.
    logits
        What the run gave, ``(batch, class)``.
    run
        ``model.receipt`` as it was after that run; by default that of this thread's
        last run.

    Returns
    -------
    InterventionReceipt
        Its `problems` say if an edit was not in force, another one was, an edit was at
        another site or changed something beside its component, the logits are not
        those of a full run, or something was left on the module or changed in it.

    Raises
    ------
    InterventionError
        If `logits` are not of these images.
    """
    hooks = (model.receipt if run is None else run).hooks
    watched = [Watched(each, model) for each in bound.interventions]
    fwd_hooks = [
        (site, watch.around(function))
        for watch in watched
        for site, function in watch.intervention.hooks(model, bound.sources)
    ]
    full = model.run_with_hooks(images, fwd_hooks) if fwd_hooks else model(images)
    if full.shape != logits.shape:
        raise InterventionError(
            f"the logits of {len(images)} images are of shape {tuple(full.shape)}, got "
            f"{tuple(logits.shape)}"
        )
    difference = float((full - logits.to(full)).abs().max())
    allowed = _allowed(full)
    problems = [
        *_misfires(bound.interventions, hooks),
        *(problem for watch in watched for problem in watch.problems),
        *_disagreement(difference, allowed),
        *(f"the model is not as it was: {what}" for what in bound.mark.differences()),
    ]
    edits = _edits(watched, hooks)
    return InterventionReceipt(edits, difference, allowed, tuple(problems))


def _allowed(logits: Tensor) -> float:
    share = _CLOSE * torch.finfo(logits.dtype).eps / torch.finfo(torch.float32).eps
    return share * float(logits.abs().max())


def _disagreement(difference: float, allowed: float) -> list[str]:
    if difference <= allowed:
        return []
    problem = (
        f"the logits differ by {difference:.3g} from those of a full run with the same "
        f"interventions, and at most {allowed:.1g} is rounding"
    )
    return [problem]


def _misfires(
    interventions: Sequence[Intervention], hooks: Sequence[HookReceipt]
) -> list[str]:
    wanted = [each.place.site for each in interventions]
    found = [hook.name for hook in hooks]
    if found != wanted:
        problem = (
            f"the run had edits at {', '.join(found) or 'no site'}; it should have had "
            f"them at {', '.join(wanted) or 'none'}"
        )
        return [problem]
    return [
        f"the edit at {hook.name} was never made" for hook in hooks if not hook.fired
    ]


def _edits(
    watched: Sequence[Watched], hooks: Sequence[HookReceipt]
) -> tuple[EditReceipt, ...]:
    left = list(hooks)
    found: list[EditReceipt] = []
    for watch in watched:
        site = watch.intervention.place.site
        hook = next((hook for hook in left if hook.name == site), None)
        if hook is not None:
            left.remove(hook)
        found.append(
            EditReceipt(
                watch.intervention,
                hook and hook.name,
                hook.fired if hook else 0,
                hook.largest_change if hook else 0.0,
                watch.relative_change,
            )
        )
    return tuple(found)
