from __future__ import annotations

import math

import pytest
import torch

from tests.unit.methods import plain_numbers
from tests.unit.methods.small_vits import GRIDS, random_patterns
from vitwidgets.methods.patch_offsets import best_offset
from vitwidgets.methods.pattern_statistics import PatternStatistics
from vitwidgets.models import PatchGrid

CPU = torch.device("cpu")


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_numbers_are_those_of_the_definition(grid):
    patterns = random_patterns(grid, 3)
    numbers, masses = PatternStatistics(grid, CPU).measure(patterns)
    for image, pattern in enumerate(patterns):
        expected = plain_numbers.numbers_of(pattern, grid)
        assert set(numbers) == set(expected)
        for name, value in expected.items():
            assert float(numbers[name][image]) == pytest.approx(value, rel=1e-6), name
        for down in range(1 - grid.rows, grid.rows):
            for right in range(1 - grid.cols, grid.cols):
                place = (image, grid.rows - 1 + down, grid.cols - 1 + right)
                mass = plain_numbers.offset_mass(pattern, grid, down, right)
                assert float(masses[place]) == pytest.approx(mass, abs=1e-9)


def test_uniform_attention_on_14_by_14_patches_reaches_7_281_patches():
    grid = PatchGrid(14, 14, (16, 16), ("cls",))
    statistics = PatternStatistics(grid, CPU)
    pattern = torch.full((1, grid.n_tokens, grid.n_tokens), 1 / grid.n_tokens)
    numbers, _ = statistics.measure(pattern)
    assert float(numbers["mean_distance"]) == pytest.approx(7.281, abs=5e-4)
    assert float(numbers["entropy"]) == pytest.approx(math.log(197), rel=1e-5)


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_what_uniform_attention_gives_is_what_it_is_said_to_give(grid):
    statistics = PatternStatistics(grid, CPU)
    pattern = torch.full((1, grid.n_tokens, grid.n_tokens), 1 / grid.n_tokens)
    numbers, masses = statistics.measure(pattern.double())
    for name, values in numbers.items():
        assert statistics.uniform[name] == pytest.approx(float(values), abs=1e-6), name
    assert torch.allclose(
        masses, torch.tensor(statistics.uniform["offset_mass"]).double()
    )


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_attention_of_each_token_to_itself(grid):
    numbers, _ = PatternStatistics(grid, CPU).measure(torch.eye(grid.n_tokens)[None])
    assert float(numbers["mean_distance"]) == 0
    assert float(numbers["entropy"]) == 0
    assert float(numbers["self_mass"]) == 1
    assert float(numbers["row_mass"]) == float(numbers["column_mass"]) == 0


def test_patches_that_read_the_class_token_alone_have_no_distance():
    grid = GRIDS["square, cls"]
    pattern = torch.zeros(1, grid.n_tokens, grid.n_tokens)
    pattern[..., 0] = 1
    numbers, _ = PatternStatistics(grid, CPU).measure(pattern)
    assert math.isnan(float(numbers["mean_distance"]))
    assert float(numbers["cls_mass"]) == 1


def test_the_best_offset_fits_in_half_of_the_places():
    grid = GRIDS["square, cls"]
    masses = torch.zeros(7, 7)
    masses[3 + 3, 3 + 3] = 0.9  # from the top left corner to the bottom right one only
    masses[3 + 1, 3 - 1] = 0.5
    assert best_offset(masses, grid) == (1, -1)
