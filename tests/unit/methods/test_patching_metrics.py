"""Metrics and their scale, by hand."""

from __future__ import annotations

import pytest
import torch

from vitwidgets.methods.patching.metrics import Metric, Scale, metric_of

BASE = torch.tensor([1.0, 3.0, -2.0])
DONOR = torch.tensor([2.0, 0.5, 4.0])
BOTH = torch.stack((BASE, DONOR))


def test_values():
    p, q = BASE.softmax(0), DONOR.softmax(0)
    wanted = {
        Metric("logit", 2): (-2, 4),
        Metric("difference", 2, 1): (-5, 3.5),
        Metric("probability", 0): (p[0], q[0]),
        Metric("kl"): (0, sum(p * (p / q).log())),
        Metric(lambda logits, base: (logits - base).sum(-1)): (0, 4.5),
    }
    for metric, values in wanted.items():
        found = metric(BOTH, BASE).tolist()
        assert found == pytest.approx([float(value) for value in values], abs=1e-6)


def test_names_find_their_classes():
    assert metric_of("difference", BASE, DONOR) == Metric("difference", 2, 1)
    assert metric_of("logit", BASE, DONOR) == Metric("logit", 2)
    assert metric_of("probability", BASE, DONOR) == Metric("probability", 2)
    assert metric_of("kl", BASE, DONOR) == Metric("kl")
    assert str(Metric("difference", 2, 1)) == "logit of class 2 minus logit of class 1"


def test_scale():
    scale = Scale.between(Metric("logit", 0), BASE, DONOR)
    assert scale.share(torch.tensor([1.0, 2.0, 1.25])).tolist() == [0, 1, 0.25]


def test_half_precision_is_widened():
    value = Metric("probability", 1)(BOTH.half(), BASE.half())
    assert value.dtype == torch.float32


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_scale_ends_where_rounding_begins(dtype):
    base = BASE.to(dtype)
    size = 3 * torch.finfo(dtype).eps ** 0.5
    near, far = base.clone(), base.clone()
    near[0] += size / 2
    far[0] += size * 2
    metric = Metric("logit", 0)
    with pytest.raises(ValueError, match="so small a difference"):
        Scale.between(metric, base, near)
    assert Scale.between(metric, base, far).base == 1
