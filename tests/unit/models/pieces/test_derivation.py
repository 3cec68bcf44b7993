from __future__ import annotations

import pytest
import torch
from timm.layers import LayerNormFp32, RmsNorm, RmsNormFp32
from torch import nn
from torch.testing import assert_close

from vitwidgets.models.class_path import class_path
from vitwidgets.models.pieces import derivation
from vitwidgets.models.pieces.norm_kinds import NORMS

NORM_MODULES = {
    "torch LayerNorm": nn.LayerNorm(16, eps=1e-3),
    "without bias": nn.LayerNorm(16, bias=False),
    "without weights": nn.LayerNorm(16, elementwise_affine=False),
    "float32 LayerNorm": LayerNormFp32(16),
    "torch RMSNorm": nn.RMSNorm(16),
    "RmsNorm": RmsNorm(16, eps=1e-2),
    "float32 RmsNorm": RmsNormFp32(16),
}


@pytest.mark.parametrize("name", NORM_MODULES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_scale_value_and_affine_together_are_the_norm(name, dtype):
    norm = NORM_MODULES[name].to(dtype)
    with torch.no_grad():
        for parameter in norm.parameters():
            parameter.uniform_(0.5, 1.5)
        x = (2 * torch.randn(3, 5, 16) + 1).to(dtype)
        kind = NORMS[class_path(norm)]
        scale = derivation.norm_scale(norm, kind, x)
        value = derivation.normalized(norm, kind, x)
        out = derivation.affine(norm, value, dtype)
        tolerance = 1e-5 if dtype == torch.float32 else 0.05
        assert scale.shape == (3, 5, 1)
        assert scale.dtype == torch.float32
        assert value.dtype == out.dtype == dtype
        assert_close(out, norm(x), rtol=tolerance, atol=tolerance)
        by_scale = derivation.normalized_with(scale, kind, x)
        assert_close(by_scale, value, rtol=tolerance, atol=tolerance)
        half = derivation.normalized_with(scale * 2, kind, x)
        assert_close(half * 2, value, rtol=tolerance, atol=tolerance)


def test_scores_are_scaled_dot_products_in_full_precision():
    q = torch.randn(2, 3, 5, 4).bfloat16()
    k = torch.randn(2, 3, 7, 4).bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores = derivation.attention_scores(q, k, 0.5)
    expected = torch.einsum("bhqd,bhkd->bhqk", q.double(), k.double()) * 0.5
    assert scores.dtype == torch.float32
    assert_close(scores.double(), expected, rtol=1e-6, atol=1e-6)


def test_results_sum_to_the_projection_without_its_bias():
    projection = nn.Linear(12, 6)
    z = torch.randn(2, 5, 3, 4)
    results = derivation.head_results(z, projection)
    assert results.shape == (2, 5, 3, 6)
    assert_close(results.sum(2) + projection.bias, projection(z.flatten(2)))


def test_a_mix_is_the_pattern_times_the_values():
    pattern, v = torch.rand(2, 3, 5, 7), torch.randn(2, 7, 3, 4)
    expected = torch.einsum("bhqk,bkhd->bqhd", pattern, v)
    assert_close(derivation.attention_mix(pattern, v), expected)
