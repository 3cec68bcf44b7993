from __future__ import annotations

import pytest

from vitwidgets.methods.share_interval import wilson_interval


@pytest.mark.parametrize(
    ("hits", "count", "expected"),
    [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_agrees_with_a_published_table(hits, count, expected):
    """Newcombe, "Two-sided confidence intervals for the single proportion" (1998)."""
    assert wilson_interval(hits, count) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("count", [1, 2, 10, 999])
def test_its_ends_are_the_shares_that_the_count_is_just_compatible_with(count):
    for hits in {0, 1, count // 2, count - 1, count}:
        low, high = wilson_interval(hits, count)
        assert 0 <= low < high <= 1
        assert (low == 0, high == 1) == (hits == 0, hits == count)
        for end in {low, high} - {0.0, 1.0}:
            away = (hits / count - end) ** 2
            assert away == pytest.approx(1.959964**2 * end * (1 - end) / count)


@pytest.mark.parametrize(("hits", "count"), [(0, 0), (3, 2), (-1, 5)])
def test_what_is_no_share_is_refused(hits, count):
    with pytest.raises(ValueError, match=f"got {hits} of {count}"):
        wilson_interval(hits, count)
