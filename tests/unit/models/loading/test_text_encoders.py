"""Text sides that are loaded by name, with their image tower or alone."""

from __future__ import annotations

import open_clip
import pytest
import torch
from open_clip import factory, pretrained
from torch.testing import assert_close

from tests.unit.models.offline import refuse_network
from vitwidgets.models import load_model, load_text_encoder
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.loading.load_model import (
    CheckpointError,
    UnknownModelError,
    WeightsUnavailableError,
)

TEXT = {"context_length": 9, "vocab_size": 49_408, "width": 16, "heads": 2, "layers": 2}
VISION = {
    "image_size": 32,
    "layers": 2,
    "width": 32,
    "head_width": 16,
    "patch_size": 16,
}
CONFIGS = {
    "Mini-16": {"embed_dim": 8, "vision_cfg": VISION, "text_cfg": TEXT},
    "coca-Mini-16": {
        "embed_dim": 8,
        "custom_text": True,
        "vision_cfg": {
            **VISION,
            "attentional_pool": True,
            "attn_pooler_heads": 2,
            "output_tokens": True,
        },
        "text_cfg": {**TEXT, "embed_cls": True, "output_tokens": True},
        "multimodal_cfg": TEXT,
    },
    "SigLIP-Mini-16": {
        "embed_dim": 8,
        "custom_text": True,
        "init_logit_bias": -10,
        "vision_cfg": VISION,
        "text_cfg": {**TEXT, "hf_tokenizer_name": "no/such"},
    },
    "roberta-Mini-16": {
        "embed_dim": 8,
        "vision_cfg": VISION,
        "text_cfg": {"hf_model_name": "no/such", "hf_tokenizer_name": "no/such"},
    },
}


@pytest.fixture(autouse=True)
def _mini_models(monkeypatch, tmp_path):
    refuse_network(monkeypatch, tmp_path)
    monkeypatch.setattr(
        factory, "_MODEL_CONFIGS", {**factory._MODEL_CONFIGS, **CONFIGS}
    )
    tags = {"web": pretrained._pcfg(hf_hub="someone/mini/")}
    monkeypatch.setitem(pretrained._PRETRAINED, "Mini-16", tags)


@pytest.mark.parametrize("name", ["Mini-16", "coca-Mini-16"])
def test_from_a_file_it_is_that_of_the_whole_model(name, tmp_path):
    with torch.random.fork_rng(devices=[]):
        whole = open_clip.create_model(name).eval()
    with torch.no_grad():
        for parameter in whole.parameters():
            if parameter.dim():
                parameter.normal_(std=0.3)
    file = tmp_path / "whole.pt"
    torch.save(whole.state_dict(), file)
    model = load_model(f"open_clip:{name}", pretrained=file)
    words, tokenizer = ["cat", "a dog"], open_clip.get_tokenizer(name)
    with torch.no_grad():
        features = whole.encode_image(torch.ones(1, 3, 32, 32), normalize=True)
        expected = whole.encode_text(tokenizer(words), normalize=True)
        logits = whole.logit_scale.exp() * features @ expected.T
        assert torch.equal(model.text.encode(words), expected)
        assert_close(model.with_words(words)(torch.ones(1, 3, 32, 32)), logits)
    assert model.text.context_length == 9
    kept = sum(each.numel() for each in model.text._clip.visual.parameters())
    assert kept == 0


def test_random_ones_are_always_the_same_and_leave_the_seed_alone():
    torch.manual_seed(3)
    model = load_model("open_clip:Mini-16", pretrained=False)
    state = torch.random.get_rng_state()
    one = model.text.encode(["cat"])
    assert torch.equal(torch.random.get_rng_state(), state)
    other = load_text_encoder("open_clip:Mini-16", pretrained=False)
    assert torch.equal(other.encode(["cat"]), one)
    assert model.with_words(["cat", "dog"]).config.n_classes == 2


def test_precision_follows():
    model = load_model("open_clip:Mini-16", pretrained=False, dtype="float64")
    assert model.text.encode(["cat"]).dtype == torch.float64
    logits = model.with_words(["cat"])(torch.ones(1, 3, 32, 32, dtype=torch.float64))
    assert logits.dtype == torch.float64


def test_a_tokenizer_that_cannot_be_had_is_said():
    model = load_model("open_clip:SigLIP-Mini-16", pretrained=False)
    with pytest.raises(WeightsUnavailableError, match=r"the tokenizer of .* could not"):
        _ = model.text


def test_a_text_side_of_another_package_is_refused():
    model = load_model("open_clip:roberta-Mini-16", pretrained=False)
    with pytest.raises(UnsupportedModelError, match="of the package transformers"):
        _ = model.text


def test_weights_that_are_not_there_are_said_when_the_text_side_is_asked_for():
    with pytest.raises(WeightsUnavailableError, match=r"Mini-16/web"):
        load_text_encoder("open_clip:Mini-16/web")


@pytest.mark.parametrize("name", ["emoji-vit", "vit_tiny_patch16_224", "nothing"])
def test_what_has_no_text_side_is_said(name):
    with pytest.raises(UnknownModelError, match=f"'{name}' has no text side"):
        load_text_encoder(name)


def test_a_text_tower_of_another_model_has_no_text_side_of_its_own():
    assert load_model("open_clip:Mini-16#text", pretrained=False).text is None
    assert load_model("vit_tiny_patch16_224", pretrained=False).text is None


def test_the_bundled_ones_are_two_sides_of_one_model(monkeypatch):
    model = load_model("emoji-clip", pretrained=False)
    text = load_text_encoder("emoji-clip", pretrained=False)
    words = ["a cat", "a dog"]
    assert torch.equal(model.text.encode(words), text.encode(words))
    assert text.context_length == 32
    assert model.with_words(words).class_emoji == ("🐱", "🐶")


def test_a_file_that_is_none_is_an_error(tmp_path):
    with pytest.raises(CheckpointError, match="there is no file"):
        load_text_encoder("emoji-clip", pretrained=tmp_path / "none.pt")
