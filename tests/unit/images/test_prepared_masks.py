from __future__ import annotations

import numpy as np
import pytest

from vitwidgets.images import Preprocessing, prepare_mask

HALF = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}


def preprocessing(crop_mode: str, crop_pct: float = 1.0) -> Preprocessing:
    return Preprocessing((32, 32), "nearest", crop_pct, crop_mode, **HALF)


def test_a_mask_is_cropped_as_its_picture():
    mask = np.zeros((32, 64), bool)
    mask[:, 16:20] = True  # the middle starts at 16
    found = prepare_mask(mask, preprocessing("center"))
    assert found.dtype == bool
    assert found.tolist() == mask[:, 16:48].tolist()


def test_what_is_filled_in_is_no_object():
    found = prepare_mask(np.ones((16, 32), bool), preprocessing("border"))
    assert found.shape == (32, 32)
    assert found[8:24].all()
    assert not found[:8].any()
    assert not found[24:].any()


def test_no_mask_is_refused():
    with pytest.raises(ValueError, match=r"shape \(32, 32, 3\); give \(height, width"):
        prepare_mask(np.ones((32, 32, 3), bool), preprocessing("center"))
    with pytest.raises(TypeError, match=r"uint8.*mask > 0"):
        prepare_mask(np.full((32, 32), 255, np.uint8), preprocessing("center"))
