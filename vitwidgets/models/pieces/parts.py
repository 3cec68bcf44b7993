"""The parts of a module that are tapped, whatever family it is of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch import Tensor, nn

    from vitwidgets.models.config import ViTConfig
    from vitwidgets.models.interception.tap import CallTap, Tap
    from vitwidgets.models.pieces.norm_kinds import NormLayout
    from vitwidgets.models.pieces.recipes import Recipe
    from vitwidgets.models.pieces.unembedding import TokenFeatures, Unembedding


def _no_recipes() -> dict[str, Recipe]:
    return {}


def _nothing_missing() -> dict[str, str]:
    return {}


@dataclass(frozen=True)
class Piece:
    """One piece of a model: how its sites are reached.

    Attributes
    ----------
    taps
        Its taps, in the order of the forward pass. Their sites are the piece's.
    recipes
        Which of its sites follow from others, by name.
    missing
        Names that such pieces have and this one lacks, with the reasons.
    unreachable
        Those of `missing` that this one computes all the same, out of reach.
    """

    taps: tuple[Tap | CallTap, ...]
    recipes: Mapping[str, Recipe] = field(default_factory=_no_recipes)
    missing: Mapping[str, str] = field(default_factory=_nothing_missing)
    unreachable: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Norm:
    """A norm: its insides can be derived where what it computes (`kind`) is known."""

    module: nn.Module
    kind: NormLayout | None


@dataclass(frozen=True)
class Heads:
    """The shape of an attention module's dot products.

    Attributes
    ----------
    n_heads, d_head
        Number of heads, and width of each.
    scale
        Factor on q in the attention scores.
    biased
        Whether something is added to the scores: relative positions, or a mask.
    """

    n_heads: int
    d_head: int
    scale: float
    biased: bool = False


@dataclass(frozen=True)
class Block:
    """One block of the main stack.

    Attributes
    ----------
    module, attention
        The block, and what holds its (first) attention.
    heads
        Shape of its dot products.
    scores_from_operands
        Whether its scores are the products of rot_q and rot_k (and the bias).
    d_mlp
        Number of its neurons.
    named_parts
        The tapped modules, with what they are, to tell that they are distinct.
    pieces
        Its pieces in the order of the forward pass.
    sums
        Sites of its stream with those that each is the sum of.
    run
        How it is called on tokens ``(1, token, d_model)`` that are made up, when a
        model is attached; None if it takes nothing but them.
    fixed_length
        Whether the usual number of them is needed for that; None if it is as soon as
        the scores have a bias.
    """

    module: nn.Module
    attention: nn.Module
    heads: Heads
    d_mlp: int
    named_parts: Sequence[tuple[str, nn.Module]]
    pieces: Sequence[Piece]
    scores_from_operands: bool = True
    sums: Sequence[tuple[str, tuple[str, ...]]] = (
        ("hook_resid_mid", ("hook_resid_pre", "hook_attn_out")),
        ("hook_resid_post", ("hook_resid_mid", "hook_mlp_out")),
    )
    run: Callable[[Tensor], Tensor] | None = None
    fixed_length: bool | None = None


@dataclass(frozen=True)
class Layout:
    """A model taken apart.

    Attributes
    ----------
    module
        The model.
    title
        What its family is called.
    patch_embed
        What makes tokens of the input.
    blocks
        Its main stack.
    config
        Its sizes.
    pads
        Whether it pads images to whole patches.
    taps, recipes
        Those of all its pieces.
    sites
        Names of its activations, in order; the values mean nothing.
    missing
        Names that its family has and it lacks, with the reasons.
    unreachable
        Those of `missing` that it computes all the same, out of reach.
    unembedding
        How single tokens are read out, or why they cannot be.
    features
        How its pooled features, or its embedding (`EmbeddedTokens`), follow from its
        tokens, or why they do not.
    """

    module: nn.Module
    title: str
    patch_embed: nn.Module
    blocks: tuple[Block, ...]
    config: ViTConfig
    pads: bool
    taps: tuple[Tap | CallTap, ...]
    recipes: Mapping[str, Recipe]
    sites: Mapping[str, None]
    missing: Mapping[str, str]
    unreachable: frozenset[str]
    unembedding: Unembedding | str
    features: TokenFeatures | str
