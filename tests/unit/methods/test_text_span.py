"""TextSpan against closed forms, and against the paper's algorithm in plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vitwidgets.methods import text_span

D = 12


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def orthonormal(count: int, size: int = D, seed: int = 0) -> torch.Tensor:
    noise = torch.randn(size, size, generator=rng(seed), dtype=torch.float64)
    return torch.linalg.qr(noise).Q[:count]


def uncorrelated(sizes: list[float], images: int = 40) -> torch.Tensor:
    """Give columns of mean 0 and of these lengths, at right angles to each other."""
    noise = torch.randn(images, len(sizes), generator=rng(1), dtype=torch.float64)
    columns = torch.linalg.qr(noise - noise.mean(0)).Q
    return columns * torch.tensor(sizes, dtype=torch.float64)


def plain(outputs: np.ndarray, words: np.ndarray, rank: int, n: int):
    """Work out algorithm 1 of the paper image by image, in the whole space."""
    outputs = outputs - outputs.mean(axis=0)
    span = np.linalg.svd(outputs)[2][:rank]
    words = np.array([sum((row @ word) * row for row in span) for word in words])
    before = float((outputs**2).sum())
    found, shares = [], []
    for _ in range(n):
        spread = [sum((each @ word) ** 2 for each in outputs) for word in words]
        best = int(np.argmax(spread))
        direction = words[best] / np.sqrt(words[best] @ words[best])
        left = np.array([each - (each @ direction) * direction for each in outputs])
        words = np.array([word - (word @ direction) * direction for word in words])
        found.append(best)
        shares.append((float((outputs**2).sum()) - float((left**2).sum())) / before)
        outputs = left
    return found, shares


def test_planted_words_are_found_the_most_important_first():
    words = orthonormal(D)
    # Along words 7, 2 and 4 by 3, 2 and 1; and the same in all images along word 9.
    outputs = uncorrelated([3, 2, 1]) @ words[[7, 2, 4]] + 50 * words[9]
    found = text_span(outputs, words, 3)
    assert found.words == (7, 2, 4)
    expected = torch.tensor([9, 4, 1], dtype=torch.float64) / 14
    torch.testing.assert_close(found.explained, expected, rtol=0, atol=1e-12)
    assert found.total == pytest.approx(1, abs=1e-12)


def test_words_along_principal_components_explain_what_these_do():
    outputs = torch.randn(30, D, generator=rng(), dtype=torch.float64)
    _, sizes, components = torch.linalg.svd(outputs - outputs.mean(0))
    found = text_span(outputs, components.flip(0), D)
    assert found.words == tuple(range(D - 1, -1, -1))
    torch.testing.assert_close(found.explained, sizes**2 / (sizes**2).sum())


def test_what_one_word_explains_of_two_planted_ones_at_an_angle():
    first, second = orthonormal(2)
    slanted = (3 * first + 4 * second) / 5
    # Of the variance of 4 and 1 along the two, 0.36 * 4 + 0.64 * 1 are along the word.
    outputs = uncorrelated([2, 1]) @ torch.stack((first, second))
    found = text_span(outputs, slanted[None], 1)
    assert found.total == pytest.approx((0.36 * 4 + 0.64) / 5)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rank", [3, 6, D])
def test_as_the_papers_algorithm_image_by_image(seed: int, rank: int):
    low = torch.randn(25, rank, generator=rng(seed), dtype=torch.float64)
    outputs = low @ orthonormal(rank, seed=seed) + 7 * orthonormal(D, seed=seed)[-1]
    words = torch.randn(60, D, generator=rng(seed + 9), dtype=torch.float64)
    words /= words.norm(dim=-1, keepdim=True)
    found = text_span(outputs, words, min(rank, 4))
    expected, shares = plain(outputs.numpy(), words.numpy(), rank, min(rank, 4))
    assert list(found.words) == expected
    np.testing.assert_allclose(found.explained, shares, rtol=1e-9)


def test_of_single_precision_as_of_double():
    outputs = torch.randn(25, 4, generator=rng()) @ orthonormal(4).float()
    outputs += 100 * orthonormal(D)[-1].float()
    words = torch.randn(60, D, generator=rng(1))
    expected, shares = plain(outputs.double().numpy(), words.double().numpy(), 4, 4)
    found = text_span(outputs, words, 9)
    # No more: what else varies is the rounding of a hundred.
    assert list(found.words) == expected
    np.testing.assert_allclose(found.explained, shares, rtol=1e-4)


def test_directions_are_orthonormal_and_leave_what_they_do_not_explain():
    outputs = torch.randn(25, D, generator=rng(), dtype=torch.float64)
    words = torch.randn(60, D, generator=rng(1), dtype=torch.float64)
    found = text_span(outputs, words, 5)
    gram = found.directions @ found.directions.T
    torch.testing.assert_close(gram, torch.eye(5, dtype=torch.float64))
    centred = outputs - outputs.mean(0)
    left = centred - centred @ found.directions.T @ found.directions
    share = 1 - left.square().sum() / centred.square().sum()
    assert found.total == pytest.approx(float(share), abs=1e-12)
    assert bool((found.explained > 0).all())
    first = words[found.words[0]]
    assert float(found.directions[0] @ first) == pytest.approx(float(first.norm()))


def test_more_words_explain_more_and_begin_alike():
    outputs = torch.randn(25, D, generator=rng(), dtype=torch.float64)
    words = torch.randn(60, D, generator=rng(1), dtype=torch.float64)
    few, many = (text_span(outputs, words, n) for n in (2, 5))
    assert many.words[:2] == few.words
    assert few.total < many.total < 1


def test_a_word_beside_what_the_head_writes_counts_little():
    direction, beside = orthonormal(2)
    off = 0.1 * direction + 0.99 * beside
    near = 0.8 * direction + 0.6 * beside
    outputs = uncorrelated([1]) @ direction[None]
    # Once projected both are along the direction: the longer one is taken.
    found = text_span(outputs, torch.stack((off, near)), 2)
    assert found.words == (1,)
    assert found.total == pytest.approx(1)


def test_a_word_and_its_like_are_one():
    words = orthonormal(3)
    outputs = uncorrelated([3, 2, 1]) @ words
    found = text_span(outputs, torch.cat((words, words[:1], 0 * words[:1])), 5)
    assert found.words == (0, 1, 2)


def test_words_that_say_nothing_of_the_head():
    words = orthonormal(4)
    found = text_span(uncorrelated([2, 1]) @ words[:2], words[2:], 2)
    assert found.words == ()
    assert found.total == 0
    assert found.directions.shape == (0, D)


def test_what_is_given_stays_as_it_is():
    outputs, words = torch.randn(9, D), torch.randn(7, D)
    before = outputs.clone(), words.clone()
    text_span(outputs, words, 3)
    assert torch.equal(outputs, before[0])
    assert torch.equal(words, before[1])


OUTPUTS, WORDS = torch.randn(9, D, generator=rng()), torch.randn(7, D, generator=rng())


@pytest.mark.parametrize(
    ("outputs", "words", "n", "said"),
    [
        (OUTPUTS[:1], WORDS, 2, "there is one"),
        (OUTPUTS[:0], WORDS, 2, "there is none"),
        (OUTPUTS[:1].expand(9, D), WORDS, 2, "the same in all 9 images"),
        (torch.zeros(9, D), WORDS, 2, "the same in all 9 images"),
        (OUTPUTS, WORDS, 8, "1 to 7 of 7 words; got 8"),
        (OUTPUTS, WORDS, 0, "1 to 7 of 7 words; got 0"),
        (OUTPUTS, WORDS[:0], 1, "1 to 0 of 0 words; got 1"),
        (OUTPUTS, WORDS[:, :-1], 2, "12 dimensions and words have 11"),
        (OUTPUTS[0], WORDS, 2, r"head_outputs .* got \(12,\)"),
        (OUTPUTS, WORDS[None], 2, r"word_embeddings .* got \(1, 7, 12\)"),
        (OUTPUTS.long(), WORDS, 2, "int64"),
        (OUTPUTS / 0, WORDS, 2, "head_outputs has numbers that are not finite"),
        (OUTPUTS, WORDS.log(), 2, "word_embeddings has numbers that are not"),
    ],
)
def test_what_cannot_be_spanned(outputs, words, n, said):
    with pytest.raises(ValueError, match=said):
        text_span(outputs, words, n)


def test_rounding_alone_is_no_variance():
    third = torch.full((9, D), 1 / 3)
    third[::2] *= 1 + torch.finfo(torch.float32).eps
    with pytest.raises(ValueError, match="the same in all"):
        text_span(third, WORDS, 2)


def test_a_number_of_words_that_is_none():
    with pytest.raises(TypeError):
        text_span(OUTPUTS, WORDS, 2.5)  # type: ignore[arg-type]
