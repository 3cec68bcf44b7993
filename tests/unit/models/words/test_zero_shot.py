"""A classifier made of words, on towers of every kind."""

from __future__ import annotations

import copy
import pickle

import open_clip
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from tests.parity import entries
from tests.unit.models.words.small_clips import (
    WORDS,
    clip,
    encoder,
    hooked,
    images,
    tokenizer,
)
from tests.unit.models.words.word_towers import (
    BIAS,
    OTHERS,
    OWN,
    POOLED_BY_ATTENTION,
    embedded,
    pictures,
    plain_logits,
    tower,
    with_words,
    words,
)
from vitwidgets.models import CacheMismatchError, HookedViT, ZeroShotClassifier
from vitwidgets.models.errors import ModelStateError, UnsupportedModelError

TOWERS = (*OWN, *OTHERS, *POOLED_BY_ATTENTION)
KINDS = {
    "CLIP": {},
    "CLIP with a bias": {"init_logit_bias": -3.0},
    "CLIP whose scale is a vector": {"nonscalar_logit_scale": True},
    "CustomTextCLIP": {"init_logit_bias": -3.0},
    "CoCa": {},
}


@pytest.mark.parametrize("kind", KINDS)
def test_logits_are_those_of_open_clip(kind):
    model = clip(kind.split()[0], **KINDS[kind])
    x, tokens = images(), tokenizer()(WORDS)
    with torch.no_grad():
        if kind == "CoCa":
            features = model.encode_image(x, normalize=True)
            texts = model.encode_text(tokens, normalize=True)
            expected = model.logit_scale.exp() * features @ texts.T
        else:
            expected = model.get_logits(x, tokens)[0]
        found = hooked(model).with_words(WORDS)(x)
    assert torch.equal(found, expected)


def test_with_templates_they_are_those_of_open_clips_zero_shot_classifier():
    model, templates = clip(), ["a photo of a {}.", "the {}", "{}"]
    found = hooked(model).with_words(WORDS, templates)
    expected = open_clip.build_zero_shot_classifier(
        model, tokenizer(), WORDS, [each.format for each in templates]
    )
    with torch.no_grad():
        features = model.encode_image(images(), normalize=True)
        logits = model.logit_scale.exp() * features @ expected
        assert_close(found(images()), logits, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", TOWERS)
def test_sites_before_the_words_are_those_of_the_tower(name):
    module, x = tower(name), pictures(name)
    plain, model = HookedViT(module), with_words(name, module)
    assert model.sites == (*plain.sites[:-1], "hook_image_embed", "hook_logits")
    with torch.no_grad():
        out, expected = plain.run_with_cache(x)
        logits, cache = model.run_with_cache(x)
        assert_close(logits, plain_logits(embedded(module, x)), rtol=0, atol=1e-9)
        assert torch.equal(cache["hook_logits"], logits)
        assert torch.equal(cache["hook_image_embed"], out)
        for site in plain.sites[:-1]:
            assert_close(cache[site], expected[site], rtol=0, atol=0)


@pytest.mark.parametrize("name", TOWERS)
def test_every_site_can_be_written(name):
    """The value itself changes nothing; a donor's gives the donor's logits."""
    x = pictures(name)
    model = with_words(name)
    late = ("blocks.1.hook_resid_pre", "hook_pooled", "hook_image_embed", "hook_logits")
    with torch.no_grad():
        plain = model(x)
        kept = [site for site in model.sites if not site.endswith("attn_bias")]
        own = model.run_with_hooks(x, [(kept, lambda value, _: value.clone())])
        # torch's native attention, which runs where nothing is written, rounds apart.
        assert_close(own, plain, rtol=0, atol=1e-12)
        _, donor = model.run_with_cache(x.flip(0))
        for site in late:
            if site not in model.sites:
                continue
            found = model.run_with_hooks(
                x, [(site, lambda _value, point: donor[point.name].clone())]
            )
            assert_close(found, plain.flip(0), rtol=0, atol=1e-9)


def test_the_model_says_what_it_is_made_of():
    module = tower("class token")
    model = with_words("class token", module)
    assert model.config.n_classes == len(words())
    assert model.config.pool == "token"
    assert model.module.tower is module
    assert "4 words, logit_scale=3.0, logit_bias=-0.5" in repr(model.module)
    assert "ZeroShotClassifier of open_clip.transformer" in model.config.model_class


def test_words_move_with_the_model_and_are_not_the_callers():
    table = words()
    module = ZeroShotClassifier(tower("class token").float(), table, 2.0, BIAS)
    table.zero_()
    assert module.embeddings.dtype == torch.float32
    assert float(module.embeddings.norm(dim=-1).min()) > 0.99
    assert module.half().embeddings.dtype == torch.float16


def test_copies_and_pickles_are_the_same_model():
    model = hooked(clip()).with_words(WORDS)
    with torch.no_grad():
        expected = model(images())
        loaded = pickle.loads(pickle.dumps(model))  # noqa: S301 (of our own making)
        for twin in (loaded, copy.deepcopy(model)):
            assert torch.equal(twin(images()), expected)
            assert twin.class_names == model.class_names
            again = twin.with_words(["x", "y"])(images())
            assert torch.equal(again, model.with_words(["x", "y"])(images()))


def test_runs_of_other_words_on_one_tower_are_told_apart(tmp_path):
    base = hooked(clip())
    one, other = (base.with_words(each) for each in (["a", "b"], ["a", "c"]))
    with torch.no_grad():
        _, cache = one.run_with_cache(images())
    cache.save(tmp_path / "run.safetensors")
    one.load_cache(tmp_path / "run.safetensors", images())
    with pytest.raises(CacheMismatchError, match="its weights differ"):
        other.load_cache(tmp_path / "run.safetensors", images())
    with pytest.raises(ValueError, match="another model's"):
        other.resume(cache, 1)


def test_a_tower_in_training_mode_is_refused():
    model = hooked(clip())
    model.module.train()
    with pytest.raises(ModelStateError, match="training mode"):
        model.with_words(WORDS, text=encoder(clip()))
    assert model.module.training


@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "text of ViT-B-32"])
def test_what_gives_no_embedding_is_refused(name):
    module = entries.build(name)
    with pytest.raises(UnsupportedModelError, match="words are read from"):
        HookedViT(ZeroShotClassifier(module, words(), 1.0))


def test_a_tower_that_does_not_pool_is_refused():
    module = clip(vision={"pool_type": "none"}).visual
    with pytest.raises(UnsupportedModelError, match="does not pool its tokens"):
        HookedViT(ZeroShotClassifier(module, words(), 1.0))


def test_words_of_another_width_are_refused():
    with pytest.raises(ValueError, match="12 wide, and images have some 16 wide"):
        HookedViT(ZeroShotClassifier(tower("class token"), words(width=12), 1.0))


def test_words_of_another_width_are_refused_when_only_a_run_tells():
    model = HookedViT(
        ZeroShotClassifier(tower("PE-Core-T-16-384"), words(width=5), 1.0)
    )
    with pytest.raises(ValueError, match="words have embeddings 5 wide"):
        model(pictures("PE-Core-T-16-384"))


@pytest.mark.parametrize("name", POOLED_BY_ATTENTION)
def test_single_tokens_of_attentional_pooling_have_no_words(name):
    model = with_words(name)
    with pytest.raises(UnsupportedModelError, match="by attention of its own"):
        _ = model.unembedding


def test_a_head_that_is_not_linear_gives_single_tokens_no_words():
    name = "vit_medium_patch16_gap_256"
    module = tower(name)
    wide = module.head.proj
    module.head = nn.Sequential(wide, nn.GELU(), nn.Linear(16, 16).double())
    model = with_words(name, module)
    with pytest.raises(UnsupportedModelError, match="more than one linear layer"):
        _ = model.unembedding
    x = pictures(name)
    with torch.no_grad():
        assert_close(model(x), plain_logits(module(x)), rtol=0, atol=1e-12)
