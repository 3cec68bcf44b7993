"""A number of the output as a sum over a model's parts."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.contributions.head_sources import head_sources
from vitwidgets.models.caching.index_checks import index_of
from vitwidgets.models.errors import UnsupportedModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from vitwidgets.methods.contributions.branch_output import BranchOutput
    from vitwidgets.methods.contributions.measures import Measure
    from vitwidgets.models import ActivationCache, HookedViT

NOT_LINEAR = (
    "A log-probability is no sum over the parts of the model: it is the logit minus "
    "the logarithm of a sum of exponentials of all logits. What is split is the logit "
    "minus the mean of all logits, each weighted by the model's own probability of it. "
    "That differs from the log-probability by the entropy of the model's output, which "
    "is a term of its own and belongs to no part."
)


@dataclass(frozen=True)
class Term:
    """One term of the sum.

    Attributes
    ----------
    name
        What it is, in words.
    address
        Its short name, such as ``"L7.H3"``, ``"L7.MLP"`` or ``"embedding"``.
    value
        ``(batch,)``.
    """

    name: str
    address: str
    value: Tensor


@dataclass(frozen=True)
class PartsOfRun:
    """What a sum is taken further apart with.

    Attributes
    ----------
    model, cache
        The model and its run.
    attentions, mlps
        What those of each block count for.
    """

    model: HookedViT
    cache: ActivationCache
    attentions: list[BranchOutput]
    mlps: list[BranchOutput]


@dataclass(frozen=True, eq=False, repr=False)
class DirectLogitAttribution:
    """A number of the output as a sum over a model's parts.

    All values are float64 (float32 where a device has none), whatever the model's
    precision.

    Attributes
    ----------
    measure
        Which number.
    value
        The number itself, ``(batch,)``, from the model's own logits.
    embedding, position, embedding_bias
        ``(batch,)``: of patches or prefix tokens as they are embedded, of positions,
        and of the bias of a norm before the first block.
    heads
        ``(batch, layer, head)``; NaN where the heads of a layer cannot be told apart.
    attention, attention_bias
        ``(batch, layer)``: of all that attention adds; and what of this is of no head:
        biases of the output projection, and of norms between heads and the stream.
    mlp, mlp_bias
        ``(batch, layer)``: of the neurons, and of biases likewise. Where neurons cannot
        be told apart, `mlp` is all that the MLP adds.
    norm_bias, class_bias
        ``(batch,)``: of the final norm's bias, and of the classifier's.
    remainder
        ``(batch,)``: what of a log-probability is no linear function of the stream:
        minus the entropy of the model's output. Otherwise 0.
    by_hooks
        ``(batch,)``: what hooks on the stream or the output put there, in a run that
        had some. Otherwise 0.
    depth
        ``(batch, 2 * layer + 1)``: the sum of what is in the stream after the
        embedding, after each attention and after each MLP, together with all terms that
        are of no depth. The last is `value`.
    frozen
        The norms and gates that are held as in the real forward pass.
    whole
        What cannot be told apart, and why.
    run
        What it is taken further apart with.
    """

    measure: Measure
    value: Tensor
    embedding: Tensor
    position: Tensor
    embedding_bias: Tensor
    heads: Tensor
    attention: Tensor
    attention_bias: Tensor
    mlp: Tensor
    mlp_bias: Tensor
    norm_bias: Tensor
    class_bias: Tensor
    remainder: Tensor
    by_hooks: Tensor
    depth: Tensor
    frozen: tuple[str, ...]
    whole: tuple[str, ...]
    run: PartsOfRun

    @property
    def sum(self) -> Tensor:
        """Sum of all terms, ``(batch,)``."""
        return torch.stack([term.value for term in self.terms()]).sum(0)

    @property
    def residue(self) -> Tensor:
        """What the number is more than the sum, ``(batch,)``: rounding."""
        return self.value - self.sum

    @property
    def note(self) -> str:
        """Why the number is no sum over parts; empty where it is."""
        return NOT_LINEAR if self.measure.name == "log_probability" else ""

    def terms(self) -> list[Term]:
        """Give all terms, which add up to `value`.

        Returns
        -------
        list of Term
            The embedding's, each layer's, and those of the output. Biases that a model
            lacks, or that count for nothing, are left out.
        """
        before, after = self._before(), self._after()
        return [*before, *self._of_layers(), *after]

    def outer_terms(self) -> list[Term]:
        """Give the terms that are of no layer."""
        return [*self._before(), *self._after()]

    def head_sources(self, layer: int, head: int) -> Tensor:
        """Split a head's term over the tokens that the head read.

        Returns
        -------
        Tensor
            ``(batch, token)``; the sum is ``heads[:, layer, head]``.

        Raises
        ------
        IndexError
            If there is no such head.
        UnsupportedModelError
            If heads do not mix the values of an image's tokens with one pattern each.
        UnknownSiteError, StaleCacheError
            If the run did not keep patterns and values, or they were changed.
        """
        config = self.run.model.config
        layer = index_of("layer", layer, config.n_layers)
        head = index_of("head", head, config.n_heads)
        return self._sources(layer, head)[:, 0]

    def all_head_sources(self) -> Tensor:
        """Split every head's term, ``(batch, layer, head, token)``.

        Raises
        ------
        UnsupportedModelError, UnknownSiteError, StaleCacheError
            As `head_sources`.
        """
        layers = range(self.run.model.config.n_layers)
        return torch.stack([self._sources(layer, None) for layer in layers], 1)

    def neurons(self, layer: int) -> Tensor:
        """Split the term of an MLP over its neurons.

        Returns
        -------
        Tensor
            ``(batch, d_mlp)``; the sum is ``mlp[:, layer]``.

        Raises
        ------
        IndexError
            If there is no such layer.
        UnsupportedModelError
            If the neurons cannot be told apart.
        """
        layer = index_of("layer", layer, self.run.model.config.n_layers)
        branch = self.run.mlps[layer]
        if branch.parts is None:
            raise UnsupportedModelError(
                f"the neurons of layer {layer} cannot be told apart: {branch.whole}"
            )
        return branch.parts

    def __repr__(self) -> str:
        frozen = ", ".join(self.frozen) or "nothing"
        sums = ", ".join(f"{each:.4f}" for each in self.sum)
        values = ", ".join(f"{each:.4f}" for each in self.value)
        return (
            f"DirectLogitAttribution: {len(self.terms())} terms, sum {sums} = "
            f"{self.measure} {values}; frozen: {frozen}"
        )

    @torch.no_grad()
    def _sources(self, layer: int, head: int | None) -> Tensor:
        run = self.run
        branch = run.attentions[layer]
        return head_sources(run.model, run.cache, layer, branch, head)

    def _before(self) -> list[Term]:
        return [
            Term("embedding", "embedding", self.embedding),
            *_present("positions", "position", self.position),
            *_present(
                "bias of the norm before the first block",
                "embedding bias",
                self.embedding_bias,
            ),
        ]

    def _after(self) -> list[Term]:
        return [
            *_present("bias of the final norm", "norm bias", self.norm_bias),
            *_present("bias of the class", "class bias", self.class_bias),
            *_present("minus the entropy of the output", "entropy", self.remainder),
            *_present("put there by hooks", "hooks", self.by_hooks),
        ]

    def _of_layers(self) -> Iterator[Term]:
        for layer, branch in enumerate(self.run.attentions):
            of, at = f"of layer {layer}", f"L{layer}"
            if branch.parts is None:
                whole = self.attention[:, layer]
                yield Term(f"attention {of}", f"{at}.attention", whole)
            else:
                for head, value in enumerate(self.heads[:, layer].unbind(1)):
                    yield Term(f"head {head} {of}", f"{at}.H{head}", value)
            bias = self.attention_bias[:, layer]
            yield from _present(f"bias of attention {of}", f"{at}.attention bias", bias)
            yield Term(f"MLP {of}", f"{at}.MLP", self.mlp[:, layer])
            bias = self.mlp_bias[:, layer]
            yield from _present(f"bias of the MLP {of}", f"{at}.MLP bias", bias)


def with_rest_by_hooks(found: DirectLogitAttribution) -> DirectLogitAttribution:
    """Give an attribution whose residue is a term, that of hooks."""
    return dataclasses.replace(found, by_hooks=found.residue)


def _present(name: str, address: str, value: Tensor) -> Iterator[Term]:
    if bool(value.any()):
        yield Term(name, address, value)
