"""How sure one can be of a share that was counted in a few cases."""

from __future__ import annotations

import operator

_Z = 1.959964
"""Standard deviations on either side of the middle that hold 95 % of a Gaussian."""


def wilson_interval(hits: int, count: int) -> tuple[float, float]:
    """Give the 95 % interval of a share.

    Wilson, "Probable Inference, the Law of Succession, and Statistical Inference"
    (1927). It stays between 0 and 1, and says something where all cases are alike: of
    10 in 10, the share is 72 % at least.

    Parameters
    ----------
    hits
        In how many cases it was so.
    count
        How many cases there were.

    Returns
    -------
    low, high
        From 0 to 1.

    Raises
    ------
    ValueError
        If there was no case, or there are more hits than cases.
    """
    found, of = operator.index(hits), operator.index(count)
    if not 0 <= found <= of or of < 1:
        raise ValueError(
            f"a share is of 1 case at least, with no more hits than cases: got {hits} "
            f"of {count}"
        )
    share, spread = found / of, _Z**2 / of
    middle = share + spread / 2
    half = _Z * (share * (1 - share) / of + spread / (4 * of)) ** 0.5
    low, high = (middle - half) / (1 + spread), (middle + half) / (1 + spread)
    # So by the formula, and not quite so where it is rounded.
    return low if found else 0.0, high if found < of else 1.0
