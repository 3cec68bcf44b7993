from __future__ import annotations

import numpy as np
import pytest
import torch

from vitwidgets.methods.running_moments import RunningMoments, student_t


def moments_of(values, *batches):
    moments = RunningMoments()
    for part in values.split(list(batches)):
        moments.add(part)
    return moments


@pytest.fixture(name="values")
def _values():
    generator = torch.Generator().manual_seed(0)
    return 1000 + torch.randn(12, 3, 2, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("batches", [(12,), (1,) * 12, (5, 7), (1, 10, 1)])
def test_streaming_equals_the_whole_batch(values, batches):
    moments = moments_of(values, *batches)
    assert np.allclose(moments.mean, values.numpy().mean(0), rtol=1e-12)
    assert np.allclose(moments.variance, values.numpy().var(0, ddof=1), rtol=1e-8)


def test_what_was_not_measured_is_left_out(values):
    values[:5, 0, 0] = torch.nan
    values[:, 1, 1] = torch.nan
    values[1:, 2, 0] = torch.nan
    moments = moments_of(values, 3, 9)
    assert float(moments.mean[0, 0]) == pytest.approx(values[5:, 0, 0].mean())
    assert float(moments.variance[0, 0]) == pytest.approx(values[5:, 0, 0].var())
    assert moments.mean.isnan().nonzero().tolist() == [[1, 1]]
    assert moments.ci95.isnan().nonzero().tolist() == [[1, 1], [2, 0]]


def test_the_interval_holds_the_truth_as_often_as_it_says():
    generator = torch.Generator().manual_seed(1)
    moments = RunningMoments()
    moments.add(torch.randn(6, 20_000, generator=generator, dtype=torch.float64))
    held = (moments.mean.abs() <= moments.ci95).double().mean()
    assert float(held) == pytest.approx(0.95, abs=0.006)


@pytest.mark.parametrize(
    ("freedom", "t"),
    [(1, 12.706), (2, 4.303), (5, 2.571), (6, 2.447), (10, 2.228), (100, 1.984)],
)
def test_students_t_is_that_of_the_tables(freedom, t):
    found = student_t(torch.tensor(freedom, dtype=torch.float64))
    assert float(found) == pytest.approx(t, rel=1e-3)
