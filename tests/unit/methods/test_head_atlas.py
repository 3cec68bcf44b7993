"""What writes the tables of the page about reading heads."""

from __future__ import annotations

import pytest
import torch

from benchmarks import head_atlas
from vitwidgets import load_model
from vitwidgets.methods.head_types import RULES
from vitwidgets.methods.statistic_columns import MEASURED, OVER_ALL


def test_shuffled_positions_change_nothing_but_where_patches_are():
    model = load_model()
    generator = torch.Generator().manual_seed(0)
    pixels = torch.rand(2, 3, 64, 64, generator=generator)
    masks = pixels[:, 0] > 0.5
    fresh = head_atlas.Scenes(pixels, masks, torch.zeros(2))
    shuffled, moved = head_atlas._shuffled(model.module, fresh, seed=0)
    assert not torch.equal(moved.pixels, pixels)
    assert torch.equal(moved.masks, moved.pixels[:, 0] > 0.5)
    with torch.no_grad():
        assert torch.allclose(shuffled(moved.pixels), model(pixels), atol=1e-4)
        assert not torch.allclose(model(moved.pixels), model(pixels), atol=1e-1)


def test_the_page_has_every_column_and_every_rule():
    page = head_atlas.PAGE.read_text("utf-8")
    assert head_atlas.columns_table() in page
    for name in (*MEASURED, *OVER_ALL):
        assert f"| `{name}` |" in page
    for rule in RULES:
        assert f"| {rule.name} | `{rule.statistic}` |" in page
        assert f"| {rule.threshold} |" in page


def test_a_part_is_written_between_its_marks():
    page = "a\n<!-- x -->\nold\n<!-- end -->\nb\n<!-- y -->\n\n<!-- end -->\n"
    written = head_atlas.with_parts(page, {"x": "new \\1", "y": "more"})
    assert written == (
        "a\n<!-- x -->\nnew \\1\n<!-- end -->\nb\n<!-- y -->\nmore\n<!-- end -->\n"
    )
    with pytest.raises(ValueError, match="0 places for 'z'"):
        head_atlas.with_parts(page, {"z": ""})
