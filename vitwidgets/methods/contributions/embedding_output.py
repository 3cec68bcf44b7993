"""What a model's embedding and positions count for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.contributions.branch_output import agree
from vitwidgets.models.pieces import derivation
from vitwidgets.models.pieces.norms import known_norm
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.methods.contributions.block_outputs import BlockOutputs
    from vitwidgets.methods.contributions.direction import Direction

_POSITIONS_INSIDE = (
    "what enters the first block is not the sum of embedding and positions, so that "
    "both are one term"
)


@dataclass(frozen=True)
class EmbeddingOutput:
    """What the stream before the first block counts for.

    Attributes
    ----------
    embedding, position, bias
        ``(batch,)``: of patches or prefix tokens as they are embedded, of the positions
        that are added, and of the bias of a norm before the first block.
    frozen
        That norm, where there is one.
    whole
        Why embedding and positions are one term, where they are.
    """

    embedding: Tensor
    position: Tensor
    bias: Tensor
    frozen: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()


def embedding_output(outputs: BlockOutputs, direction: Direction) -> EmbeddingOutput:
    """Take what enters the first block apart.

    Parameters
    ----------
    outputs
        What reads the run.
    direction
        What the stream counts for.

    Raises
    ------
    UnknownSiteError
        If the run did not keep what is needed.
    """
    entering = outputs.pooled(in_block(0, "hook_resid_pre"))
    each = direction.parts(entering)
    total, nothing = each.sum(-1), torch.zeros_like(each[:, 0])
    bias, frozen = nothing, ()
    module = outputs.module_at("hook_ln_pre")
    if module is not None:
        norm = known_norm(module)
        if norm.kind is None:
            return EmbeddingOutput(total, nothing, nothing, (), (_POSITIONS_INSIDE,))
        bias = direction.of_constant(getattr(module, "bias", None))
        full = outputs.pooled("hook_full_embed")
        scale = derivation.norm_scale(module, norm.kind, full)
        direction = direction.before_norm(norm, scale)
        frozen = ("the norm before the first block",)
    embedding, position = (
        direction.parts(outputs.pooled(site)).sum(-1) if outputs.has(site) else nothing
        for site in ("hook_embed", "hook_pos_embed")
    )
    sums = embedding + position + bias
    if agree(sums, total, each.abs().sum(-1), entering.dtype):
        return EmbeddingOutput(embedding, position, bias, frozen)
    return EmbeddingOutput(total, nothing, nothing, (), (_POSITIONS_INSIDE,))
