"""Where things are in the blocks of timm and open_clip, read from their sources.

The table of the oracle in `plain_hooks`; nothing of it comes from vitwidgets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import nn


@dataclass(frozen=True)
class Attention:
    """Paths in an attention module.

    Attributes
    ----------
    q_norm, k_norm
        What takes q and k before anything is done to them; None where nothing does.
    heads_first
        Whether these take ``(batch, head, token, d_head)``.
    projection
        The output projection; None where it is no call of a module.
    """

    q_norm: str | None = "q_norm"
    k_norm: str | None = "k_norm"
    heads_first: bool = True
    projection: str | None = "proj"


@dataclass(frozen=True)
class Branch:
    """One attention or MLP of a block, with what it adds to the stream.

    Attributes
    ----------
    path
        The attention or MLP.
    addend
        What gives the addend.
    scale
        LayerScale: a module with a gamma, or a parameter.
    """

    path: str
    addend: str
    scale: str | None = None


@dataclass(frozen=True)
class Block:
    """Paths in a block.

    Attributes
    ----------
    attentions, mlps
        Its branches; those of one kind run side by side.
    norms
        Norms by the prefix of their sites.
    attention_norm
        The norm between the attention and the stream.
    stream_argument
        Which of its arguments is the stream.
    """

    attentions: tuple[Branch, ...] = (Branch("attn", "drop_path1", "ls1"),)
    mlps: tuple[Branch, ...] = (Branch("mlp", "drop_path2", "ls2"),)
    norms: Mapping[str, str] = field(
        default_factory=lambda: {"ln1": "norm1", "ln2": "norm2"}
    )
    attention_norm: str | None = None
    stream_argument: int = 0


_GAMMAS = {
    "attentions": (Branch("attn", "drop_path1", "gamma_1"),),
    "mlps": (Branch("mlp", "drop_path2", "gamma_2"),),
}
_ONE_DROP_PATH = {
    "attentions": (Branch("attn", "drop_path", "gamma_1"),),
    "mlps": (Branch("mlp", "drop_path", "gamma_2"),),
}
_OPEN_CLIP = {
    "attentions": (Branch("attn", "ls_1", "ls_1"),),
    "mlps": (Branch("mlp", "ls_2", "ls_2"),),
    "norms": {"ln1": "ln_1", "ln2": "ln_2"},
}

BLOCKS: dict[str, Block] = {
    "vision_transformer.Block": Block(),
    "vision_transformer.ResPostBlock": Block(attention_norm="norm1"),
    "vision_transformer.ParallelThingsBlock": Block(
        attentions=tuple(
            Branch(f"attns.{i}.attn", f"attns.{i}.drop_path", f"attns.{i}.ls")
            for i in range(2)
        ),
        mlps=tuple(
            Branch(f"ffns.{i}.mlp", f"ffns.{i}.drop_path", f"ffns.{i}.ls")
            for i in range(2)
        ),
        norms={
            "ln1": "attns.0.norm",
            "ln1_1": "attns.1.norm",
            "ln2": "ffns.0.norm",
            "ln2_1": "ffns.1.norm",
        },
    ),
    "eva.EvaBlock": Block(**_GAMMAS),
    "eva.EvaBlockPostNorm": Block(attention_norm="norm1"),
    "beit.Block": Block(**_GAMMAS),
    "vision_transformer_relpos.RelPosBlock": Block(),
    "vision_transformer_relpos.ResPostRelPosBlock": Block(attention_norm="norm1"),
    "deepseek_vit.DeepseekVitBlock": Block(),
    "transformer.ResidualAttentionBlock": Block(**_OPEN_CLIP),
    "transformer.CustomResidualAttentionBlock": Block(
        **_OPEN_CLIP, attention_norm="ln_attn"
    ),
    "cait.LayerScaleBlock": Block(**_ONE_DROP_PATH),
    "cait.LayerScaleBlockClassAttn": Block(**_ONE_DROP_PATH, stream_argument=1),
    "gemma4_vit.Gemma4Block": Block(
        attentions=(Branch("attn", "drop_path"),),
        mlps=(Branch("mlp", "drop_path"),),
        norms={
            "ln1": "norm1",
            "ln1_post": "norm2",
            "ln2": "norm3",
            "ln2_post": "norm4",
        },
        attention_norm="norm2",
    ),
    "vision_transformer_sam.Block": Block(),
}
"""By class, with the last part of its module's name."""

PARALLEL = {
    "vision_transformer.ParallelScalingBlock",
    "vision_transformer.DiffParallelScalingBlock",
}
"""Blocks that are their own attention, beside an MLP."""

ATTENTIONS: dict[str, Attention] = {
    "attention.Attention": Attention(),
    "attention.AttentionRope": Attention(),
    "eva.EvaAttention": Attention(),
    "beit.Attention": Attention(q_norm=None, k_norm=None),
    "vision_transformer_relpos.RelPosAttention": Attention(),
    "transformer.Attention": Attention("ln_q", "ln_k", projection="out_proj"),
    "activation.MultiheadAttention": Attention(None, None, projection=None),
    "cait.TalkingHeadAttn": Attention(None, None),
    "cait.ClassAttn": Attention(None, None),
    "diff_attention.DiffAttention": Attention(),
    "vision_transformer.ParallelScalingBlock": Attention(
        heads_first=False, projection="attn_out_proj"
    ),
    "vision_transformer.DiffParallelScalingBlock": Attention(),
    "gemma4_vit.Gemma4Attention": Attention(heads_first=False, projection="o_proj"),
    "vision_transformer_sam.Attention": Attention(),
}
"""By class."""


DOWN = ("fc2", "w2", "c_proj", "down_proj")


def class_of(module: nn.Module) -> str:
    """Give a class with the last part of its module's name."""
    kind = type(module)
    return f"{kind.__module__.rpartition('.')[2]}.{kind.__qualname__}"


def part(module: nn.Module, *paths: str) -> nn.Module:
    """Give the part at the first path that exists."""
    parts = (attribute(module, path) for path in paths)
    return next(found for found in parts if found is not None)


def attribute(module: nn.Module, path: str) -> Any:
    """Give what is at a path, None where nothing is."""
    value: Any = module
    for name in path.split("."):
        value = getattr(value, name, None)
    return value


def core_of(module: nn.Module) -> nn.Module:
    """Give the model in a wrapper."""
    return getattr(module, "trunk", getattr(module, "encoder", module))


def named_blocks(module: nn.Module) -> list[tuple[str, nn.Module]]:
    """Give the blocks of a model with the prefixes of their sites."""
    core = core_of(module)
    main, tail = part(core, "blocks", "transformer.resblocks"), ()
    tail = getattr(core, "blocks_token_only", tail)
    return [
        *((f"blocks.{index}", block) for index, block in enumerate(main)),
        *((f"token_blocks.{index}", block) for index, block in enumerate(tail)),
    ]


def named_attentions(prefix: str, block: nn.Module) -> list[tuple[str, nn.Module]]:
    """Give the attentions of a block with the prefixes of their sites."""
    if class_of(block) in PARALLEL:
        return [(f"{prefix}.attn", block)]
    return [
        (f"{prefix}.{numbered('attn', index)}", part(block, branch.path))
        for index, branch in enumerate(BLOCKS[class_of(block)].attentions)
    ]


def numbered(name: str, index: int) -> str:
    """Give the name of a branch: the first of its kind has no number."""
    return f"{name}{index or ''}"


def projection_of(attention: nn.Module) -> nn.Module:
    """Give the linear layer whose first columns take the heads' values."""
    plan = ATTENTIONS[class_of(attention)]
    projection = part(attention, plan.projection or "out_proj", "out_proj")
    return getattr(projection, "linear", projection)
