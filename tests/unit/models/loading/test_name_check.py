"""A model's name is checked as `load_model` would, without loading anything."""

from __future__ import annotations

import re

import pytest
import torch

import vitwidgets as vw
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.loading.errors import UnknownModelError
from vitwidgets.models.loading.name_check import require_loadable

REFUSED = [
    ("nonsense_model", UnknownModelError),
    ("", UnknownModelError),
    ("vit_tiny_patch16_224.no_such_tag", UnknownModelError),
    ("local-dir:no/such/folder", UnknownModelError),
    ("resnet18", UnsupportedModelError),
    ("open_clip:No-Such", UnknownModelError),
    ("open_clip:ViT-B-32", UnknownModelError),
]
KNOWN = [
    "emoji-vit",
    "vit_giant_patch14_224",
    "vit_small_patch16_224.augreg_in1k",
    "hf-hub:somebody/some-model",
    "open_clip:ViT-B-32/openai",
]


@pytest.mark.parametrize(("name", "error"), REFUSED)
def test_a_name_is_refused_with_the_words_of_load_model(
    name: str, error: type[Exception]
):
    with pytest.raises(error) as refused:
        require_loadable(name)
    with pytest.raises(error, match=f"^{re.escape(str(refused.value))}$"):
        vw.load_model(name)


@pytest.mark.parametrize("name", KNOWN)
def test_a_name_that_could_be_loaded_draws_no_numbers(name: str):
    state = torch.get_rng_state()
    require_loadable(name)
    assert torch.equal(torch.get_rng_state(), state)
