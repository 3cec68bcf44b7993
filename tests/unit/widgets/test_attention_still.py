from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from vitwidgets.models import HookedViT
from vitwidgets.widgets import AttentionHeadTour
from vitwidgets.widgets.attention_still import attention_still

from .test_attention_head_tour import PICTURE, PREPROCESSING, make_module


def test_the_picture_stands_left_and_each_head_shows_its_brightest_patch() -> None:
    random = np.random.default_rng(0)
    picture = random.integers(0, 256, (30, 20, 3), np.uint8)
    patches = random.random((3, 2, 4, 6)).astype(np.float32)
    still = np.asarray(attention_still(picture, patches))
    seen = still[::1, : round(320 * 20 / 30)]
    np.testing.assert_array_equal(seen[2, 2], picture[0, 0])
    bright = np.array([0xFC, 0xFD, 0xBF])
    heads = still[:, seen.shape[1] + 1 :]
    peaks = (np.abs(heads.astype(int) - bright).sum(-1) == 0).sum()
    assert peaks == 3 * 2 * (48 // 6) * (32 // 4)  # one patch of each head


def test_a_notebook_without_a_kernel_shows_a_picture_and_says_what_it_is() -> None:
    model = HookedViT(make_module(), preprocessing=PREPROCESSING, name="tiny")
    tour = AttentionHeadTour(model, PICTURE, query=3, direction="column", layer=1)
    data, _ = tour._repr_mimebundle_()
    png = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert png.size[0] > 300
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == (
        "AttentionHeadTour of tiny: attention to token (0,1), 3 layers x 4 heads; "
        "large view: L1.H0"
    )
