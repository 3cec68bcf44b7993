"""The text side of models of open_clip: what it gives, and what it refuses."""

from __future__ import annotations

import pickle
import threading

import open_clip
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.testing import assert_close

from tests.unit.models.words.small_clips import (
    CONTEXT,
    TEXT,
    VISION,
    WORDS,
    clip,
    encoder,
    tokenizer,
)
from vitwidgets.models import TextEncoder
from vitwidgets.models.errors import ModelStateError, UnsupportedModelError

KINDS = ("CLIP", "CustomTextCLIP", "CoCa")


@pytest.mark.parametrize("kind", KINDS)
def test_embeddings_are_those_of_open_clip(kind):
    model = clip(kind)
    with torch.no_grad():
        expected = model.encode_text(tokenizer()(WORDS), normalize=True)
    found = encoder(model).encode(WORDS)
    assert torch.equal(found, expected)
    assert not found.requires_grad
    assert not found.is_inference()


def test_many_prompts_are_embedded_as_few_are():
    text = encoder(clip())
    prompts = [f"{first} {second}" for first in "abcdefghij" for second in "klmnopqrst"]
    many = text.encode([f"{each} {end}" for each in prompts for end in "uvw"])
    assert many.shape == (300, 16)
    assert_close(many[-3:], text.encode([f"j t {end}" for end in "uvw"]))


def test_words_in_templates_are_those_of_open_clips_zero_shot_classifier():
    model, templates = clip(), ["a {}", "the {} there", "{}"]
    expected = open_clip.build_zero_shot_classifier(
        model, tokenizer(), WORDS, [each.format for each in templates]
    ).T
    found = encoder(model).word_embeddings(WORDS, templates)
    assert_close(found, expected)
    assert_close(found.norm(dim=-1), torch.ones(len(WORDS)))


def test_a_brace_in_a_word_is_a_brace():
    text = encoder(clip())
    found = text.word_embeddings(["{0} and {x}"], ["a {}"])
    assert_close(found, text.encode(["a {0} and {x}"]))


@pytest.mark.parametrize(
    ("options", "scale", "bias"),
    [
        ({}, 1 / 0.07, 0.0),
        ({"init_logit_scale": 1.0, "init_logit_bias": -10.0}, 2.718281828, -10.0),
        ({"nonscalar_logit_scale": True, "init_logit_bias": 2.0}, 1 / 0.07, 2.0),
    ],
)
def test_scale_and_bias_are_those_of_the_logits(options, scale, bias):
    text = encoder(clip(**options), "name")
    assert text.logit_scale == pytest.approx(scale, rel=1e-6)
    assert text.logit_bias == bias
    assert text.context_length == CONTEXT
    assert text.name == "name"
    assert "'name'" in repr(text)


def test_double_precision_is_kept():
    found = encoder(clip().double()).encode(WORDS)
    assert found.dtype == torch.float64
    assert_close(found.norm(dim=-1), torch.ones(len(WORDS), dtype=torch.float64))


def test_tokens_that_were_never_seen_are_told():
    model = clip()
    with torch.no_grad():
        seen = tokenizer()(["cat on the grass"]).unique()
        kept = model.token_embedding.weight[seen].clone()
        model.token_embedding.weight.zero_()
        model.token_embedding.weight[seen] = kept
        model.token_embedding.weight[0] = 0  # padding says nothing, either
    text = encoder(model)
    assert text.knows("the cat")
    assert text.knows("CAT")
    assert not text.knows("the zebra")


@pytest.mark.parametrize(
    ("prompts", "error", "message"),
    [
        ([], ValueError, "prompts are empty"),
        (["cat", ""], ValueError, "hold '', which is blank"),
        (["cat", " \n"], ValueError, "which is blank"),
        ("cat", ValueError, r"got the one text 'cat': write \['cat'\]"),
        ([3], TypeError, "got 3 among them"),
        (5, TypeError, "must be a list of texts, got 5"),
        (["a b c d e f g h i j k"], ValueError, "at most 10 tokens"),
        (["cat", "x " * 500], ValueError, "'x x .* is too long"),
    ],
)
def test_prompts_that_cannot_be_read_are_refused(prompts, error, message):
    with pytest.raises(error, match=message):
        encoder(clip()).encode(prompts)


def test_the_longest_prompt_that_fits_is_read_whole():
    text = encoder(clip())
    fits, cut = "a b c d e f g h i j", "a b c d e f g h i x"
    one, other = text.encode([fits, cut])
    assert not torch.equal(one, other)
    for tokens in (range(9), range(1, 11)):
        text.encode([" ".join("abcdefghijk"[index] for index in tokens)])


@pytest.mark.parametrize(
    ("words", "templates", "message"),
    [
        (["cat", "dog", "cat"], ["{}"], "words hold 'cat' twice"),
        (["red  car", " red car"], ["{}"], "words hold 'red car' twice"),
        (["cat", "dog", "CAT"], ["a {}"], "'cat' and 'CAT' are the same to CLIP"),
        (["cat.", "cat ."], ["{}"], "the same tokens in both: keep one of them"),
        ([], ["{}"], "words are empty"),
        (["cat"], [], "templates are empty"),
        (["cat"], ["a cat"], "'a cat' must have exactly one {}"),
        (["cat"], ["{} and {}"], "must have exactly one {}"),
        (["cat"], ["{}", "{}"], "templates hold '{}' twice"),
        (["cat"], "{}", "templates must be a list"),
    ],
)
def test_words_and_templates_that_make_no_sense_are_refused(words, templates, message):
    with pytest.raises(ValueError, match=message):
        encoder(clip()).word_embeddings(words, templates)


def test_words_of_one_embedding_are_refused_and_others_are_not():
    text = encoder(clip())
    one, other, third = text.encode(["Red Car", "red car", "red cart"])
    assert torch.equal(one, other)
    assert not torch.equal(other, third)
    with pytest.raises(ValueError, match="'Red Car' and 'red car' are the same"):
        text.distinct_words(["Red Car", "red car"])
    assert text.distinct_words([" red  car", "red cart"]) == ("red car", "red cart")


def test_another_models_tokenizer_is_refused():
    small = open_clip.CLIP(16, VISION, {**TEXT, "vocab_size": 100}).eval()
    with pytest.raises(ValueError, match="words of another tokenizer"):
        TextEncoder(small, tokenizer()).encode(["cat"])


def test_what_has_no_text_side_is_refused():
    with pytest.raises(UnsupportedModelError, match="with two towers is wanted"):
        TextEncoder(nn.Linear(2, 2), tokenizer())
    model = clip("CustomTextCLIP")
    model.text = nn.Linear(2, 2)
    with pytest.raises(UnsupportedModelError, match="which is not supported"):
        TextEncoder(model, tokenizer())


def test_training_mode_is_refused():
    model = clip()
    text = encoder(model)
    model.train()
    for ask in (lambda: encoder(model), lambda: text.encode(["cat"])):
        with pytest.raises(ModelStateError, match="training mode"):
            ask()
    assert model.training


def test_embeddings_made_in_inference_mode_can_be_used_outside():
    model = clip()
    with torch.inference_mode():
        found = encoder(model).encode(WORDS)
    assert not found.is_inference()


def test_a_pickle_reads_as_it_did():
    text = encoder(clip())
    twin = pickle.loads(pickle.dumps(text))  # noqa: S301 (of our own making)
    assert torch.equal(twin.encode(WORDS), text.encode(WORDS))


def test_many_threads_read_as_one_does():
    text = encoder(clip())
    expected = {word: text.encode([word]) for word in WORDS}
    found: list[bool] = []

    def read(word):
        found.extend(torch.equal(text.encode([word]), expected[word]) for _ in range(5))

    threads = [threading.Thread(target=read, args=(word,)) for word in WORDS]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [True] * 20


def test_weights_that_change_are_noticed():
    model = clip()
    text = encoder(model)
    before = text.encode(WORDS)
    with torch.no_grad():
        model.text_projection.mul_(-1)
    assert_close(text.encode(WORDS), -before)
    assert_close(functional.normalize(before, dim=-1), before)
