"""The stream through a block of several attentions, then several MLPs, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vitwidgets.models.interception.tap import Handler, Tap, Visitor, passing, taken
from vitwidgets.models.pieces.parts import Piece
from vitwidgets.models.pieces.recipes import Recipe


@dataclass(frozen=True)
class ParallelStream:
    """Where such a block meets the stream.

    Attributes
    ----------
    block
        The block.
    attention_addends, mlp_addends
        Modules whose outputs are what the attentions and the MLPs add.
    middles
        The modules that take the stream between the two, one for each MLP.
    """

    block: nn.Module
    attention_addends: tuple[nn.Module, ...]
    middles: tuple[nn.Module, ...]
    mlp_addends: tuple[nn.Module, ...]


@dataclass(frozen=True)
class ParallelStreamPieces:
    """The pieces of such a block's stream; those of each branch in its order."""

    before: Piece
    attention_outs: tuple[Piece, ...]
    middles: tuple[Piece, ...]
    mlp_outs: tuple[Piece, ...]
    after: Piece


def branch_name(kind: str, index: int) -> str:
    """Give the name of a branch: ``attn``, ``attn1``, ``mlp``, ``mlp1`` and so on."""
    return f"{kind}{index or ''}"


def parallel_stream_pieces(stream: ParallelStream, prefix: str) -> ParallelStreamPieces:
    """Give the pieces of a block whose sites are called ``<prefix>.hook_...``.

    resid_mid is seen where the first MLP takes it. A replaced one is given to the other
    MLPs too, and added to all their outputs again, in the expression of the block.
    """
    pre, mid, post = (f"{prefix}.hook_resid_{name}" for name in ("pre", "mid", "post"))
    attention_sites, mlp_sites = (
        tuple(
            f"{prefix}.hook_{branch_name(kind, index)}_out"
            for index in range(len(addends))
        )
        for kind, addends in (
            ("attn", stream.attention_addends),
            ("mlp", stream.mlp_addends),
        )
    )
    total = Recipe((pre, *attention_sites), added, is_sum=True)
    first, *others = stream.middles
    middles = [Piece((Tap(first, True, _middle(mid), (mid,)),), {mid: total})]
    middles += [Piece((Tap(part, True, _same(mid), (), (mid,)),)) for part in others]
    return ParallelStreamPieces(
        before=Piece((Tap(stream.block, True, passing(pre), (pre,)),)),
        attention_outs=tuple(
            Piece((Tap(addend, False, passing(site), (site,)),))
            for addend, site in zip(
                stream.attention_addends, attention_sites, strict=True
            )
        ),
        middles=tuple(middles),
        mlp_outs=tuple(
            Piece((Tap(addend, False, _addend(site, mid), (site,), (mid,)),))
            for addend, site in zip(stream.mlp_addends, mlp_sites, strict=True)
        ),
        after=Piece(
            (Tap(stream.block, False, _output(post, mid, mlp_sites), (post,), (mid,)),)
        ),
    )


def added(stream: Tensor, *addends: Tensor) -> Tensor:
    """Add what branches side by side give to the stream, as the block does."""
    return stream + torch.stack(addends).sum(dim=0)


def _middle(mid: str) -> Handler:
    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        new = run.visit(mid, value)
        run.scratch[mid] = None if new is value else new
        return new

    return handler


def _same(mid: str) -> Handler:
    """Handle the input of any but the first MLP."""

    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        new = run.scratch.get(mid)
        return value if new is None else new

    return handler


def _addend(site: str, mid: str) -> Handler:
    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        new = run.visit(site, value)
        if run.edits(mid):
            run.scratch[site] = new
        return new

    return handler


def _output(post: str, mid: str, addends: tuple[str, ...]) -> Handler:
    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        new_mid = run.scratch.pop(mid, None)
        if new_mid is not None:
            value = added(new_mid, *(taken(run, site) for site in addends))
        return run.visit(post, value)

    return handler
