"""Bytes that reach the page, and the size of the view itself."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import comm
import torch

import vitwidgets
from benchmarks.measuring import Row
from benchmarks.subjects import VIT_B, Subject
from vitwidgets import AttentionHeadTour, HookedViT
from vitwidgets.wire import replies

if TYPE_CHECKING:
    from collections.abc import Callable

V = TypeVar("V")

# Of models too large to send at once; their width costs time, but changes no byte.
VIT_L_336 = Subject(
    "ViT-L/14-336",
    "vit_large_patch14_clip_336",
    batch=1,
    rounds=1,
    options={"embed_dim": 128},
)
DINO_L_560 = Subject(
    "DINOv2 ViT-L/14 at 560",
    "vit_large_patch14_dinov2",
    batch=1,
    rounds=1,
    options={"embed_dim": 128, "img_size": 560},
)

ALL_BUDGET = 6e6
FIRST_BUDGET = 0.5e6
LARGE_FIRST_BUDGET = 1e6
PAGE_BUDGET = 8e6
BUNDLED_PAGE_BUDGET = 1e6
BUNDLE_BUDGET = 100_000
EXTENSION_BUDGET = 120_000
LARGER_BUNDLES = {"click_to_patch": 110_000}


def rows(subject: Subject = VIT_B, large: Subject = VIT_L_336) -> list[Row]:
    """Count the bytes of every message that a tour of a model sends."""
    tour, opening = opened_tour(subject)
    answers = tour.answers()
    layers = sum(
        len(buffer)
        for layer in range(tour.n_layers)
        for reply in replies(
            "count", answers["attention"](side=0, shown="pattern", layer=layer)
        )
        for buffer in reply.buffers
    )
    _, large_opening = opened_tour(large)
    bundled = AttentionHeadTour(vitwidgets.load_model(), torch.rand(3, 64, 64))
    return [
        _row(
            f"bytes to show all attention of {subject.title}, one image",
            "ViT-Prisma: 222 MB",
            opening + layers,
            ALL_BUDGET,
        ),
        _row(
            "bytes before its first picture",
            "ViT-Prisma: 18.5 MB (a layer)",
            opening,
            FIRST_BUDGET,
        ),
        _row(
            f"bytes before the first picture of {large.title}",
            "all of its attention: 128 MB",
            large_opening,
            LARGE_FIRST_BUDGET,
        ),
        _row(
            f"the tour of {subject.title} as a page of its own",
            "all of its attention, as bytes: 5.6 MB",
            _page_bytes(tour),
            PAGE_BUDGET,
        ),
        _row(
            "the tour of the bundled model as a page of its own",
            "all of its attention, as bytes: 0.1 MB",
            _page_bytes(bundled),
            BUNDLED_PAGE_BUDGET,
        ),
        *_bundles(),
    ]


def _row(what: str, reference: str, ours: float, budget: float) -> Row:
    return Row(
        what,
        reference,
        f"{ours / 1e6:.2f} MB",
        f"{budget / 1e6:g} MB",
        ours <= budget,
    )


def _page_bytes(tour: AttentionHeadTour) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tour.html"
        tour.to_html(path)
        return path.stat().st_size


def opened_tour(subject: Subject = VIT_B) -> tuple[AttentionHeadTour, int]:
    """Open a tour of one image of a model; return it and the bytes of its arrays."""
    module, images = subject.build()
    model = HookedViT(module)
    picture = torch.rand(images.shape[1:])
    tour, messages = opened(lambda: AttentionHeadTour(model, picture))
    return tour, sum(len(buffer) for _, buffers in messages for buffer in buffers)


def opened(view: Callable[[], V]) -> tuple[V, list[tuple[Any, list[memoryview]]]]:
    """Open a view; return it, and data and buffers of the messages that it sent."""
    messages: list[tuple[Any, list[memoryview]]] = []
    publish = comm.DummyComm.publish_msg

    def keep(
        *_args: object,
        data: Any = None,
        buffers: list[memoryview] | None = None,
        **_rest: object,
    ) -> None:
        messages.append((data, buffers or []))

    comm.DummyComm.publish_msg = keep
    try:
        return view(), messages
    finally:
        comm.DummyComm.publish_msg = publish


def _bundles() -> list[Row]:
    package = Path(vitwidgets.__file__).parent
    bundles = [_bundle(path) for path in sorted((package / "static").glob("*.js"))]
    extension = package / "labextension"
    loaded = sum(path.stat().st_size for path in extension.glob("static/*.js"))
    return [
        *bundles,
        Row(
            "the JupyterLab extension: JavaScript, icons and all",
            "jupyter-scatter, lonboard: some hundred kB to MBs",
            f"{loaded / 1000:.1f} kB",
            f"{EXTENSION_BUDGET // 1000} kB",
            0 < loaded <= EXTENSION_BUDGET,
        ),
    ]


def _bundle(path: Path) -> Row:
    size, most = path.stat().st_size, LARGER_BUNDLES.get(path.stem, BUNDLE_BUDGET)
    return Row(
        f"JavaScript of {path.stem}",
        "jupyter-scatter, lonboard: some hundred kB to MBs",
        f"{size / 1000:.1f} kB",
        f"{most // 1000} kB",
        size <= most,
    )
