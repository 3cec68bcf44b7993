"""The piece after the last block where pooling and projection are no modules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor, nn

from vitwidgets.models.interception.tap import Tap, Visitor, passing, taken
from vitwidgets.models.pieces.norms import known_norm, norm_piece
from vitwidgets.models.pieces.parts import Piece

Pool: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""All tokens after the final norm, and the model's input -> pooled features."""

_TOKENS = "output of the final norm"


@dataclass(frozen=True)
class ProjectedReadout:
    """What makes the output of the last block's stream.

    Attributes
    ----------
    model
        The model, whose output is `hook_logits`.
    norm
        The norm on all tokens.
    source
        The site that it takes; None where what it takes is no site.
    pool
        How the model pools; None where it does not.
    project
        Pooled features -> output, in the model's own expression.
    """

    model: nn.Module
    norm: nn.Module
    source: str | None
    pool: Pool | None
    project: Callable[[Tensor], Tensor]


def projected_readout_piece(readout: ProjectedReadout) -> Piece:
    """Give the piece after the last block.

    The pooled features are seen, and replaced, when the model gives its output: both
    are then formed once more.
    """
    norm = norm_piece(known_norm(readout.norm), "ln_final", readout.source)
    pool, logits = readout.pool, "hook_logits"
    if pool is None:
        taps = (*norm.taps, Tap(readout.model, False, passing(logits), (logits,)))
        missing = {**norm.missing, "hook_pooled": "its tokens are not pooled"}
        return Piece(taps, norm.recipes, missing, norm.unreachable)
    keep = Tap(readout.norm, False, _keep, (), ("hook_pooled",))

    def output(run: Visitor, out: Tensor, inputs: Tensor) -> Tensor:
        if run.wants("hook_pooled"):
            pooled = pool(taken(run, _TOKENS), inputs)
            new = run.visit("hook_pooled", pooled)
            out = out if new is pooled else readout.project(new)
        return run.visit(logits, out)

    end = Tap(readout.model, False, output, ("hook_pooled", logits))
    taps = (*norm.taps, keep, end)
    return Piece(taps, norm.recipes, norm.missing, norm.unreachable)


def _keep(run: Visitor, tokens: Tensor, _: Tensor) -> Tensor:
    run.scratch[_TOKENS] = tokens
    return tokens
