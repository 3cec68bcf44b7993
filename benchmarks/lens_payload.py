"""Bytes of a logit lens that reach the page."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import torch

from benchmarks.measuring import Row
from benchmarks.payload import opened
from benchmarks.subjects import VIT_B, Subject
from vitwidgets import EmojiLogitLens, HookedViT
from vitwidgets.wire import replies

BUDGET = 1.5e6


def rows(subject: Subject = VIT_B) -> list[Row]:
    """Count the bytes of every message that a lens of a model sends, code and all."""
    lens, opening = opened_lens(subject)
    answers = lens.answers()
    more = sum(
        len(json.dumps(reply.content)) + sum(map(len, reply.buffers))
        for answer in (
            answers["lens"](lens="plain", norm="final"),
            answers["sprites"](),
        )
        for reply in replies("count", answer)
    )
    page = _page_bytes(lens)
    return [
        Row(
            f"bytes of a lens of {subject.title}, one image, every token and layer",
            f"all logits: {_all_logits(lens) / 1e6:.1f} MB",
            f"{opening / 1e6:.2f} MB",
            f"{BUDGET / 1e6} MB",
            opening <= BUDGET,
        ),
        Row(
            "the same, with the other norm and a picture of every emoji",
            "the same",
            f"{(opening + more) / 1e6:.2f} MB",
            f"{BUDGET / 1e6} MB",
            opening + more <= BUDGET,
        ),
        Row(
            "the lens as a page of its own, view, emoji and maps of some classes",
            "the same",
            f"{page / 1e6:.2f} MB",
            f"{BUDGET / 1e6} MB",
            page <= BUDGET,
        ),
    ]


def opened_lens(subject: Subject = VIT_B) -> tuple[EmojiLogitLens, int]:
    """Open a lens of one image of a model; return it and its first bytes."""
    module, images = subject.build()
    model = HookedViT(module)
    picture = torch.rand(images.shape[1:])
    lens, messages = opened(lambda: EmojiLogitLens(model, picture))
    return lens, sum(
        len(json.dumps(data)) + sum(map(len, buffers)) for data, buffers in messages
    )


def _all_logits(lens: EmojiLogitLens) -> int:
    floats = (lens.n_layers + 1) * lens.n_tokens * len(lens.class_names)
    return 4 * floats


def _page_bytes(lens: EmojiLogitLens) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lens.html"
        lens.to_html(path)
        return path.stat().st_size
