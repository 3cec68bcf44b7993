"""What edits made of a prediction, in words, as the page writes them."""

from __future__ import annotations

import math

import pytest
import torch

from vitwidgets.methods.interventions import BoundInterventions
from vitwidgets.models.interception.hooks import Receipt
from vitwidgets.widgets.patcher.caption import said_of, told
from vitwidgets.widgets.patcher.source import Prediction

from .small_patcher import edit, opened


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.97, "cat 97 %"),
        (0.104, "cat 10 %"),
        (0.0996, "cat 10 %"),
        (0.051, "cat 5.1 %"),
        (0.004, "cat 0.40 %"),
        (0.00004, "cat <0.01 %"),
    ],
)
def test_shares_are_those_of_the_page(share: float, words: str) -> None:
    many = 30_000  # others, so that the smallest share is the largest of all
    rest = math.log((1 - share) / many)
    logits = torch.tensor([math.log(share), *[rest] * many], dtype=torch.float64)
    bound = BoundInterventions((), {}, [], opened().prediction.bound.mark)
    found = said_of(
        logits, Prediction(logits, bound, Receipt()), ["cat", *["x"] * many]
    )
    assert found == words


def test_edits_are_counted_and_their_donors_named() -> None:
    assert told([]) == "0 edits"
    edits = [edit("L0.H1"), edit("L1.H1"), edit("L0.H2", kind="zero")]
    assert told(edits[:1]) == "1 edit from d"
    assert told(edits) == "3 edits from d"
