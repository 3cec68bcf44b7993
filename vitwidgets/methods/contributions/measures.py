"""The numbers of a model's output that are split over its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import torch

from vitwidgets.methods.contributions.direction import Direction, exact
from vitwidgets.models.caching.index_checks import index_of
from vitwidgets.models.precision import full_precision, wide

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.models.pieces.unembedding import Unembedding

MeasureName: TypeAlias = Literal["logit", "difference", "log_probability"]
MEASURES = ("logit", "difference", "log_probability")


@dataclass(frozen=True)
class Measure:
    """A number of the output.

    Attributes
    ----------
    name
        ``"logit"``, ``"difference"`` or ``"log_probability"``.
    target
        Index of the class.
    versus
        Index of the class whose logit is subtracted; None except for a difference.
    """

    name: MeasureName
    target: int
    versus: int | None = None

    def __str__(self) -> str:
        if self.name == "log_probability":
            return f"log-probability of class {self.target}"
        words = f"logit of class {self.target}"
        if self.versus is None:
            return words
        return f"{words} minus logit of class {self.versus}"

    @classmethod
    def checked(
        cls, name: str, target: int, versus: int | None, n_classes: int
    ) -> Measure:
        """Give a measure of a model with so many classes.

        Raises
        ------
        ValueError
            If there is no such measure, or `versus` does not go with it.
        IndexError
            If there is no such class.
        TypeError
            If a class is not given by its index.
        """
        if name not in MEASURES:
            raise ValueError(
                f"measure must be 'logit', 'difference' or 'log_probability', got "
                f"{name!r:.100}"
            )
        target = _class_index(target, n_classes)
        if name != "difference":
            if versus is not None:
                raise ValueError(
                    f"versus={versus!r} is for a difference of two logits: give "
                    f"measure='difference', or leave versus out"
                )
            return cls(name, target)
        if versus is None:
            raise ValueError(
                "a difference is that of two classes: give the other one as versus"
            )
        versus = _class_index(versus, n_classes)
        if versus == target:
            raise ValueError(
                f"target and versus are both class {target}, and their difference is "
                f"0: give two classes"
            )
        return cls(name, target, versus)

    def value(self, logits: Tensor) -> Tensor:
        """Give the number, ``(batch,)``, of logits ``(batch, class)``."""
        logits = logits.to(exact(logits))
        if self.name == "log_probability":
            return logits.log_softmax(-1)[:, self.target]
        value = logits[:, self.target]
        return value if self.versus is None else value - logits[:, self.versus]

    def remainder(self, logits: Tensor) -> Tensor:
        """Give what of the number, ``(batch,)``, is no linear function of the stream.

        Of a log-probability it is minus the entropy of the model's output p, as the
        logits minus their mean under p add up to ``log p[target] + entropy(p)``.
        """
        logits = logits.to(exact(logits))
        if self.name != "log_probability":
            return torch.zeros_like(logits[:, 0])
        each = logits.log_softmax(-1)
        return (each.exp() * each).sum(-1)

    def along(self, table: Tensor, logits: Tensor) -> Tensor:
        """Give the combination of the classes' rows that the number is read along.

        Parameters
        ----------
        table
            ``(class, ...)``: weights or biases of a classifier.
        logits
            The model's own, ``(batch, class)``.

        Returns
        -------
        Tensor
            ``(batch or 1, ...)``.
        """
        dtype = exact(table)
        row = table[self.target : self.target + 1].to(dtype)
        if self.name == "log_probability":
            # Not in double precision: of 21,841 classes that would be a large copy.
            p = logits.to(wide(logits.dtype)).softmax(-1)
            with full_precision(p):
                return row - (p @ table.to(p)).to(dtype)
        if self.versus is None:
            return row
        return row - table[self.versus : self.versus + 1].to(dtype)


@dataclass(frozen=True)
class Readout:
    """How a number of the output is read from the stream after the last block.

    Attributes
    ----------
    direction
        Before the final norm, whose scale is that of the real forward pass.
    norm_bias, class_bias
        ``(batch,)``: what the final norm's bias and the classifier's count for.
    """

    direction: Direction
    norm_bias: Tensor
    class_bias: Tensor


def readout_of(
    unembedding: Unembedding, measure: Measure, stream: Tensor, logits: Tensor
) -> Readout:
    """Find how a number is read.

    Parameters
    ----------
    unembedding
        The model's.
    measure
        The number.
    stream
        The stream after the last block, ``(batch, token, d_model)``.
    logits
        The model's own, ``(batch, class)``.

    Raises
    ------
    UnsupportedModelError
        If what the final norm computes is not known.
    """
    pooled = unembedding.pooled_tokens(stream.shape[1])
    scale = unembedding.final_scale(stream).at(unembedding.pooled)
    direction = _after_norm(unembedding, measure, stream, logits)
    class_bias = direction.of_constant(None)
    shares = unembedding.shares(pooled).to(class_bias)
    for each, share in zip(unembedding.maps(), shares.mean(0), strict=True):
        if each.bias is not None:
            biases = each.bias.to(stream.device)
            class_bias = class_bias + share * measure.along(biases, logits)
    if scale.length is not None:
        length = scale.length.to(class_bias)
        direction = Direction(direction.factor / length, direction.vector)
        class_bias = class_bias / length[:, 0, 0]
    constants = unembedding.constants()
    if constants is not None:
        class_bias = class_bias + measure.along(constants.to(stream.device), logits)
    norm = unembedding.norm
    if norm is None:
        return Readout(direction, direction.of_constant(None), class_bias)
    norm_bias = direction.of_constant(getattr(norm.module, "bias", None))
    return Readout(direction.before_norm(norm, scale.norm), norm_bias, class_bias)


def _class_index(given: int | str, n_classes: int) -> int:
    if isinstance(given, str):
        name = f"{given!r:.100}"
        raise TypeError(
            f"class must be an integer from 0 to {n_classes - 1}, got {name}: the "
            f"index of a class by name is model.class_names.index({name})"
        )
    return index_of("class", given, n_classes)


def _after_norm(
    unembedding: Unembedding, measure: Measure, stream: Tensor, logits: Tensor
) -> Direction:
    """Find how a number is read behind the final norm, without any length."""
    pooled = unembedding.pooled_tokens(stream.shape[1])
    weights = [each.weight.to(stream.device) for each in unembedding.maps()]
    vectors = torch.stack([measure.along(each, logits) for each in weights], 1)
    if len(weights) > 1:
        shares = unembedding.shares(pooled).to(vectors)
        vectors = torch.einsum("tk,bkd->btd", shares, vectors)
    factor = torch.full(
        (len(stream), len(pooled), 1),
        1 / len(pooled),
        dtype=exact(stream),
        device=stream.device,
    )
    return Direction(factor, vectors)
