"""timm's blocks of several attentions, then several MLPs, side by side.

Touvron et al., "Three things everyone should know about Vision Transformers", 2022. The
sites of a branch other than the first have its index in their names: ``attn1``,
``ln1_1``, ``hook_attn1_out``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.families.module_checks import part_at, require_own_code
from vitwidgets.models.families.timm_branches import (
    attention_branch,
    require_known_pair,
    timm_neurons,
)
from vitwidgets.models.pieces.neurons import neurons_piece
from vitwidgets.models.pieces.norms import known_norm, norm_piece
from vitwidgets.models.pieces.parallel_stream import (
    ParallelStream,
    branch_name,
    parallel_stream_pieces,
)
from vitwidgets.models.pieces.parts import Block

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import nn

    from vitwidgets.models.families.tables import Family
    from vitwidgets.models.pieces.parts import Heads, Piece


@dataclass(frozen=True)
class _Branch:
    """One branch taken apart.

    Attributes
    ----------
    module, addend
        Its attention or MLP, and what gives its addend.
    heads
        Those of its attention.
    width
        Number of its MLP's neurons.
    """

    module: nn.Module
    addend: nn.Module
    parts: list[tuple[str, nn.Module]]
    pieces: tuple[Piece, ...]
    heads: Heads | None = None
    width: int = 0


def things_block(
    module: nn.Module, family: Family, block: nn.Module, index: int
) -> Block:
    """Take a block apart that has several attentions, then several MLPs."""
    where, prefix = f"block {index}", f"blocks.{index}"

    def holders(path: str) -> list[nn.Module]:
        holder = part_at(block, path, family.title, where)
        return list(cast("Iterable[nn.Module]", holder))

    ffns = holders("ffns")
    attentions = [
        _attention(module, family, block, holder, (index, branch))
        for branch, holder in enumerate(holders("attns"))
    ]
    mlps = [_mlp(family, holder, (index, branch)) for branch, holder in enumerate(ffns)]
    heads = attentions[0].heads
    if heads is None or any(branch.heads != heads for branch in attentions):
        raise UnsupportedModelError(
            f"the attentions of {where} differ in their heads: only models with the "
            f"same heads in each are supported"
        )
    stream = ParallelStream(
        block,
        tuple(branch.addend for branch in attentions),
        tuple(ffns),
        tuple(branch.addend for branch in mlps),
    )
    pieces = parallel_stream_pieces(stream, prefix)
    in_order = [pieces.before]
    for branch, out in zip(attentions, pieces.attention_outs, strict=True):
        in_order += [*branch.pieces, out]
    for middle, branch, out in zip(pieces.middles, mlps, pieces.mlp_outs, strict=True):
        in_order += [middle, *branch.pieces, out]
    parts = [("block", block)]
    for branch in (*attentions, *mlps):
        parts += branch.parts
    return Block(
        module=block,
        attention=attentions[0].module,
        heads=heads,
        d_mlp=mlps[0].width,
        named_parts=parts,
        pieces=(*in_order, pieces.after),
        sums=(
            ("hook_resid_mid", ("hook_resid_pre", *_outs("attn", len(attentions)))),
            ("hook_resid_post", ("hook_resid_mid", *_outs("mlp", len(mlps)))),
        ),
    )


def _outs(kind: str, count: int) -> list[str]:
    return [f"hook_{branch_name(kind, index)}_out" for index in range(count)]


def _attention(
    module: nn.Module,
    family: Family,
    block: nn.Module,
    holder: nn.Module,
    place: tuple[int, int],
) -> _Branch:
    """Take apart the attention in branch `place` (block, branch), with its norm."""
    layer, index = place
    where, prefix = f"block {layer}", f"blocks.{layer}"

    def part(path: str) -> nn.Module:
        return part_at(holder, path, family.title, where)

    attention = part("attn")
    require_known_pair(family, block, attention, where)
    require_own_code(attention, where)
    name = branch_name("attn", index)
    what = f"attention {index} of {where}"
    branch = attention_branch(module, family, attention, f"{prefix}.{name}", what)
    norm = norm_piece(
        known_norm(part("norm")),
        f"{prefix}.ln1{f'_{index}' if index else ''}",
        f"{prefix}.hook_resid_pre",
    )
    parts = {
        f"branch of {name}": holder,
        f"norm of {name}": part("norm"),
        name: attention,
        **{f"{path} of {name}": found for path, found in branch.parts.items()},
        f"addend of {name}": part("drop_path"),
    }
    return _Branch(
        module=attention,
        addend=part("drop_path"),
        parts=list(parts.items()),
        pieces=(norm, branch.piece),
        heads=branch.heads,
    )


def _mlp(family: Family, holder: nn.Module, place: tuple[int, int]) -> _Branch:
    """Take apart the MLP in branch `place` (block, branch), with its norm."""
    layer, index = place
    where, prefix = f"block {layer}", f"blocks.{layer}"

    def part(path: str) -> nn.Module:
        return part_at(holder, path, family.title, where)

    mlp = part("mlp")
    require_own_code(mlp, where)
    neurons = timm_neurons(mlp, family, where)
    name = branch_name("mlp", index)
    norm = norm_piece(
        known_norm(part("norm")),
        f"{prefix}.ln2{f'_{index}' if index else ''}",
        f"{prefix}.hook_resid_mid",
    )
    parts = {
        f"branch of {name}": holder,
        f"norm of {name}": part("norm"),
        name: mlp,
        f"activation of {name}": neurons.activation,
        f"down projection of {name}": neurons.down,
        f"addend of {name}": part("drop_path"),
    }
    if neurons.inner_norm is not None:
        parts[f"inner norm of {name}"] = neurons.inner_norm
    return _Branch(
        module=mlp,
        addend=part("drop_path"),
        parts=list(parts.items()),
        pieces=(norm, neurons_piece(neurons, f"{prefix}.{name}")),
        width=int(cast("Any", neurons.down).in_features),
    )
