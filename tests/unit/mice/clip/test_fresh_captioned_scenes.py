"""Scenes for emoji-clip that need no font."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vitwidgets.images.lettering import write_label
from vitwidgets.mice.clip import fresh_captioned_scenes as module
from vitwidgets.mice.clip.fresh_captioned_scenes import fresh_captioned_scenes
from vitwidgets.mice.vocabulary import VOCABULARY


def test_they_follow_the_seed() -> None:
    def pixels(n: int = 5, seed: int = 0) -> list[bytes]:
        return [scene.tobytes() for scene in fresh_captioned_scenes(n, seed)]

    assert pixels() == pixels()
    assert pixels(3) == pixels()[:3]
    assert not set(pixels()) & set(pixels(seed=1))
    assert len(set(pixels())) == 5
    assert fresh_captioned_scenes(0) == []


def test_they_are_as_large_as_the_model_takes_them() -> None:
    for scene in fresh_captioned_scenes(3):
        assert (scene.mode, scene.size) == ("RGB", (64, 64))


def test_words_are_written_on_three_in_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    def note(image: Any, word: str, **options: Any) -> Any:
        written.append(word)
        return write_label(image, word, **options)

    monkeypatch.setattr(module, "write_label", note)
    fresh_captioned_scenes(300)
    assert 70 <= len(written) <= 110
    assert set(written) <= {thing.name for thing in VOCABULARY}
    assert len(set(written)) > 40


def test_every_word_can_be_written_in_every_place() -> None:
    scene = fresh_captioned_scenes(1)[0]
    for thing in VOCABULARY:
        for place in ("top", "middle", "bottom"):
            written = write_label(scene, thing.name, place=place)
            assert not np.array_equal(written, scene)


def test_drawings_are_in_the_places_that_scenes_look_for() -> None:
    drawings = module._shipped_drawings()
    cat = [thing.name for thing in VOCABULARY].index("cat")
    assert drawings.shown[drawings.plain(cat)].painted is False
    for colour, name in enumerate(("red", "orange", "yellow", "green", "blue")):
        number = drawings.in_colour(cat, colour)
        assert drawings.shown[number].colour == name
        assert drawings.shown[number].thing == cat
    assert len(drawings.sprites) == len(drawings.shown)


def test_a_number_of_scenes_below_zero() -> None:
    with pytest.raises(ValueError, match="got -1"):
        fresh_captioned_scenes(-1)
