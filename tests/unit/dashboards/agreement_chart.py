"""A chart of components of a small model, and what is to be read of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image

from tests.unit.dashboards.test_head_scatter import parts, typed
from tests.unit.methods.patching_runs import plain_run
from tests.unit.methods.small_vits import GRIDS, hooked_vit
from vitwidgets.images import Preprocessing, prepare_image
from vitwidgets.models import HookedViT

if TYPE_CHECKING:
    from vitwidgets.dashboards.component_chart import AgreementChart

LAYERS, HEADS = 3, 4
NAMES = ["cat", "dog", "fish", "pizza", "rocket", "moon"]
ADDRESSES = [
    address
    for layer in range(LAYERS)
    for address in (*(f"L{layer}.H{head}" for head in range(HEADS)), f"L{layer}.MLP")
]
HALF = (0.5, 0.5, 0.5)
MODULE: Any = hooked_vit(GRIDS["square, cls"]).module
MODEL = HookedViT(
    MODULE,
    preprocessing=Preprocessing((32, 32), "bicubic", 1.0, "squash", HALF, HALF),
    class_names=NAMES,
)


def pixels_of(picture: Image.Image) -> torch.Tensor:
    return prepare_image(picture, MODEL.preprocessing).pixels


@torch.no_grad()
def said_of(picture: Image.Image) -> int:
    return int(MODULE(pixels_of(picture)).argmax())


def pictures_of_three_classes() -> list[Image.Image]:
    found: dict[int, Image.Image] = {}
    for seed in range(200):
        numbers = np.random.default_rng(seed).integers(0, 256, (32, 32, 3), np.uint8)
        picture = Image.fromarray(numbers)
        found.setdefault(said_of(picture), picture)
    return list(found.values())[:3]


PICTURE, DONOR, OTHER = pictures_of_three_classes()
BEST, SHOWN = said_of(PICTURE), said_of(DONOR)


def plain_totals(donor: Image.Image, target: int) -> dict[str, float]:
    """Copy each component in a full run of the plain module."""
    clean = pixels_of(PICTURE)
    base, of_base = plain_run(MODULE, clean, {})
    last, of_donor = plain_run(MODULE, pixels_of(donor), {})

    def way(logits: torch.Tensor) -> float:
        return float(logits[0, target] - logits[0, BEST])

    found = {}
    for address in ADDRESSES:
        layer = int(address[1])
        head = None if address.endswith("MLP") else int(address.split("H")[1])
        name = "hook_mlp_out" if head is None else "attn.hook_z"
        site = f"blocks.{layer}.{name}"
        value = of_base[site].clone()
        index = (slice(None), slice(None), slice(None) if head is None else head)
        value[index] = of_donor[site][index]
        logits, _ = plain_run(MODULE, clean, {site: lambda _, value=value: value})
        found[address] = (way(logits) - way(base)) / (way(last) - way(base))
    return found


def figures(chart: AgreementChart) -> tuple[Any, Any]:
    ground, dots = parts(chart, "Figure")
    assert ground.interaction is not None
    return ground, dots


def marks(chart: AgreementChart) -> list[Any]:
    """Return the marks of the dots: before them are rings, and after them names."""
    return figures(chart)[1].marks[1:-1]


def drawn(chart: AgreementChart) -> dict[str, tuple[float, float]]:
    """Return where each component is, by the address that pointing at it says."""
    return {
        str(words).split(":")[0]: (float(x), float(y))
        for mark in marks(chart)
        for x, y, words in zip(mark.x, mark.y, mark.names, strict=True)
    }


def lit(chart: AgreementChart) -> set[str] | None:
    """Return the components that stand out; None when all are alike."""
    if all(mark.selected is None for mark in marks(chart)):
        return None
    return {
        str(mark.names[index]).split(":")[0]
        for mark in marks(chart)
        for index in mark.selected
    }


def ringed(chart: AgreementChart) -> set[str]:
    ring = figures(chart)[1].marks[0]
    return {str(words).split(":")[0] for words in ring.names}


def texts(chart: AgreementChart, kind: str) -> str:
    return "\n".join(part.value for part in parts(chart, kind))


def brush(chart: AgreementChart, inside: set[str], *, brushing: bool = False) -> None:
    """Draw a rectangle just about these components, as its view in the page does."""
    places = np.array([drawn(chart)[each] for each in inside])
    low, high = places.min(0) - 1e-6, places.max(0) + 1e-6
    figures(chart)[0].interaction.set_state(
        {
            "brushing": brushing,
            "selected_x": typed([low[0], high[0]]),
            "selected_y": typed([low[1], high[1]]),
        }
    )


def within(chart: AgreementChart, inside: set[str]) -> set[str]:
    """Return all components that a rectangle about these holds."""
    places = drawn(chart)
    corners = np.array([places[each] for each in inside])
    low, high = corners.min(0) - 1e-6, corners.max(0) + 1e-6
    return {
        each
        for each, place in places.items()
        if (low <= np.array(place)).all() and (np.array(place) <= high).all()
    }


def click(chart: AgreementChart, address: str) -> None:
    (mark, words) = next(
        (mark, str(words))
        for mark in marks(chart)
        for words in mark.names
        if str(words).startswith(f"{address}:")
    )
    content = {"event": "element_click", "data": {"name": words}}
    mark._handle_custom_msgs(mark, content)


def again(chart: AgreementChart) -> Any:
    (button,) = parts(chart, "Button")
    return button
