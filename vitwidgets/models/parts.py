"""The parts of a module that are tapped, whatever family it is of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import nn

    from vitwidgets.models.config import ViTConfig
    from vitwidgets.models.families import Family, NormLayout


@dataclass(frozen=True)
class Norm:
    """A norm: its insides can be derived where what it computes (`kind`) is known."""

    module: nn.Module
    kind: NormLayout | None


@dataclass(frozen=True)
class BlockLayout:
    """The tapped parts of one block.

    Attributes
    ----------
    mlp_gated
        Whether the neurons' activation is multiplied by a second branch.
    mix_is_z
        Whether nothing (no inner norm, no gate) comes between pattern · v and the
        output projection.
    scale
        Factor on q in the attention scores.
    """

    module: nn.Module
    ln1: Norm
    attention: nn.Module
    qkv: nn.Module
    q_norm: nn.Module
    k_norm: nn.Module
    inner_norm: nn.Module
    projection: nn.Module
    attention_addend: nn.Module
    ln2: Norm
    activation: nn.Module
    mlp_inner_norm: nn.Module | None
    down: nn.Module
    mlp_addend: nn.Module
    mlp_gated: bool
    mix_is_z: bool
    n_heads: int
    d_head: int
    scale: float


@dataclass(frozen=True)
class Layout:
    """The tapped parts of a model, with its sizes and sites.

    Attributes
    ----------
    ln_pre, final_norm
        None where the model has none.
    norm_after_pool
        Whether the final norm takes the pooled features, not the tokens.
    sites
        Names of its activations, in order; the values mean nothing.
    missing
        Names that its family has and it lacks, with the reasons.
    """

    module: nn.Module
    family: Family
    patch_embed: nn.Module
    full_embed: nn.Module
    ln_pre: nn.Module | None
    final_norm: Norm | None
    norm_after_pool: bool
    pooled_norm: nn.Module
    blocks: tuple[BlockLayout, ...]
    config: ViTConfig
    sites: Mapping[str, None]
    missing: Mapping[str, str]
