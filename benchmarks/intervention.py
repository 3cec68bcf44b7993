"""What one intervention costs where nothing else does: on a toy of 12 blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from benchmarks import other_tools
from benchmarks.measuring import Row, milliseconds, take_turns
from benchmarks.subjects import toy
from vitwidgets import HookedViT

if TYPE_CHECKING:
    from collections.abc import Callable

BUDGET = 150e-6
LAYER = 6
ROUNDS = 300


def rows(rounds: int = ROUNDS) -> list[Row]:
    """Set one block's heads to zero: with ours, a bare hook of torch, and nnsight."""
    module, images = toy()
    model = HookedViT(module, name="toy")
    edit = [(f"blocks.{LAYER}.attn.hook_z", _zero)]
    calls: dict[str, Callable[[], torch.Tensor]] = {
        "ours": lambda: model.run_with_hooks(images, fwd_hooks=edit),
        "a bare hook of torch": lambda: other_tools.without_heads(
            module, images, LAYER
        ),
    }
    nnsight = other_tools.nnsight_calls()
    remark = f"; {nnsight}" if isinstance(nnsight, str) else ""
    if not isinstance(nnsight, str):
        traced = nnsight.TracedViT(other_tools.twin(module))
        calls[nnsight.TITLE] = lambda: traced.without_heads(images, LAYER)
    with torch.no_grad():
        expected = calls["a bare hook of torch"]()
        for name, call in calls.items():
            if not torch.equal(call(), expected):
                raise AssertionError(f"{name} made another change than a bare hook")
        timings = take_turns({"plain": lambda: module(images), **calls}, rounds=rounds)
    plain, ours = timings.pop("plain"), timings.pop("ours")
    others = "".join(f", {n} + {_us(other.extra)}" for n, other in timings.items())
    return [
        Row(
            "one intervention, overhead on a 12-block toy",
            f"timm forward {milliseconds(plain.seconds)}{others}{remark}",
            f"+ {_us(ours.extra)}",
            f"+ {_us(BUDGET)}",
            ours.extra <= BUDGET,
        )
    ]


def _zero(z: torch.Tensor, _hook: object) -> torch.Tensor:
    return z * 0


def _us(seconds: float) -> str:
    return f"{1e6 * seconds:.0f} us"
