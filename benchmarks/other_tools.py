"""Other ways to read and replace activations, to measure ours beside."""

from __future__ import annotations

import copy
import importlib
from typing import TYPE_CHECKING, Any

from timm.layers.attention import Attention

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    from torch import Tensor, nn


def nnsight_calls() -> ModuleType | str:
    """Give the module that calls nnsight, or why it can't be had."""
    try:
        return importlib.import_module("benchmarks.nnsight_calls")
    except ModuleNotFoundError as error:
        if error.name != "nnsight":
            raise
        return "nnsight is not installed: `make bench` installs it"


def twin(module: nn.Module) -> nn.Module:
    """Give a copy with the same weights, for tools that alter what they are given."""
    weights = (*module.parameters(), *module.buffers())
    return copy.deepcopy(module, {id(weight): weight for weight in weights})


def eager_twin(module: nn.Module) -> nn.Module:
    """Give such a copy whose softmax is a step of its own, so that hooks see it."""
    other = twin(module)
    for part in other.modules():
        if isinstance(part, Attention):
            part.fused_attn = False
    return other


def clone_everything(module: nn.Module, images: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Run a model with a hook on every part that clones what comes out of it."""
    kept: list[Tensor] = []

    def clone(_part: nn.Module, _args: object, output: Tensor) -> None:
        kept.append(output.clone())

    handles = [part.register_forward_hook(clone) for part in module.modules()]
    try:
        return module(images), kept
    finally:
        for handle in handles:
            handle.remove()


def without_heads(module: Any, images: Tensor, layer: int) -> Tensor:
    """Run a model with a bare hook that sets every head's z of one block to zero."""

    def zero(_part: nn.Module, args: tuple[Tensor]) -> tuple[Tensor]:
        return (args[0] * 0,)

    projection: nn.Module = module.blocks[layer].attn.proj
    handle = projection.register_forward_pre_hook(zero)
    try:
        return module(images)
    finally:
        handle.remove()


def megabytes(tensors: Iterable[Tensor]) -> float:
    """Give what tensors hold, memory that they share counted once."""
    storages = [tensor.untyped_storage() for tensor in tensors]
    return sum({s.data_ptr(): s.nbytes() for s in storages}.values()) / 1e6
