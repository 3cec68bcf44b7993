from __future__ import annotations

import pytest
import torch

from tests.unit.methods import plain_numbers
from vitwidgets.methods.object_overlap import auroc, patch_labels


def test_auroc_counts_pairs():
    generator = torch.Generator().manual_seed(0)
    # Few different scores, so that many are equal.
    scores = torch.randint(0, 6, (5, 30), generator=generator).float()
    labels = torch.rand(5, 30, generator=generator) < 0.4
    expected = [
        plain_numbers.auroc(row.tolist(), marks.tolist())
        for row, marks in zip(scores, labels, strict=True)
    ]
    assert auroc(scores, labels).tolist() == pytest.approx(expected, abs=1e-6)


def test_auroc_of_all_or_nothing_is_unknown():
    scores = torch.rand(2, 4)
    labels = torch.tensor([[True] * 4, [False] * 4])
    assert auroc(scores, labels).isnan().all()


def test_a_patch_is_the_objects_from_half_of_its_pixels_on():
    mask = torch.zeros(8, 12, dtype=torch.bool)
    mask[:4, :4] = True  # all of a patch
    mask[:2, 4:8] = True  # half of one
    mask[4:, 8:11] = True  # three quarters
    mask[4, 0:4] = True  # a quarter
    assert patch_labels(mask, (4, 4)).tolist() == [
        True,
        True,
        False,
        False,
        False,
        True,
    ]


def test_a_mask_that_ends_within_a_patch_is_filled_up_with_nothing():
    mask = torch.ones(5, 4, dtype=torch.bool)
    assert patch_labels(mask, (4, 4)).tolist() == [True, False]
