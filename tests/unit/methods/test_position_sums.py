from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np
import pytest
import torch

from tests.unit.methods.small_vits import GRIDS, random_patterns
from vitwidgets.methods.position_sums import PositionSums

GRID = GRIDS["oblong, five"]


class Found(NamedTuple):
    position_r2: float
    generality: float


def sums_of(patterns, batch=100):
    sums = PositionSums()
    for part in patterns.split(batch):
        sums.add(torch.stack((part, other_head(part))))
    return Found(*(float(getattr(sums, name)[0]) for name in Found._fields))


def other_head(patterns):
    """Patterns of a second head, which must not be mixed up with the first."""
    return patterns.flip(-1)[:, :1].expand_as(patterns)


def half_shared(count):
    """Patterns half of which is the same in each image."""
    return 0.5 * random_patterns(GRID, 1, seed=9) + 0.5 * random_patterns(GRID, count)


def test_generality_is_the_mean_correlation_of_all_pairs():
    patterns = half_shared(6)
    flat = patterns.flatten(1).numpy()
    pairs = itertools.combinations(range(6), 2)
    expected = np.mean([np.corrcoef(flat[a], flat[b])[0, 1] for a, b in pairs])
    assert 0.3 < expected < 0.9
    assert sums_of(patterns).generality == pytest.approx(expected, abs=1e-9)


def test_position_r2_is_that_of_the_mean_pattern_for_many_images():
    patterns = half_shared(4000)
    mean = patterns.mean(0)
    residual = (patterns - mean).square().sum()
    total = (patterns - 1 / GRID.n_tokens).square().sum()
    expected = float(1 - residual / total)
    assert 0.3 < expected < 0.9
    assert sums_of(patterns).position_r2 == pytest.approx(expected, abs=1e-3)


def test_position_r2_does_not_grow_by_chance_when_images_are_few():
    found = [
        sums_of(random_patterns(GRID, 2, seed=seed)).position_r2 for seed in range(40)
    ]
    # The plain R^2 of a mean of two that have nothing in common is 0.5.
    assert abs(np.mean(found)) < 0.02


def test_patterns_that_never_change():
    sums = sums_of(random_patterns(GRID, 1).expand(5, -1, -1))
    assert sums.position_r2 == pytest.approx(1)
    assert sums.generality == pytest.approx(1)


def test_batches_make_no_difference():
    patterns = half_shared(7)
    whole = sums_of(patterns)
    for batch in (1, 3):
        streamed = sums_of(patterns, batch)
        assert streamed.position_r2 == pytest.approx(whole.position_r2, abs=1e-12)
        assert streamed.generality == pytest.approx(whole.generality, abs=1e-12)


def test_one_image_says_nothing_about_others():
    sums = sums_of(random_patterns(GRID, 1))
    assert math.isnan(sums.position_r2)
    assert math.isnan(sums.generality)


def test_uniform_patterns_correlate_with_nothing():
    uniform = torch.full((3, 20, 20), 1 / 20)
    sums = sums_of(uniform)
    assert math.isnan(sums.position_r2)
    assert math.isnan(sums.generality)


def test_a_uniform_pattern_is_left_out_of_the_correlations():
    patterns = half_shared(4)
    with_uniform = torch.cat((patterns, torch.full_like(patterns[:1], 1 / 20)))
    assert sums_of(with_uniform).generality == pytest.approx(
        sums_of(patterns).generality, abs=1e-9
    )
