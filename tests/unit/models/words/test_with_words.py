"""Models of words, made from models of images."""

from __future__ import annotations

import pickle
import threading
from unittest import mock

import pytest
import torch
from torch import nn

from tests.parity import entries
from tests.unit.models.words.small_clips import (
    WORDS,
    clip,
    encoder,
    hooked,
    images,
)
from vitwidgets.images import Preprocessing
from vitwidgets.labels import model_labels
from vitwidgets.models import HookedViT, hooked_vit
from vitwidgets.models.errors import UnsupportedModelError


def test_the_classes_are_the_words():
    model = hooked(clip()).with_words([" a  red car", "justice"])
    assert model.class_names == ("a red car", "justice")
    labels = model_labels(model)
    assert labels.names == ("a red car", "justice")
    assert labels.emoji[0] == "🚗"
    assert model.config.n_classes == 2


def test_the_templates_are_kept():
    base = hooked(clip())
    model = base.with_words(WORDS, ["a {}", "the {}"])
    assert pickle.loads(pickle.dumps(model)).templates == ("a {}", "the {}")  # noqa: S301 (of our own making)
    assert base.with_words(WORDS).templates == ("{}",)
    assert base.templates == ()


def test_everything_else_is_the_towers():
    preprocessing = Preprocessing(
        input_size=(24, 24),
        interpolation="bicubic",
        crop_pct=1.0,
        crop_mode="center",
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
    )
    module = clip()
    base = HookedViT(
        module.visual, preprocessing=preprocessing, name="mine", text=encoder(module)
    )
    model = base.with_words(WORDS)
    assert (model.name, model.preprocessing) == ("mine", preprocessing)
    assert model.grid == base.grid
    assert model.text is base.text
    assert model.module.tower is base.module
    assert base.config.n_classes == 0
    assert base.class_names is None


def test_words_are_changed_on_the_same_tower():
    base = hooked(clip())
    again = base.with_words(WORDS).with_words(["x", "y"])
    assert again.module.tower is base.module
    with torch.no_grad():
        expected = base.with_words(["x", "y"])(images())
        assert torch.equal(again(images()), expected)


def test_blocks_that_were_tested_are_not_tested_again():
    base = hooked(clip())
    tested = mock.patch.object(hooked_vit, "require_honest_blocks")
    with tested as test:
        base.with_words(WORDS)
    assert test.call_count == 0


def test_another_models_text_side_can_be_given():
    module, other = clip(), clip("CustomTextCLIP")
    with torch.no_grad():
        other.logit_scale.fill_(1.0)
    text = encoder(other)
    model = HookedViT(module.visual).with_words(WORDS, text=text)
    assert model.text is text
    with torch.no_grad():
        features = module.encode_image(images(), normalize=True)
        expected = other.logit_scale.exp() * features @ text.encode(WORDS).T
        assert torch.equal(model(images()), expected)


def test_a_text_side_is_loaded_once_and_only_when_it_is_asked_for():
    module, calls = clip(), []

    def load():
        calls.append(None)
        return encoder(module)

    model = HookedViT(module.visual, text=load)
    assert not calls
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(model.text)) for _ in range(4)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(calls) == 1
    assert all(each is found[0] for each in found)
    assert model.with_words(WORDS).text is found[0]


def test_what_loads_a_text_side_goes_into_pickles_in_its_place():
    model = HookedViT(clip().visual, text=_load)
    assert model.text is not None
    twin = pickle.loads(pickle.dumps(model))  # noqa: S301 (of our own making)
    assert torch.equal(twin.text.encode(WORDS), model.text.encode(WORDS))
    assert b"TextEncoder" not in pickle.dumps(model)


def _load():
    return encoder(clip())


def test_a_model_without_a_text_side_says_what_to_do():
    name = "vit_tiny_patch16_224"
    model = HookedViT(entries.build(name), name="mine")
    assert model.text is None
    with pytest.raises(UnsupportedModelError, match="mine came without a text side"):
        model.with_words(WORDS)


def test_a_classifier_needs_a_map_to_read_words():
    model = HookedViT(entries.build("vit_tiny_patch16_224"))
    with pytest.raises(UnsupportedModelError, match="fit_word_map"):
        model.with_words(WORDS, text=encoder(clip()))
    through = nn.Linear(model.config.d_model, 16)
    read = model.with_words(WORDS, text=encoder(clip()), through=through)
    assert read.class_names == tuple(WORDS)
    assert read.with_words(["x"]).module.through is through


def test_after_a_refusal_everything_is_as_it_was():
    model = hooked(clip()).with_words(WORDS)
    with torch.no_grad():
        before = model(images())
        for words in ([], ["cat", "cat"], ["x " * 100]):
            with pytest.raises(ValueError, match=r"empty|twice|too long"):
                model.with_words(words)
        assert torch.equal(model(images()), before)
    assert model.class_names == tuple(WORDS)


def test_many_threads_can_read_words_of_one_tower():
    base = hooked(clip())
    words = [[f"{one}", f"{one} {one}"] for one in "abcd"]
    models = [base.with_words(each) for each in words]
    with torch.no_grad():
        expected = [model(images()) for model in models]
    found: dict[int, bool] = {}

    def run(index):
        with torch.no_grad():
            same = []
            for _ in range(4):
                logits, cache = models[index].run_with_cache(images())
                same += [
                    torch.equal(logits, expected[index]),
                    torch.equal(cache["hook_logits"], logits),
                ]
            found[index] = all(same)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == dict.fromkeys(range(4), True)
