from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitwidgets.wire.quantisation import WORST_ERROR, quantise_attention


def softmax_rows(seed: int, sharpness: float, shape: tuple[int, ...]) -> np.ndarray:
    scores = np.random.default_rng(seed).normal(size=shape) * sharpness
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return (weights / weights.sum(-1, keepdims=True)).astype(np.float32)


@given(st.integers(0, 10_000), st.floats(0, 40))
def test_decoding_stays_within_the_stated_error(seed: int, sharpness: float) -> None:
    pattern = softmax_rows(seed, sharpness, (2, 5, 23))
    error = np.abs(quantise_attention(pattern).decode() - pattern)
    allowed = pattern.max(-1, keepdims=True) * (WORST_ERROR + 1e-6)
    assert (error <= allowed).all()


def test_the_stated_error_is_nearly_reached() -> None:
    # Just under the top code: the worst place of a square-root code.
    weight = np.float32(((254.5 - 1e-4) / 255) ** 2)
    error = quantise_attention(np.array([[1, weight]], np.float32)).decode()[0, 1]
    assert abs(error - weight) > 0.98 * WORST_ERROR


def test_small_weights_beside_a_sink_keep_their_order() -> None:
    pattern = np.array([[0.99, 0.004, 0.002, 0.001]], np.float32)
    codes = quantise_attention(pattern).codes[0]
    assert list(codes) == [round(255 * (w / 0.99) ** 0.5) for w in pattern[0].tolist()]
    assert codes[1] > codes[2] > codes[3] > 0


def test_a_zeroed_row_decodes_to_zero() -> None:
    decoded = quantise_attention(np.zeros((3, 4), np.float32)).decode()
    assert not decoded.any()


@pytest.mark.parametrize("shape", [(1, 1), (4, 3, 2, 7)])
def test_shapes_and_types(shape: tuple[int, ...]) -> None:
    quantised = quantise_attention(softmax_rows(1, 2, shape))
    assert quantised.codes.shape == shape
    assert quantised.scales.shape == shape[:-1]
    assert quantised.codes.dtype == np.uint8
    assert quantised.scales.dtype == np.float32
