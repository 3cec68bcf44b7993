"""The number that patching is measured by, and its scale from base to donor."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

import torch
from torch import Tensor

from vitwidgets.models.caching.index_checks import index_of
from vitwidgets.models.interception.hooks import unfit_parameters
from vitwidgets.models.precision import wide

MetricName: TypeAlias = Literal["logit", "probability", "difference", "kl"]

MetricFunction: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""Takes logits ``(variant, class)`` and those of the base ``(class,)``; gives a number
for each, ``(variant,)``, by operations that can be differentiated."""

MetricChoice: TypeAlias = "Metric | MetricName | MetricFunction"


@dataclass(frozen=True)
class Metric:
    """A number of the output, ``(variant, class)`` to ``(variant,)``.

    Attributes
    ----------
    kind
        ``"logit"`` or ``"probability"`` of the target; ``"difference"``: the logit of
        the target minus that of `versus`; ``"kl"``: the Kullback-Leibler divergence
        from the base's probabilities, in nats; or the caller's own function.
    target, versus
        Indices of classes; None where the kind has none.

    Examples
    --------
    >>> Metric("difference", target=281, versus=232)(logits, base_logits)
    """

    kind: MetricName | MetricFunction
    target: int | None = None
    versus: int | None = None

    def __post_init__(self) -> None:
        if callable(self.kind):
            unfit = unfit_parameters(self.kind, 2)
            if unfit is not None:
                raise TypeError(
                    f"the metric has the parameters {unfit}: it is called as "
                    f"metric(logits, base_logits), with (variant, class) and (class,)"
                )
        elif self.kind not in get_args(MetricName):
            raise ValueError(
                f"metric must be 'logit', 'probability', 'difference', 'kl' or a "
                f"function, got {self.kind!r:.100}"
            )
        needed = {"logit": 1, "probability": 1, "difference": 2}
        wanted = 0 if callable(self.kind) else needed.get(self.kind, 0)
        for place, (name, given) in enumerate(
            (("target", self.target), ("versus", self.versus))
        ):
            if (place < wanted) != (given is not None):
                verb = "needs" if place < wanted else "takes no"
                raise ValueError(f"the metric {self.name!r} {verb} {name}: {given!r}")
        if wanted and self.target == self.versus:
            raise ValueError(
                f"target and versus are both class {self.target}, and their "
                f"difference is 0: give two classes"
            )

    @property
    def name(self) -> str:
        """``"logit"`` and so on, or what the caller's function is called."""
        if isinstance(self.kind, str):
            return self.kind
        return getattr(self.kind, "__name__", type(self.kind).__name__)

    def __str__(self) -> str:
        if self.kind == "kl":
            return "KL divergence from the base"
        if self.target is None:
            return self.name
        if self.versus is None:
            return f"{self.name} of class {self.target}"
        return f"logit of class {self.target} minus logit of class {self.versus}"

    def __call__(self, logits: Tensor, base_logits: Tensor) -> Tensor:
        """Give the number of each variant.

        Parameters
        ----------
        logits
            ``(variant, class)``.
        base_logits
            ``(class,)``: those of the base run.

        Returns
        -------
        Tensor
            ``(variant,)``, float32 or wider.

        Raises
        ------
        TypeError, ValueError
            If the caller's function gives anything else.
        """
        logits = logits.to(wide(logits.dtype))
        base_logits = base_logits.to(logits.dtype)
        if callable(self.kind):
            return _numbers(self.kind(logits, base_logits), logits)
        if self.kind == "kl":
            base = base_logits.log_softmax(-1)
            return (base.exp() * (base - logits.log_softmax(-1))).sum(-1)
        if self.kind == "probability":
            return logits.softmax(-1)[:, self.target]
        value = logits[:, self.target]
        return value if self.versus is None else value - logits[:, self.versus]

    def size(self, logits: Tensor, base_logits: Tensor) -> float:
        """Give what the rounding of the number is relative to."""
        if self.kind in ("logit", "difference"):
            return float(
                torch.stack((logits.abs().max(), base_logits.abs().max())).max()
            )
        if self.kind == "kl":
            return 1.0
        both = torch.stack((logits, base_logits))
        return float(self(both, base_logits).abs().max())


def metric_of(choice: MetricChoice, base: Tensor, donor: Tensor) -> Metric:
    """Give a metric with its classes, for two runs.

    Parameters
    ----------
    choice
        A metric, or a name or function. A name's target is the donor's prediction, and
        versus the base's.
    base, donor
        ``(class,)``: logits of the two runs.

    Raises
    ------
    ValueError
        If there is no such metric, or classes are to be found and both runs predict
        the same.
    TypeError
        If the metric is no such thing.
    IndexError
        If a class is none of the model's.
    """
    if isinstance(choice, Metric):
        for index in (choice.target, choice.versus):
            if index is not None:
                index_of("class", index, len(base))
        return choice
    if choice not in ("logit", "probability", "difference"):
        if not isinstance(cast("object", choice), str) and not callable(choice):
            raise TypeError(
                f"metric must be a name, a Metric or a function, got {choice!r}"
            )
        return Metric(choice)
    ours, theirs = int(base.argmax()), int(donor.argmax())
    if ours == theirs:
        raise ValueError(
            f"base and donor predict the same class ({ours}), so there is no class "
            f"that patching would lead to: take another donor, or say what to measure, "
            f"such as Metric('difference', target=..., versus={ours})"
        )
    return Metric(choice, theirs, ours if choice == "difference" else None)


@dataclass(frozen=True)
class Scale:
    """Where a metric is 0 (base) and 1 (donor).

    Attributes
    ----------
    base, donor
        The metric of the two runs.
    """

    base: float
    donor: float

    @classmethod
    def between(cls, metric: Metric, base: Tensor, donor: Tensor) -> Scale:
        """Give the scale of a metric, from the logits of two runs, ``(class,)``.

        Raises
        ------
        ValueError
            If the two differ by no more than rounding does, or one is no number.
        """
        values = metric(torch.stack((base, donor)), base)
        low, high = (float(value) for value in values.detach())
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ValueError(
                f"the {metric} is {low} in the base and {high} in the donor: both have "
                f"to be numbers"
            )
        # A rounding error in the logits then moves the result by its square root.
        least = torch.finfo(values.dtype).eps ** 0.5 * metric.size(donor, base)
        if abs(high - low) <= least:
            raise ValueError(
                f"the {metric} is {low:.6g} in the base and {high:.6g} in the donor: "
                f"what patching does cannot be told as a share of so small a "
                f"difference. Take another metric, or another donor"
            )
        return cls(low, high)

    def share(self, values: Tensor) -> Tensor:
        """Give ``(value - base) / (donor - base)``, of any shape."""
        return (values - self.base) / (self.donor - self.base)


def _numbers(values: object, logits: Tensor) -> Tensor:
    """Give what a caller's function returned, or an error that says why it is none."""
    if not isinstance(values, Tensor):
        raise TypeError(
            f"the metric returned a {type(values).__name__}: return a tensor with one "
            f"number for each variant, without .item()"
        )
    if values.shape != logits.shape[:1]:
        raise ValueError(
            f"the metric returned a tensor of shape {tuple(values.shape)} for "
            f"{len(logits)} variants: return one number for each, such as "
            f"logits[:, 3]"
        )
    return values
