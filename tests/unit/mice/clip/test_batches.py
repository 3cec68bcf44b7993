from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from tests.unit.mice.clip.short_training import SHORT
from vitwidgets.mice.clip import batches
from vitwidgets.mice.clip.batches import render_captioned
from vitwidgets.mice.clip.training import _order

if TYPE_CHECKING:
    import pytest

    from vitwidgets.mice.clip.drawings import Drawings


def test_siblings_are_of_the_same_things(
    drawings: Drawings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    own = batches.captioned_scene

    def kept(*arguments, **options):
        made.append(own(*arguments, **options))
        return made[-1]

    monkeypatch.setattr(batches, "captioned_scene", kept)
    batch = render_captioned((1, 2), 16, drawings, siblings=0.5)
    assert batch.images.shape == (16, 64, 64, 3)
    assert batch.tokens.shape == (2, 16, 32)
    mains = [{n % 64 for n in scene.scene.class_ids} for scene in made]
    for four in (mains[:4], mains[4:8]):
        assert len(set().union(*four)) <= 3
    assert len(set().union(*mains[8:12])) > 3
    for row, scene in enumerate(made):
        assert np.array_equal(batch.images[row].numpy(), scene.scene.image)


def test_each_scene_comes_twice_with_siblings_together() -> None:
    order = _order(SHORT, 5)
    rows, which = order % SHORT.chunk, order // SHORT.chunk
    for half in (0, 1):
        part = slice(half * SHORT.chunk, (half + 1) * SHORT.chunk)
        assert sorted(rows[part].tolist()) == list(range(SHORT.chunk))
        assert which[part].unique().tolist() == [half]
    fours = rows.reshape(-1, 4)
    assert bool((fours // 4 == fours[:, :1] // 4).all())
    assert not torch.equal(_order(SHORT, 5), _order(SHORT, 6))
