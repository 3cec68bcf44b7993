from __future__ import annotations

import pytest

from vitwidgets.mice.recipe import Recipe


def test_the_rate_rises_stays_and_falls() -> None:
    recipe = Recipe(steps=100, learning_rate=1.0, warmup=10, cooldown=20, whole=9)
    rates = [recipe.rate_at(step) for step in range(100)]
    assert rates[:10] == pytest.approx([0.1 * (i + 1) for i in range(10)])
    assert rates[10:81] == [1.0] * 71
    assert rates[80:] == pytest.approx([1 - i / 20 for i in range(20)])


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"steps": 100}, "don't fit"),
        ({"cooldown": 700}, "last of the cooldown"),
        ({"batch": 0}, "batch must be at least 1"),
        ({"hidden_patches": 1.0}, "below 1, but is 1.0"),
        ({"contested": 1.5}, "from 0 to 1, but is 1.5"),
        ({"seed": -1}, "seed must not be negative"),
        ({"warmup": -5}, "warmup must not be negative"),
        ({"chunk": 100}, "multiple of the batch"),
    ],
)
def test_an_impossible_recipe_is_refused(wrong: dict[str, int], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Recipe(**wrong)
