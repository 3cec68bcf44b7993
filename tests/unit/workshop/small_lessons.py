"""Lessons on the small random classifier, and plain runs of it to compare with."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import torch

from tests.unit.widgets.small_classifier import MODEL, PICTURE
from tests.unit.widgets.small_patcher import DONOR, pixels_of
from vitwidgets.workshop.bench import Bench
from vitwidgets.workshop.views import open_view

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.models import HookedViT
    from vitwidgets.workshop.lesson import Lesson


def bench_of(view: str, model: HookedViT = MODEL) -> Bench:
    return Bench(open_view(view, model, PICTURE, DONOR), model, PICTURE, DONOR)


@cache
def streams() -> Tensor:
    """Return the stream of timm's own module, ``(layer, token, channel)``."""
    module, found = MODEL.module, []
    handles = [
        module.blocks[0].register_forward_pre_hook(lambda _, x: found.append(x[0])),
        *(
            block.register_forward_hook(lambda _, __, out: found.append(out))
            for block in module.blocks
        ),
    ]
    with torch.no_grad():
        module(pixels_of(PICTURE))
    for handle in handles:
        handle.remove()
    return torch.cat(found)


@cache
def read() -> Tensor:
    """Return the logits of each token at each layer, ``(layer, token, class)``."""
    with torch.no_grad():
        return MODEL.module.head(MODEL.module.norm(streams()))


@cache
def attention() -> Tensor:
    """Return softmax of q k, ``(layer, head, query, key)``, from timm's weights."""
    found: list[Tensor] = []
    with torch.no_grad():
        for block, stream in zip(MODEL.module.blocks, streams(), strict=False):
            qkv = block.attn.qkv(block.norm1(stream))
            heads = block.attn.num_heads
            q, k, _ = qkv.unflatten(-1, (3, heads, -1)).permute(1, 2, 0, 3)
            found.append((q @ k.mT / q.shape[-1] ** 0.5).softmax(-1))
    return torch.stack(found)


def with_heads(copied: dict[int, list[int]]) -> Tensor:
    """Return the image's logits with heads of these blocks as in the donor's run."""
    modules = MODEL.module.blocks
    theirs: dict[int, Tensor] = {}

    def keep(at: int) -> Any:
        return lambda _, x: theirs.__setitem__(at, x[0])

    def put(at: int) -> Any:
        def hook(_: object, x: tuple[Tensor]) -> Tensor:
            size = x[0].shape[-1] // modules[at].attn.num_heads
            own = x[0].clone()
            for head in copied.get(at, []):
                part = slice(head * size, (head + 1) * size)
                own[..., part] = theirs[at][..., part]
            return own

        return hook

    for maker, image in ((keep, DONOR), (put, PICTURE)):
        handles = [
            block.attn.proj.register_forward_pre_hook(maker(at))
            for at, block in enumerate(modules)
        ]
        with torch.no_grad():
            logits = MODEL.module(pixels_of(image))[0]
        for handle in handles:
            handle.remove()
    return logits


def text_of(**changes: Any) -> dict[str, Any]:
    """Return a lesson's file as Python has it."""
    step = {
        "title": "First",
        "text": ["Of **{model}**."],
        "state": {"layer": "first", "head": 0},
    }
    question = {
        "ask": "Which looks at the class token most?",
        "check": "head_stands_out",
        "with": {"statistic": "cls_mass", "end": "most", "among": 1},
        "hints": ["One.", "Two."],
    }
    return {
        "format": "vitwidgets lesson",
        "version": 1,
        "title": "A lesson",
        "view": "AttentionHeadTour",
        "image": "cat-and-dog",
        "steps": [
            step,
            {
                **step,
                "title": "Second",
                "state": dict(step["state"]),
                "question": question,
            },
        ],
        **changes,
    }


def answerable(lesson: Lesson) -> list[int]:
    return [at for at, step in enumerate(lesson.steps) if step.question]
