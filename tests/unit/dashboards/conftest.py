"""A tour whose heads have known statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image
from timm.models.vision_transformer import VisionTransformer

from tests.unit.dashboards.known_heads import HEADS, LAYERS, NUMBERS
from vitwidgets.images import Preprocessing
from vitwidgets.methods import HeadAblation, HeadStatistics
from vitwidgets.methods.statistic_columns import COLUMNS
from vitwidgets.models import HookedViT
from vitwidgets.widgets import AttentionHeadTour

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def model() -> HookedViT:
    torch.manual_seed(0)
    module = VisionTransformer(
        img_size=16,
        patch_size=8,
        embed_dim=12,
        depth=LAYERS,
        num_heads=HEADS,
        num_classes=2,
    )
    half = (0.5, 0.5, 0.5)
    preprocessing = Preprocessing((16, 16), "bicubic", 1.0, "center", half, half)
    return HookedViT(module.eval(), preprocessing=preprocessing, name="tiny")


@pytest.fixture
def tour(model: HookedViT) -> Iterator[AttentionHeadTour]:
    none = {
        name: torch.zeros(LAYERS, HEADS, dtype=torch.float64)
        for name in list(COLUMNS)[3:]
    }
    known = {name: torch.tensor(rows) for name, rows in NUMBERS.items()}
    statistics = HeadStatistics("tiny", model.grid, 7, (), none | known, {})
    tenths = torch.arange(LAYERS * HEADS).reshape(LAYERS, HEADS) / 10
    ablation = HeadAblation("mean", 7, 0.9, -tenths, tenths / 4, tenths, tenths)
    picture = Image.fromarray(np.zeros((16, 16, 3), np.uint8))
    tour = AttentionHeadTour(model, picture, statistics=statistics, ablation=ablation)
    yield tour
    tour.close()
