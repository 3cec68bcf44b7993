from __future__ import annotations

import numpy as np

from vitwidgets.mice.backgrounds import draw_background


def test_equal_states_give_equal_backgrounds_and_others_others() -> None:
    one, two = np.random.default_rng(3), np.random.default_rng(3)
    first = draw_background(one, 64)
    assert np.array_equal(first, draw_background(two, 64))
    assert not np.array_equal(first, draw_background(two, 64))


def test_backgrounds_are_pictures_of_many_kinds() -> None:
    rng = np.random.default_rng(0)
    drawn = np.stack([draw_background(rng, 32) for _ in range(200)])
    assert drawn.shape == (200, 32, 32, 3)
    assert drawn.dtype == np.uint8
    means = drawn.reshape(200, -1, 3).mean(1)
    assert means.min() < 40
    assert means.max() > 215
    spread = drawn.reshape(200, -1).std(1)
    assert spread.min() < 30
    assert spread.max() > 60
