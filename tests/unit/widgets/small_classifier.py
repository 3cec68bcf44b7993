"""A small random classifier, and one whose heads can't be told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from timm.models.vision_transformer import ParallelThingsBlock, VisionTransformer

from vitwidgets.images import Preprocessing, prepare_image
from vitwidgets.models import HookedViT

if TYPE_CHECKING:
    from vitwidgets.widgets import LogitAttribution

LAYERS, HEADS, TOKENS, NEURONS, CLASSES = 2, 4, 16, 128, 7
NAMES = ["tabby cat", "tiger cat", "bullfrog", "dog", "pizza", "rocket", "moon"]
PICTURE = Image.fromarray(
    np.random.default_rng(3).integers(0, 256, (24, 40, 3), np.uint8)
)
PREPROCESSING = Preprocessing(
    input_size=(24, 40),
    interpolation="bicubic",
    crop_pct=1.0,
    crop_mode="squash",
    mean=(0.5, 0.4, 0.3),
    std=(0.2, 0.3, 0.4),
)
WHOLE = {"target": 1, "versus": -1, "measure": "logit"}


def make(**options: Any) -> HookedViT:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = VisionTransformer(
            **{
                "img_size": (24, 40),
                "patch_size": 8,
                "embed_dim": 32,
                "depth": LAYERS,
                "num_heads": HEADS,
                "num_classes": CLASSES,
                **options,
            }
        ).eval()
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.normal_(std=0.3)
    names = NAMES if module.num_classes else None
    return HookedViT(module, preprocessing=PREPROCESSING, class_names=names)


MODEL = make()
SEVERAL = make(block_fn=ParallelThingsBlock)
with torch.no_grad():
    LOGITS = MODEL.module(prepare_image(PICTURE, PREPROCESSING).pixels)[0].double()
BEST = int(LOGITS.argmax())


def answered(view: LogitAttribution, kind: str, **arguments: Any) -> dict[str, Any]:
    answer = view.answers()[kind](**arguments)
    return {**answer.result, **answer.arrays}
