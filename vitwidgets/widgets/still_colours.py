"""Colours of values in stills, as the views draw them."""

from __future__ import annotations

import math

Colour = tuple[int, int, int]

LESS: Colour = (47, 126, 199)
MORE: Colour = (217, 95, 14)
"""For and against, told apart by the colour-blind."""

_MAGMA: tuple[Colour, ...] = ((0, 0, 4), (183, 55, 121), (252, 253, 191))
_GOLDEN_ANGLE = 137.50776
_LIGHTNESSES = (0.72, 0.55, 0.84)
_TURN = 8
"""Colours of one lightness that follow each other, until hues come close."""


def heat_colour(share: float) -> Colour:
    """Return the colour of a value that is such a share of the largest."""
    place = min(1.0, max(0.0, share)) * (len(_MAGMA) - 1)
    left = min(int(place), len(_MAGMA) - 2)
    red, green, blue = (
        round(one + (place - left) * (other - one))
        for one, other in zip(_MAGMA[left], _MAGMA[left + 1], strict=True)
    )
    return red, green, blue


def distinct_colour(number: int) -> Colour:
    """Return a colour for a thing without an order; neighbours are far apart."""
    lightness = _LIGHTNESSES[number // _TURN % len(_LIGHTNESSES)]
    return _of_oklch(lightness, 0.15, 25 + _GOLDEN_ANGLE * number)


def _of_oklch(lightness: float, chroma: float, hue: float) -> Colour:
    """Return a colour of the OKLCH space (Ottosson, 2020); the hue is in degrees."""
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
    return (
        _byte(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _byte(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _byte(-0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short),
    )


def _byte(light: float) -> int:
    """Return what makes a screen give so much light (IEC 61966-2-1)."""
    light = min(1.0, max(0.0, light))
    threshold = 0.0031308
    share = 12.92 * light if light <= threshold else 1.055 * light ** (1 / 2.4) - 0.055
    return round(255 * share)
