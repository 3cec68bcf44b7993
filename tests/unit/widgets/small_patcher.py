"""A click-to-patch view on the small classifier, and what its edits are made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from PIL import Image

from tests.unit.widgets.small_classifier import MODEL, PICTURE, PREPROCESSING
from vitwidgets.images import prepare_image
from vitwidgets.widgets.click_to_patch import ClickToPatch


def picture(seed: int) -> Image.Image:
    drawn = np.random.default_rng(seed).integers(0, 256, (24, 40, 3), np.uint8)
    return Image.fromarray(drawn)


def plain_colour(seed: int) -> Image.Image:
    colour = np.random.default_rng(seed).integers(0, 256, 3)
    return Image.new("RGB", (40, 24), tuple(map(int, colour)))


def pixels_of(image: Any) -> torch.Tensor:
    return prepare_image(image, PREPROCESSING).pixels


def plain_logits(image: Any) -> torch.Tensor:
    with torch.no_grad():
        return MODEL.module(pixels_of(image))[0]


CLEAN = PICTURE
SHOWN = int(plain_logits(CLEAN).argmax())
DONOR = next(
    plain_colour(seed)
    for seed in range(40)
    if int(plain_logits(plain_colour(seed)).argmax()) != SHOWN
)
THEIRS = int(plain_logits(DONOR).argmax())
REFERENCE = [picture(seed) for seed in range(3)]


def opened(**state: Any) -> ClickToPatch:
    return ClickToPatch(MODEL, CLEAN, {"d": DONOR}, reference=REFERENCE, **state)


def edit(address: str, *tokens: str, **fields: Any) -> dict[str, Any]:
    """Give an edit as the page asks for it; a patch from the donor by default."""
    from_donor = fields.get("kind", "patch") in ("patch", "steer")
    return {
        "address": address,
        "tokens": list(tokens),
        "kind": "patch",
        "strength": 1,
        "source": "d" if from_donor else "",
        "seed": 0,
        **fields,
    }


def on(*edits: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**each, "switch": "on"} for each in edits]


def predicted(view: ClickToPatch, *edits: dict[str, Any]) -> torch.Tensor:
    answer = view.answers()["predict"](interventions=list(edits))
    assert answer.result == {}
    assert answer.arrays["logits"].dtype == np.float32
    return torch.from_numpy(answer.arrays["logits"])


def question(over: str = "heads", **fields: Any) -> dict[str, Any]:
    return {
        "over": over,
        "layer": -1,
        "source": "d",
        "target": -1,
        "metric": "difference",
        "direction": "denoising",
        **fields,
    }


def value(site: str, image: Any) -> torch.Tensor:
    with torch.no_grad():
        return MODEL.run_with_cache(pixels_of(image), [site])[1][site]
