"""The word lens on a model that was never given a word, through a linear map."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import vitwidgets as vw
from tests.unit.methods.small_vits import GRIDS, hooked_vit
from tests.unit.widgets.small_clip import (
    PIXELS,
    PREPROCESSING,
    SCENE,
    TOWER,
    text_features,
)
from vitwidgets.methods.word_map import WordMap, fit_word_map
from vitwidgets.methods.word_maps.shipped import shipped_word_map
from vitwidgets.models import HookedViT
from vitwidgets.widgets.word_lens import WordLens

WORDS = ["cat", "dog", "a red car"]
CAR = 2
SCALE = float(np.exp(2.5))


def silent_model(seed: int = 0) -> HookedViT:
    torch.manual_seed(seed)
    module: Any = hooked_vit(GRIDS["square, cls"]).module
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(std=0.3)
    return HookedViT(module, preprocessing=PREPROCESSING, name="silent")


MODEL = silent_model()


@pytest.fixture(scope="module", name="word_map")
def _word_map() -> WordMap:
    generator = np.random.default_rng(0)
    noise = generator.integers(0, 256, (12, 32, 32, 3), np.uint8)
    images = [Image.fromarray(each) for each in noise]
    return fit_word_map(MODEL, TOWER, images, ridge=0.1, progress=False)


@torch.no_grad()
def expected_logits(word_map: WordMap) -> Any:
    """Logits of every token of the last layer, ``(token, word)``."""
    module: Any = MODEL.module
    tokens = module.forward_features(PIXELS)[0]  # after the final norm
    mapped = tokens.double() @ word_map.weight.double().T + word_map.bias.double()
    return (
        SCALE * torch.nn.functional.normalize(mapped, dim=-1) @ text_features(WORDS).T
    )


def test_the_map_stands_between_the_model_and_the_words(word_map: WordMap):
    lens = WordLens(MODEL, SCENE, WORDS, through=word_map, target=CAR)
    expected = expected_logits(word_map)
    np.testing.assert_allclose(
        lens.results["target_logits"][-1], expected[:, CAR], atol=2e-4
    )
    # It pools the class token.
    np.testing.assert_allclose(lens.probabilities, expected[0].softmax(-1), atol=1e-5)
    assert lens.map_caption == word_map.caption
    assert (lens.model_name, lens.text_name) == ("silent", "small-clip#text")
    assert "    # Give through= again, as you did.\n" in lens.code()


def test_other_words_go_through_it_too(word_map: WordMap):
    lens = WordLens(MODEL, SCENE, WORDS, through=word_map)
    lens.words = ["ship", "cat"]
    fresh = WordLens(MODEL, SCENE, ["ship", "cat"], through=word_map)
    for name, value in fresh.results.items():
        np.testing.assert_array_equal(lens.results[name], value)


def test_the_bundled_model_brings_its_own_map(capsys: pytest.CaptureFixture[str]):
    model = vw.load_model()
    lens = WordLens(model, SCENE, WORDS)
    word_map = shipped_word_map(model)
    assert word_map is not None
    assert lens.map_caption == word_map.caption
    assert lens.text_name == "emoji-clip"
    scope: dict[str, Any] = {}
    exec(lens.code(), scope)  # noqa: S102
    np.testing.assert_array_equal(scope["lens"].similarities, lens.similarities)
    assert capsys.readouterr().out


def test_a_map_of_another_model_is_refused(word_map: WordMap):
    with pytest.raises(ValueError, match="fitted to silent"):
        WordLens(silent_model(seed=1), SCENE, WORDS, through=word_map)
