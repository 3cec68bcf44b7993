"""timm's blocks, matched to the classes of their family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from vitwidgets.models.class_path import class_path
from vitwidgets.models.families.module_checks import part_at, refusal, require_own_code
from vitwidgets.models.families.parallel_scaling import scaling_block
from vitwidgets.models.families.parallel_things import things_block
from vitwidgets.models.families.timm_branches import (
    attention_branch,
    require_known_pair,
    timm_neurons,
)
from vitwidgets.models.pieces.neurons import neurons_piece
from vitwidgets.models.pieces.norms import known_norm, norm_piece
from vitwidgets.models.pieces.parts import Block
from vitwidgets.models.pieces.stream import Stream, stream_pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import nn

    from vitwidgets.models.families.tables import Family


def timm_block(
    module: nn.Module, family: Family, block: nn.Module, index: int
) -> Block:
    """Take a block of a family apart.

    Parameters
    ----------
    module
        The model that it is of, which may hold what all blocks share.
    family
        The family.
    block, index
        The block and its place.

    Raises
    ------
    UnsupportedModelError
        If it, or a part of it, is of a class that the family has not.
    ModelStateError
        If its code was replaced, or does not call what is caught.
    """
    where = f"block {index}"
    known = {kind for kind, _ in family.pairs}
    if class_path(block) not in known:
        raise refusal(block, where, family.title)
    require_own_code(block, where)
    take_apart = _PARALLEL.get(class_path(block), _sequential_block)
    return take_apart(module, family, block, index)


def _sequential_block(
    module: nn.Module, family: Family, block: nn.Module, index: int
) -> Block:
    """Take a block apart whose MLP follows its attention."""
    where, prefix = f"block {index}", f"blocks.{index}"

    def part(path: str) -> nn.Module:
        return part_at(block, path, family.title, where)

    attention, mlp = part("attn"), part("mlp")
    require_known_pair(family, block, attention, where)
    for piece in (attention, mlp):
        require_own_code(piece, where)
    post_norm = class_path(block) in family.post_norm
    stream = Stream(
        block,
        part("drop_path1"),
        mlp if post_norm else part("norm2"),
        part("drop_path2"),
    )
    norms = (part("norm1"), part("norm2"))
    branch = attention_branch(
        module, family, attention, f"{prefix}.attn", f"the attention of {where}"
    )
    neurons = timm_neurons(mlp, family, where)
    streams = stream_pieces(stream, prefix)
    sources = (f"{prefix}.hook_resid_pre", f"{prefix}.hook_resid_mid")
    norm_pieces = [
        norm_piece(known_norm(norm), f"{prefix}.{name}", None if post_norm else source)
        for norm, name, source in zip(norms, ("ln1", "ln2"), sources, strict=True)
    ]
    ln1, ln2 = norm_pieces
    mlp_piece = neurons_piece(neurons, f"{prefix}.mlp")
    first = (branch.piece, ln1) if post_norm else (ln1, branch.piece)
    second = (mlp_piece, ln2) if post_norm else (ln2, mlp_piece)
    parts = {
        "block": block,
        "ln1": norms[0],
        "attention": attention,
        **branch.parts,
        "attention_addend": stream.attention_addend,
        "ln2": norms[1],
        "activation": neurons.activation,
        "inner norm of the MLP": neurons.inner_norm,
        "down projection": neurons.down,
        "mlp_addend": stream.mlp_addend,
    }
    return Block(
        module=block,
        attention=attention,
        heads=branch.heads,
        d_mlp=int(cast("Any", neurons.down).in_features),
        named_parts=[(name, part) for name, part in parts.items() if part is not None],
        pieces=(
            streams.before,
            *first,
            streams.attention_out,
            streams.middle,
            *second,
            streams.mlp_out,
            streams.after,
        ),
    )


_VIT = "timm.models.vision_transformer"
_PARALLEL: Mapping[str, Callable[[nn.Module, Family, nn.Module, int], Block]] = {
    f"{_VIT}.ParallelScalingBlock": scaling_block,
    f"{_VIT}.DiffParallelScalingBlock": scaling_block,
    f"{_VIT}.ParallelThingsBlock": things_block,
}
"""What takes blocks apart whose branches run side by side, by class."""
