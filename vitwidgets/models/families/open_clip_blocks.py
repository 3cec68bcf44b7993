"""The stack of blocks that open_clip's image and text towers share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from torch import nn

from vitwidgets.models.class_path import class_path
from vitwidgets.models.errors import ModelStateError, UnsupportedModelError
from vitwidgets.models.families.module_checks import part_at, refusal, require_own_code
from vitwidgets.models.pieces.dot_product_attention import (
    DotProductAttention,
    dot_product_piece,
)
from vitwidgets.models.pieces.multihead_attention import (
    MultiheadAttention,
    multihead_attention_piece,
)
from vitwidgets.models.pieces.neurons import Neurons, neurons_piece
from vitwidgets.models.pieces.norms import known_norm, norm_piece
from vitwidgets.models.pieces.parts import Block, Heads
from vitwidgets.models.pieces.stream import Stream, stream_pieces
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vitwidgets.models.pieces.parts import Piece

_TRANSFORMER = "open_clip.transformer"
_ATTENTIONS = {
    f"{_TRANSFORMER}.ResidualAttentionBlock": "torch.nn.modules.activation."
    "MultiheadAttention",
    f"{_TRANSFORMER}.CustomResidualAttentionBlock": f"{_TRANSFORMER}.Attention",
}
"""Classes of blocks with those of their attention."""

_MLPS = (["c_fc", "gelu", "c_proj"], ["c_fc", "gelu", "ln", "c_proj"])
"""Names of the parts of an MLP, in order."""


def open_clip_blocks(tower: nn.Module, title: str, *, masked: bool) -> list[Block]:
    """Take the blocks of a tower apart.

    Parameters
    ----------
    tower
        The tower, its stack being `transformer.resblocks`.
    title
        What its family is called.
    masked
        Whether it gives its blocks a mask.

    Raises
    ------
    UnsupportedModelError
        If parts are of other classes, or computed in a way that is not supported.
    ModelStateError
        If forward methods were replaced.
    """
    stack = part_at(tower, "transformer", title, "the model")
    if class_path(stack) != f"{_TRANSFORMER}.Transformer":
        raise refusal(stack, "its stack of blocks", title)
    require_own_code(stack, "the stack of blocks")
    if not getattr(stack, "batch_first", False):
        raise UnsupportedModelError(
            "its blocks take tokens before the batch (batch_first is not set), where "
            "activations of many images could not be told apart: make the model with a "
            "newer open_clip, whose towers are batch first"
        )
    # Module.children would leave out a block that is there twice.
    modules = list(cast("Iterable[nn.Module]", stack.resblocks))
    if not modules:
        raise UnsupportedModelError("this transformer has no blocks at all")
    return [_block(module, title, i, masked) for i, module in enumerate(modules)]


def last_stream(blocks: list[Block]) -> str:
    """Give the site of the stream after the last block."""
    return in_block(len(blocks) - 1, "hook_resid_post")


def _block(block: nn.Module, title: str, index: int, masked: bool) -> Block:
    where, prefix = f"block {index}", f"blocks.{index}"
    if class_path(block) not in _ATTENTIONS:
        raise refusal(block, where, title)

    def part(path: str) -> nn.Module:
        return part_at(block, path, title, where)

    attention, mlp = part("attn"), part("mlp")
    if class_path(attention) != _ATTENTIONS[class_path(block)]:
        raise refusal(attention, f"the attention of {where}", title)
    steps = [name for name, _ in mlp.named_children()]
    if type(mlp) is not nn.Sequential or steps not in _MLPS:
        raise refusal(mlp, f"the MLP of {where}", title)
    for piece in (block, attention, mlp):
        require_own_code(piece, where)
    heads, attention_piece = _attention(attention, index, masked)
    neurons = Neurons(
        activation=part("mlp.gelu"),
        inner_norm=part("mlp.ln") if "ln" in steps else None,
        down=part("mlp.c_proj"),
        gated=False,
    )
    stream = Stream(block, part("ls_1"), part("ln_2"), part("ls_2"))
    streams = stream_pieces(stream, prefix)
    ln1, ln2 = (
        norm_piece(
            known_norm(part(path)), f"{prefix}.{name}", f"{prefix}.hook_{source}"
        )
        for path, name, source in (
            ("ln_1", "ln1", "resid_pre"),
            ("ln_2", "ln2", "resid_mid"),
        )
    )
    parts = {
        "block": block,
        "ln1": part("ln_1"),
        "attention": attention,
        "output projection": part("attn.out_proj"),
        "attention_addend": stream.attention_addend,
        "ln2": stream.middle,
        "activation": neurons.activation,
        "inner norm of the MLP": neurons.inner_norm,
        "down projection": neurons.down,
        "mlp_addend": stream.mlp_addend,
    }
    return Block(
        module=block,
        attention=attention,
        heads=heads,
        d_mlp=int(cast("Any", neurons.down).in_features),
        named_parts=[(name, part) for name, part in parts.items() if part is not None],
        pieces=(
            streams.before,
            ln1,
            attention_piece,
            streams.attention_out,
            streams.middle,
            ln2,
            neurons_piece(neurons, f"{prefix}.mlp"),
            streams.mlp_out,
            streams.after,
        ),
    )


def _attention(attention: nn.Module, index: int, masked: bool) -> tuple[Heads, Piece]:
    untyped = cast("Any", attention)
    d_head = int(untyped.head_dim)
    heads = Heads(int(untyped.num_heads), d_head, float(d_head) ** -0.5, masked)
    prefix, where = in_block(index, "attn"), f"the attention of block {index}"
    if isinstance(attention, nn.MultiheadAttention):
        _require_plain(attention, where)
        source = in_block(index, "ln1.hook_ln_out")
        plain = MultiheadAttention(attention, heads, source)
        return heads, multihead_attention_piece(plain, prefix)
    if untyped.logit_scale is not None:
        raise UnsupportedModelError(
            f"{where} is scaled cosine attention, which open_clip itself cannot run "
            f"(its matrix products take three axes and are given four)"
        )
    if not untyped.use_fsdpa:
        raise ModelStateError(
            f"{where} does not use PyTorch's fused function (use_fsdpa is False), "
            f"where its operands are read: set use_fsdpa to True"
        )
    plain_mix = untyped.head_scale is None and type(untyped.ln_inner) is nn.Identity
    custom = DotProductAttention(
        module=attention,
        heads=heads,
        qkv=None,
        separate=(),
        q_norm=untyped.ln_q,
        k_norm=untyped.ln_k,
        rotated=False,
        projection=untyped.out_proj,
        between=(untyped.ln_inner,) if plain_mix else None,
    )
    return heads, dot_product_piece(custom, prefix)


def _require_plain(attention: nn.MultiheadAttention, where: str) -> None:
    untyped = cast("Any", attention)
    plain: bool = (
        untyped.batch_first
        and untyped.kdim == untyped.vdim == untyped.embed_dim
        and untyped.bias_k is None
        and not untyped.add_zero_attn
    )
    if not plain:
        raise UnsupportedModelError(
            f"{where} is not as open_clip makes it (batch first, keys and values of "
            f"the width of its input, no tokens added): its activations would be "
            f"named wrongly"
        )
