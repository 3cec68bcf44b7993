"""Time and memory of reading activations, beside other ways to do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from benchmarks import other_tools
from benchmarks.measuring import milliseconds, short, take_turns
from benchmarks.subjects import Subject
from vitwidgets import HookedViT

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

SUBJECTS = (
    Subject("ViT-B/16, batch 1", "vit_base_patch16_224", batch=1, rounds=9),
    Subject("ViT-B/16, batch 8", "vit_base_patch16_224", batch=8, rounds=3),
    Subject("ViT-L/14 at 336", "vit_large_patch14_clip_336", batch=1, rounds=3),
)
ADDENDS_AND_STREAMS = ["blocks.*.hook_attn_out", "blocks.*.hook_resid_post"]
BUDGET = 4 << 30  # bytes; more than any of these caches holds

PLAIN = "timm forward"
HOOK = "one intervention"
EVERYTHING = "every site"
STREAMS = "attention outputs and streams"
CLONES = "every part cloned by a hook, eager attention"
NNSIGHT = "nnsight: attention outputs and streams"
COLUMNS = (PLAIN, HOOK, EVERYTHING, STREAMS, CLONES, NNSIGHT)


@dataclass(frozen=True)
class Reading:
    """One line of the table of tools: a model, and a cell for each of COLUMNS."""

    model: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Way:
    """A way to run a model.

    Attributes
    ----------
    call
        Runs it; gives the logits and what is kept beside.
    expected
        What the logits have to be.
    megabytes
        What is kept -> how much memory that is.
    """

    call: Callable[[], tuple[Tensor, Any]]
    expected: Tensor
    megabytes: Callable[[Any], float]


def readings(subjects: tuple[Subject, ...] = SUBJECTS) -> list[Reading]:
    """Measure each model read in every way."""
    with torch.no_grad():
        return [_reading(subject) for subject in subjects]


def _reading(subject: Subject) -> Reading:
    module, images = subject.build()
    plain = module(images)
    ways = _our_ways(module, images, plain) | _other_ways(module, images, plain)
    held = {name: _checked_megabytes(name, way) for name, way in ways.items()}
    timings = take_turns(
        {PLAIN: lambda: module(images), **{name: ways[name].call for name in ways}},
        rounds=subject.rounds,
    )
    cells = {PLAIN: milliseconds(timings[PLAIN].seconds)}
    for name, megabytes in held.items():
        memory = f", {short(megabytes)} MB" if megabytes else ""
        cells[name] = f"{timings[name].ratio:.3f} x{memory}"
    return Reading(
        subject.title, tuple(cells.get(name, "not installed") for name in COLUMNS)
    )


def _checked_megabytes(name: str, way: Way) -> float:
    logits, kept = way.call()
    if not torch.allclose(logits, way.expected, rtol=1e-4, atol=1e-4):
        raise AssertionError(f"{name!r} changed the logits")
    return way.megabytes(kept)


def _our_ways(module: Any, images: Tensor, plain: Tensor) -> dict[str, Way]:
    model = HookedViT(module)
    layer = len(module.blocks) // 2
    edit = [(f"blocks.{layer}.attn.hook_z", lambda z, _hook: z * 0)]

    def cached(sites: list[str] | None) -> Way:
        return Way(
            lambda: model.run_with_cache(images, sites, budget=BUDGET),
            plain,
            lambda cache: cache.nbytes / 1e6,
        )

    return {
        HOOK: Way(
            lambda: (model.run_with_hooks(images, fwd_hooks=edit), None),
            other_tools.without_heads(module, images, layer),
            lambda _: 0.0,
        ),
        EVERYTHING: cached(None),
        STREAMS: cached(ADDENDS_AND_STREAMS),
    }


def _other_ways(module: Any, images: Tensor, plain: Tensor) -> dict[str, Way]:
    eager = other_tools.eager_twin(module)
    ways = {
        CLONES: Way(
            lambda: other_tools.clone_everything(eager, images),
            plain,
            other_tools.megabytes,
        )
    }
    nnsight = other_tools.nnsight_calls()
    if not isinstance(nnsight, str):
        traced = nnsight.TracedViT(other_tools.twin(module))
        ways[NNSIGHT] = Way(
            lambda: traced.streams(images), plain, other_tools.megabytes
        )
    return ways
