"""Bytes that reach the page, and the size of the view itself."""

from __future__ import annotations

from pathlib import Path

import comm
import torch

import vitwidgets
from benchmarks.measuring import Row
from benchmarks.subjects import VIT_B, Subject
from vitwidgets import AttentionHeadTour, HookedViT
from vitwidgets.wire import replies

ALL_BUDGET = 6e6
FIRST_BUDGET = 0.5e6
BUNDLE_BUDGET = 100_000


def rows(subject: Subject = VIT_B) -> list[Row]:
    """Count the bytes of every message that a tour of a model sends."""
    tour, opening = opened_tour(subject)
    answers = tour.answers()
    layers = sum(
        len(buffer)
        for layer in range(tour.n_layers)
        for reply in replies("count", answers["attention"](layer=layer))
        for buffer in reply.buffers
    )
    return [
        Row(
            f"bytes to show all attention of {subject.title}, one image",
            "ViT-Prisma: 222 MB",
            f"{(opening + layers) / 1e6:.2f} MB",
            f"{ALL_BUDGET / 1e6:.0f} MB",
            opening + layers <= ALL_BUDGET,
        ),
        Row(
            "bytes before its first picture",
            "ViT-Prisma: 18.5 MB (a layer)",
            f"{opening / 1e6:.2f} MB",
            f"{FIRST_BUDGET / 1e6} MB",
            opening <= FIRST_BUDGET,
        ),
        *_bundles(),
    ]


def opened_tour(subject: Subject = VIT_B) -> tuple[AttentionHeadTour, int]:
    """Open a tour of one image of a model; return it and its first bytes."""
    module, images = subject.build()
    model = HookedViT(module)
    picture = torch.rand(images.shape[1:])
    counted: list[int] = []
    publish = comm.DummyComm.publish_msg

    def count(
        *_args: object, buffers: list[memoryview] | None = None, **_rest: object
    ) -> None:
        counted.extend(len(buffer) for buffer in buffers or [])

    comm.DummyComm.publish_msg = count
    try:
        tour = AttentionHeadTour(model, picture)
    finally:
        comm.DummyComm.publish_msg = publish
    return tour, sum(counted)


def _bundles() -> list[Row]:
    static = Path(vitwidgets.__file__).parent / "static"
    return [
        Row(
            f"JavaScript of {path.stem}",
            "jupyter-scatter, lonboard: some hundred kB to MBs",
            f"{path.stat().st_size / 1000:.1f} kB",
            "100 kB",
            path.stat().st_size <= BUNDLE_BUDGET,
        )
        for path in sorted(static.glob("*.js"))
    ]
