"""The branches of timm's blocks, attention and MLP, matched to tables of classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from torch import nn

from vitwidgets.models.class_path import class_path
from vitwidgets.models.errors import ModelStateError
from vitwidgets.models.families.module_checks import part_at, refusal
from vitwidgets.models.families.tables import ATTENTIONS, MLPS
from vitwidgets.models.pieces.diff_attention import DiffAttention, diff_attention_piece
from vitwidgets.models.pieces.dot_product_attention import (
    DotProductAttention,
    dot_product_piece,
)
from vitwidgets.models.pieces.neurons import Neurons
from vitwidgets.models.pieces.packed_attention import (
    PackedAttention,
    packed_attention_piece,
)
from vitwidgets.models.pieces.parts import Heads

if TYPE_CHECKING:
    from vitwidgets.models.families.tables import AttentionLayout, Family
    from vitwidgets.models.pieces.parts import Piece


@dataclass(frozen=True)
class Branch:
    """An attention module taken apart: its heads, its tapped parts, its piece."""

    heads: Heads
    parts: dict[str, nn.Module]
    piece: Piece


def attention_branch(
    module: nn.Module, family: Family, attention: nn.Module, prefix: str, where: str
) -> Branch:
    """Take an attention module of a family apart.

    Parameters
    ----------
    module
        The model that it is of, which may hold what all blocks share.
    family
        The family.
    attention
        The module, of a class of the family's pairs.
    prefix
        Of its sites, such as ``blocks.3.attn``.
    where
        What to call it in messages, such as "the attention of block 3".
    """
    spec = ATTENTIONS[class_path(attention)]
    if spec.differential:
        return _diff_branch(family, attention, prefix, where)

    def part(path: str) -> nn.Module:
        return part_at(attention, path, family.title, where)

    untyped = cast("Any", attention)
    projection = part("proj")
    n_heads = int(untyped.num_heads)
    d_head = int(cast("Any", projection).in_features) // n_heads
    inner = None if spec.inner_norm is None else part(spec.inner_norm)
    # Older timm has no gate.
    gated = getattr(attention, "gate", None) is not None
    plain_mix = not gated and (inner is None or type(inner) is nn.Identity)
    norms = [part(path) for path in spec.norms]
    found: dict[str, nn.Module] = {}
    found.update(zip(("q_norm", "k_norm"), norms, strict=False))
    found["projection"] = projection
    if inner is not None:
        found["inner norm"] = inner
    if spec.packed:
        fused = bool(untyped.fused_attn)
        scale = float(d_head) ** -0.5 if fused else float(untyped.scale)
        heads, qkv = Heads(n_heads, d_head, scale), part("qkv")
        packed = PackedAttention(
            heads, qkv, norms[0], norms[1], part("norm"), projection, plain_mix
        )
        piece = packed_attention_piece(packed, prefix)
        return Branch(heads, {"qkv": qkv, **found}, piece)
    require_fused(attention, where)
    biased = _biased(attention, spec.bias) or _biased(module, family.shared_bias)
    heads = Heads(n_heads, d_head, float(d_head) ** -0.5, biased)
    qkv, separate = _sources(attention, spec)
    dot_product = DotProductAttention(
        module=attention,
        heads=heads,
        qkv=qkv,
        separate=separate,
        q_norm=norms[0] if norms else None,
        k_norm=norms[1] if norms else None,
        rotated=spec.rotated and getattr(module, "rope", None) is not None,
        projection=projection,
        between=() if plain_mix else None,
    )
    return Branch(heads, found, dot_product_piece(dot_product, prefix))


def _diff_branch(
    family: Family, attention: nn.Module, prefix: str, where: str
) -> Branch:
    require_fused(attention, where)
    untyped = cast("Any", attention)
    names = ("qkv", "q_norm", "k_norm", "sub_norm", "proj")
    parts = {name: part_at(attention, name, family.title, where) for name in names}
    half = int(untyped.head_dim)
    heads = Heads(int(untyped.num_heads), 2 * half, float(half) ** -0.5)
    diff = DiffAttention(
        module=attention,
        heads=heads,
        source=parts["qkv"],
        before_q=0,
        q_norm=parts["q_norm"],
        k_norm=parts["k_norm"],
        sub_norm=parts["sub_norm"],
        projection=parts["proj"],
    )
    return Branch(heads, parts, diff_attention_piece(diff, prefix))


def require_known_pair(
    family: Family, block: nn.Module, attention: nn.Module, where: str
) -> None:
    """Raise UnsupportedModelError for attention of a class not found in such blocks."""
    if (class_path(block), class_path(attention)) not in family.pairs:
        raise refusal(attention, f"the attention of {where}", family.title)


def require_fused(attention: nn.Module, where: str) -> None:
    """Raise ModelStateError if attention does not call the function that is caught."""
    if not getattr(attention, "fused_attn", True):
        raise ModelStateError(
            f"{where} does not use PyTorch's fused function "
            f"(fused_attn is False), where its operands are read: make the model anew "
            f"after timm.layers.set_fused_attn(True)"
        )


def _biased(holder: nn.Module, name: str | None) -> bool:
    return name is not None and getattr(holder, name, None) is not None


def _sources(
    attention: nn.Module, spec: AttentionLayout
) -> tuple[nn.Module | None, tuple[nn.Module, ...]]:
    """Give what makes q, k and v: in one tensor, or each, or neither."""
    untyped = cast("Any", attention)
    if untyped.qkv is None:
        return None, (untyped.q_proj, untyped.k_proj, untyped.v_proj)
    if spec.split_bias is not None and getattr(attention, spec.split_bias) is not None:
        return None, ()
    return untyped.qkv, ()


def timm_neurons(mlp: nn.Module, family: Family, where: str) -> Neurons:
    """Take an MLP of any known class apart; `where` is such as "block 3"."""
    spec = MLPS.get(class_path(mlp))
    if spec is None:
        raise refusal(mlp, f"the MLP of {where}", family.title)

    def part(path: str) -> nn.Module:
        return part_at(mlp, path, family.title, where)

    return Neurons(
        activation=part(spec.activation),
        inner_norm=part(spec.inner_norm) if spec.inner_norm else None,
        down=part(spec.down),
        gated=spec.gated,
    )
