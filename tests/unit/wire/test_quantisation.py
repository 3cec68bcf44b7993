from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitwidgets.wire.quantisation import (
    WORST_ERROR,
    WORST_SIGNED_ERROR,
    quantise_attention,
    quantise_signed,
)


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


@given(st.integers(0, 10_000), st.floats(1e-3, 1e3), st.floats(-100, 100))
def test_scores_decode_within_the_stated_error(
    seed: int, spread: float, middle: float
) -> None:
    drawn = np.random.default_rng(seed).normal(middle, spread, (2, 5, 23))
    scores = drawn.astype(np.float32)
    sent = quantise_signed(scores)
    assert sent.lows is not None
    shares = sent.codes.astype(np.float64) / 255
    decoded = sent.lows[..., None] + sent.scales[..., None] * shares
    span = scores.max(-1, keepdims=True) - scores.min(-1, keepdims=True)
    allowed = span * WORST_SIGNED_ERROR + 1e-6 * np.abs(scores).max()
    assert (np.abs(decoded - scores) <= allowed).all()
    np.testing.assert_allclose(sent.decode(), decoded, atol=1e-6 * np.abs(scores).max())


def test_codes_of_scores_are_steps_from_the_lowest_to_the_highest() -> None:
    sent = quantise_signed(np.array([[-2, 3, -2 + 5 * 100.4 / 255]], np.float32))
    assert sent.codes.tolist() == [[0, 255, 100]]
    assert (sent.lows, sent.scales) == ([-2], [5])
    assert {a.dtype for a in (sent.lows, sent.scales)} == {np.dtype("float32")}


def test_the_stated_error_of_scores_is_nearly_reached() -> None:
    score = np.float32(127.499 / 255)
    found = quantise_signed(np.array([[0, 1, score]], np.float32)).decode()[0, 2]
    assert abs(found - score) > 0.99 * WORST_SIGNED_ERROR


def test_scores_that_are_all_alike_decode_to_themselves() -> None:
    scores = np.full((2, 3), -7.25, np.float32)
    sent = quantise_signed(scores)
    assert not sent.scales.any()
    np.testing.assert_array_equal(sent.decode(), scores)


@pytest.mark.parametrize("score", [np.inf, -np.inf, np.nan])
def test_scores_that_are_not_finite_are_refused(score: float) -> None:
    with pytest.raises(ValueError, match="some scores are infinite or not a number"):
        quantise_signed(np.array([[0, score]], np.float32))
