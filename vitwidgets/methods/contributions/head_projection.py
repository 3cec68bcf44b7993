"""The linear layer from a block's heads to the stream, and what multiplies it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from vitwidgets.models.class_path import class_path
from vitwidgets.models.families.tables import ATTENTIONS
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from vitwidgets.models.pieces.parts import Layout

_TORCH = "torch.nn.modules."


def head_projection(layout: Layout, layer: int) -> nn.Module | None:
    """Give the module that projects the heads of a block.

    `plain_linear` says whether it is known to be linear.
    """
    z = in_block(layer, "attn.hook_z")
    module = next((tap.module for tap in layout.taps if z in tap.sites), None)
    # torch's own attention does not call its projection, but uses its numbers.
    return module.out_proj if isinstance(module, nn.MultiheadAttention) else module


def plain_linear(module: nn.Module | None) -> nn.Linear | None:
    """Give a module if it is known to be one linear layer and nothing else."""
    if isinstance(module, nn.Linear) and type(module).__module__.startswith(_TORCH):
        return module
    return None


def layer_scale(block: nn.Module, which: str) -> Tensor | None:
    """Give what multiplies the output of a block's half, where something does.

    Parameters
    ----------
    block
        The block.
    which
        "1" for attention and "2" for the MLP.
    """
    for name in (f"ls{which}", f"ls_{which}", f"gamma_{which}", "ls"):
        found = getattr(block, name, None)
        if isinstance(found, Tensor):
            return found
        gamma = getattr(found, "gamma", None)
        if isinstance(gamma, Tensor):
            return gamma
    return None


def between_heads_and_projection(
    attention: nn.Module,
) -> tuple[nn.Module | None, nn.Module | None]:
    """Give the norm and the gate between the weighted values and the projection.

    Differential attention has a norm of each head's own, after which heads are taken.
    """
    spec = ATTENTIONS.get(class_path(attention))
    if spec is None or spec.differential:
        return None, None
    inner = getattr(attention, spec.inner_norm, None) if spec.inner_norm else None
    gate = getattr(attention, "gate", None)
    return None if type(inner) is nn.Identity else inner, gate
