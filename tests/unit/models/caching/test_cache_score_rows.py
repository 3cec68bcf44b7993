from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from vitwidgets.models.caching.score_rows import dot_product_rows

B, H, N, D = 2, 3, 5, 4
ALL = slice(None)


def operands(dtype=torch.float32):
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(B, N, H, D, generator=generator).to(dtype) for _ in range(2)]


def by_hand(q, k, scale, bias=None):
    out = torch.zeros(B, H, N, N, dtype=torch.float64)
    for b in range(B):
        for h in range(H):
            for i in range(N):
                for j in range(N):
                    product = (q[b, i, h].double() * k[b, j, h].double()).sum()
                    out[b, h, i, j] = scale * product
    return out if bias is None else out + bias.double()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
@pytest.mark.parametrize(
    "shape",
    [None, (B, H, N, N), (1, H, N, N), (1, 1, N, N), (B, 1, N, N), (B, 1, 1, N)],
)
@pytest.mark.parametrize("heads", [ALL, slice(1, 2)])
@pytest.mark.parametrize("queries", [ALL, slice(4, 5)])
def test_rows_are_those_of_the_square_written_out(dtype, shape, heads, queries):
    q, k = operands(dtype)
    bias = None
    if shape is not None:
        bias = torch.randn(shape, generator=torch.Generator().manual_seed(1)).to(dtype)
        bias[..., 2] = float("-inf")  # a mask
    rows = dot_product_rows(7, 0.5, biased=shape is not None)
    names = ("rot_q", "rot_k", "attn_bias")[: 2 if shape is None else 3]
    assert rows.sources == tuple(f"blocks.7.attn.hook_{name}" for name in names)
    values = (q, k) if bias is None else (q, k, bias)
    got = rows.compute(values, heads, queries)
    assert got.dtype == torch.promote_types(dtype, torch.float32)
    expected = by_hand(q, k, 0.5, bias)[:, heads, queries]
    assert_close(got.double(), expected, rtol=2e-6, atol=2e-6)
