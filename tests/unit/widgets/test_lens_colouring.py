"""What stills lay over patches, against the rules written out."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vitwidgets.widgets.lens.colouring import veils
from vitwidgets.widgets.still_colours import (
    LESS,
    MORE,
    distinct_colour,
    heat_colour,
)

LAYERS, TOKENS, CLASSES = 3, 5, 10


def lens(**state: Any) -> Any:
    likeliest = np.array([[9, 0, 1, 2, 3], [9, 4, 4, 5, 5], [9, 7, 7, 7, 2]], np.uint16)
    return SimpleNamespace(
        layer=1,
        mode="heat",
        heat="probability",
        mask=[7],
        grid=(2, 2),
        n_tokens=TOKENS,
        class_names=[f"class {index}" for index in range(CLASSES)],
        class_superclasses=[index % 3 for index in range(CLASSES)],
        opening={"top_classes": likeliest[..., None]},
        **state,
    )


def read() -> dict[str, Any]:
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(LAYERS, TOKENS)).astype(np.float32)
    logits[:, 0] = 50  # the prefix token has another scale, and no place in the picture
    classes = np.array([[9, 0, 1, 2, 3], [9, 4, 4, 5, 5], [9, 7, 7, 7, 2]])
    return {
        "top_classes": classes[..., None],
        "entropy": generator.uniform(0, 2, (LAYERS, TOKENS)),
        "target_logits": logits,
        "target_probabilities": np.exp(logits - 60),
        "target_ranks": generator.integers(0, CLASSES, (LAYERS, TOKENS)),
    }


def colours(found: list[Any]) -> list[Any]:
    return [None if each is None else each.colour for each in found]


def test_probability_begins_at_nothing_and_all_layers_share_a_scale():
    view, values = lens(), read()
    view.layer = 1
    own = values["target_probabilities"][2, 1:]
    most = values["target_probabilities"][:, 1:].max()
    assert colours(veils(view, values, None)) == [heat_colour(v / most) for v in own]


def test_logits_run_from_the_least_to_the_largest_of_any_patch():
    view, values = lens(), read()
    view.heat = "logit"
    patches = values["target_logits"][:, 1:].astype(np.float64)
    low, high = patches.min(), patches.max()
    expected = [heat_colour((v - low) / (high - low)) for v in patches[2]]
    assert colours(veils(view, values, None)) == expected


def test_the_first_rank_is_brightest():
    view, values = lens(), read()
    view.heat = "rank"
    values["target_ranks"][2, 1:] = [0, 9, 1, 3]
    expected = [
        heat_colour(1 - math.log(1 + rank) / math.log(CLASSES)) for rank in (0, 9, 1, 3)
    ]
    assert colours(veils(view, values, None)) == expected


def test_differences_have_two_colours_and_nothing_at_0():
    view, values = lens(), read()
    versus = values["target_logits"].copy()
    versus[2, 1:] += [1, -2, 0, 4]
    found = veils(view, values, versus)
    assert colours(found) == [LESS, MORE, MORE, LESS]
    assert [each.opacity for each in found if each] == pytest.approx(
        [0.92 / 4, 0.92 / 2, 0, 0.92], abs=1e-6
    )


def test_kinds_have_colours_of_their_own():
    view, values = lens(), read()
    view.mode = "class"
    # 7 is said most in the end, then 2 and 9 (once each), before what came earlier.
    assert colours(veils(view, values, None)) == [
        distinct_colour(0),
        distinct_colour(0),
        distinct_colour(0),
        distinct_colour(1),
    ]
    view.mode = "superclass"
    expected = [distinct_colour(each % 3) for each in (7, 7, 7, 2)]
    assert colours(veils(view, values, None)) == expected
    assert len({distinct_colour(number) for number in range(24)}) == 24


def test_a_mask_darkens_what_is_outside():
    view, values = lens(), read()
    view.mode = "mask"
    assert [each is None for each in veils(view, values, None)] == [
        True,
        True,
        True,
        False,
    ]


def test_entropy_is_seen_against_the_most_there_can_be():
    view, values = lens(), read()
    view.mode = "entropy"
    own = values["entropy"][2, 1:]
    expected = [heat_colour(v / math.log(CLASSES)) for v in own]
    assert colours(veils(view, values, None)) == expected
