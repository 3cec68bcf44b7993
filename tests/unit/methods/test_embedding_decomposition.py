"""The embedding of an image as a sum over heads, patches, MLPs and biases."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from tests.parity import entries
from tests.unit.models.words.small_clips import WORDS, clip, hooked, images
from tests.unit.models.words.word_towers import (
    OTHERS,
    OWN,
    POOLED_BY_ATTENTION,
    embedded,
    pictures,
    tower,
    with_words,
    words,
)
from vitwidgets.methods import (
    LogitLens,
    decomposition_sites,
    direct_logit_attribution,
    image_embedding_decomposition,
)
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import (
    StaleCacheError,
    UnknownSiteError,
    UnsupportedModelError,
)

TOWERS = (*OWN, *OTHERS)
NOT_APART = ("custom attention",)
"""Towers with a norm between the output of attention and the stream."""


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


def split(name, module=None, **options):
    model = HookedViT(tower(name) if module is None else module)
    x = pictures(name)
    _, cache = model.run_with_cache(x, decomposition_sites(model), **options)
    return image_embedding_decomposition(model, cache)


@pytest.mark.parametrize("name", TOWERS)
def test_the_terms_add_up_to_the_embedding(name):
    found = split(name)
    expected = embedded(tower(name), pictures(name))
    assert_close(found.value, expected, rtol=0, atol=1e-9)
    error = (found.sum - expected).norm(dim=-1) / expected.norm(dim=-1)
    assert float(error.max()) < 1e-9
    assert_close(found.length, expected.norm(dim=-1), rtol=0, atol=1e-9)
    assert not found.by_hooks.any()
    apart = found.heads.sum(2) + found.attention_bias
    if name in NOT_APART:
        assert bool(found.heads.isnan().all())
        assert len(found.whole) == found.heads.shape[1]
    else:
        assert not found.whole
        assert_close(apart, found.attention, rtol=0, atol=1e-9)


def test_in_single_precision_they_add_up_to_rounding():
    model = hooked(clip())
    _, cache = model.run_with_cache(images(), decomposition_sites(model))
    found = image_embedding_decomposition(model, cache)
    expected = model.module(images()).double()
    error = (found.sum - expected).norm(dim=-1) / expected.norm(dim=-1)
    assert float(error.max()) < 1e-5


@pytest.mark.parametrize("name", OWN)
def test_a_head_is_what_the_embedding_loses_without_it(name):
    """By hand, with the norm's scale held: open_clip's own modules, one head zeroed."""
    module, x = tower(name), pictures(name)
    found = split(name, module)
    model = HookedViT(module)
    _, cache = model.run_with_cache(x)
    last = cache["blocks.2.hook_resid_post"]
    block = module.transformer.resblocks[1]
    z = cache["blocks.1.attn.hook_z"]
    norm, pools = module.ln_post, module.pool_type == "avg"

    def ended(stream, like):
        """End as the tower does, divided by what `like` is divided by."""
        if pools and module.final_ln_after_pool:
            stream, like = (each[:, 1:].mean(1) for each in (stream, like))
        spread = like.var(-1, unbiased=False, keepdim=True)
        centred = stream - stream.mean(-1, keepdim=True)
        out = centred / (spread + norm.eps).sqrt() * norm.weight + norm.bias
        if out.dim() > 2:
            out = out[:, 1:].mean(1) if pools else out[:, 0]
        return out @ module.proj

    assert_close(ended(last, last), found.value, rtol=0, atol=1e-9)
    for head in range(4):
        alone = torch.zeros_like(z)
        alone[:, :, head] = z[:, :, head]
        written = block.ls_1(alone.flatten(2) @ block.attn.out_proj.weight.T)
        lost = ended(last, last) - ended(last - written, last)
        assert_close(found.heads[:, 1, head], lost, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", ["class token", "average", "EVA02-B-16"])
def test_a_head_is_the_sum_over_the_tokens_that_it_read(name):
    found = split(name)
    for layer, head in ((0, 1), (1, 3)):
        sources = found.head_sources(layer, head)
        assert sources.shape[1] == pictures(name).shape[-1] ** 2 // _patch(name) + 1
        assert_close(sources.sum(1), found.heads[:, layer, head], rtol=0, atol=1e-9)


def _patch(name):
    height, width = HookedViT(tower(name)).config.patch_size
    return height * width


def test_a_source_is_its_value_times_the_attention_to_it():
    module, x = tower("class token"), pictures("class token")
    model = HookedViT(module)
    _, cache = model.run_with_cache(x)
    found = image_embedding_decomposition(model, cache)
    sources = found.head_sources(2, 1)
    pattern = cache["blocks.2.attn.hook_pattern"][:, 1, 0]
    value = cache["blocks.2.attn.hook_v"][:, :, 1]
    weight = module.transformer.resblocks[2].attn.out_proj.weight[:, 8:16]
    written = (pattern[..., None] * value) @ weight.T
    spread = cache["blocks.2.hook_resid_post"][:, 0].var(-1, unbiased=False)
    scale = (spread + module.ln_post.eps).sqrt()[:, None, None]
    centred = (written - written.mean(-1, keepdim=True)) / scale
    expected = (centred * module.ln_post.weight) @ module.proj
    assert_close(sources, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", ["class token", "average", "EVA02-B-16"])
def test_along_words_the_terms_add_up_to_the_similarity(name):
    found = split(name)
    shares = found.along(words())
    embedding = embedded(tower(name), pictures(name))
    cosine = torch.cosine_similarity(embedding[:, None], words()[None], dim=-1)
    assert_close(shares.value, cosine, rtol=0, atol=1e-9)
    assert_close(shares.sum, cosine, rtol=0, atol=1e-9)
    assert shares.heads.shape == (*found.heads.shape[:3], len(words()))


@pytest.mark.parametrize("name", ["class token", "average", "EVA02-B-16"])
def test_shares_of_words_are_those_of_the_logits(name):
    """What attribution says of a logit, divided by the factor of the logits."""
    module = tower(name)
    model = with_words(name, module)
    _, cache = model.run_with_cache(pictures(name))
    shares = image_embedding_decomposition(model, cache).along(words())
    logit = direct_logit_attribution(model, cache, 2)
    assert_close(3.0 * shares.heads[..., 2], logit.heads, rtol=0, atol=1e-9)
    assert_close(3.0 * shares.norm_bias[:, 2], logit.norm_bias, rtol=0, atol=1e-9)
    readings = LogitLens(model, cache, norm="final")
    pooled = model.unembedding.pooled_tokens(model.config.n_tokens)
    first = readings.logits(-1, pooled).mean(1)[:, 2] + 0.5
    entering = 3.0 * (shares.embedding + shares.biases)[:, 2]
    assert_close(entering, first, rtol=0, atol=1e-9)


def test_a_run_of_words_is_split_as_that_of_the_tower():
    base = hooked(clip())
    model = base.with_words(WORDS)
    _, cache = model.run_with_cache(images())
    _, plain = base.run_with_cache(images())
    one = image_embedding_decomposition(model, cache)
    other = image_embedding_decomposition(base, plain)
    assert torch.equal(one.heads, other.heads)
    assert torch.equal(one.value, other.value)


def test_what_hooks_write_is_a_term_of_its_own():
    model = hooked(clip())
    site = "blocks.1.hook_resid_post"
    with model.hooks([(site, lambda value, _: value + 1.0 * value.flip(-1))]):
        _, cache = model.run_with_cache(images(), decomposition_sites(model))
    found = image_embedding_decomposition(model, cache)
    assert float(found.by_hooks.abs().max()) > 1e-2
    assert_close(found.sum, found.value, rtol=0, atol=1e-9)


def test_a_head_that_hooks_replaced_is_no_sum_over_tokens():
    model = hooked(clip())
    with model.hooks([("blocks.1.attn.hook_z", lambda value, _: value.flip(0))]):
        _, cache = model.run_with_cache(images(), decomposition_sites(model))
    found = image_embedding_decomposition(model, cache)
    assert_close(found.sum, found.value, rtol=1e-5, atol=1e-5)
    with pytest.raises(UnsupportedModelError, match="is no sum over tokens"):
        found.head_sources(1, 0)


@pytest.mark.parametrize("name", POOLED_BY_ATTENTION)
def test_attentional_pooling_is_refused(name):
    model = HookedViT(tower(name))
    _, cache = model.run_with_cache(pictures(name))
    with pytest.raises(UnsupportedModelError, match="by attention of its own"):
        image_embedding_decomposition(model, cache)


def test_a_classifier_is_refused():
    name = "vit_tiny_patch16_224"
    model = HookedViT(entries.build(name))
    _, cache = model.run_with_cache(entries.inputs(name))
    with pytest.raises(UnsupportedModelError, match="its output is classes"):
        image_embedding_decomposition(model, cache)


def test_what_is_missing_or_stale_is_an_error():
    model = hooked(clip())
    sites = [each for each in decomposition_sites(model) if "mlp_out" not in each]
    _, cache = model.run_with_cache(images(), sites)
    with pytest.raises(UnknownSiteError, match="hook_mlp_out"):
        image_embedding_decomposition(model, cache)
    _, cache = model.run_with_cache(images(), decomposition_sites(model))
    found = image_embedding_decomposition(model, cache)
    for layer, head in ((3, 0), (0, 4)):
        with pytest.raises(IndexError, match="there is no"):
            found.head_sources(layer, head)
    with pytest.raises(ValueError, match="embeddings \\(word, 16\\)"):
        found.along(torch.zeros(2, 5))
    model.module.proj.mul_(2)
    with pytest.raises(StaleCacheError, match="changed or moved"):
        image_embedding_decomposition(model, cache)
