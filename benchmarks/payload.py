"""Bytes that reach the page, and the size of the view itself."""

from __future__ import annotations

from pathlib import Path

import comm
import torch

import vitwidgets
from benchmarks.measuring import Row
from vitwidgets import AttentionHeadTour, load_model
from vitwidgets.wire import replies

ALL_BUDGET = 6e6
FIRST_BUDGET = 0.5e6
BUNDLE_BUDGET = 100_000


def rows() -> list[Row]:
    """Count the bytes of every message that a ViT-B/16 tour sends."""
    tour, opening = base_tour()
    answers = tour.answers()
    layers = sum(
        len(buffer)
        for layer in range(tour.n_layers)
        for reply in replies("count", answers["attention"](layer=layer))
        for buffer in reply.buffers
    )
    return [
        Row(
            "bytes to show all attention of ViT-B/16, one image",
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


def base_tour() -> tuple[AttentionHeadTour, int]:
    """Open a tour of ViT-B/16 with random weights; return it and its first bytes."""
    torch.manual_seed(0)
    model = load_model("vit_base_patch16_224", pretrained=False)
    picture = torch.rand(3, 224, 224)
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
