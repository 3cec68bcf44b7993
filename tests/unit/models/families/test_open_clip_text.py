"""Text towers: what they take, how they pool, and their masks."""

from __future__ import annotations

import open_clip
import pytest
import torch
from torch.testing import assert_close

from tests.parity.entries import build, inputs
from vitwidgets.models import HookedViT

_SMALL = {
    "layers": 1,
    "width": 32,
    "heads": 2,
    "vocab_size": 20,
    "context_length": 6,
}


def tower(**changes):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        settings = {**_SMALL, **changes}
        return open_clip.model._build_text_tower(8, settings).eval()


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


@pytest.fixture(name="texts")
def _texts():
    return torch.tensor([[5, 3, 19, 0, 0, 0], [1, 2, 3, 4, 2, 19]])


def test_the_sizes_of_a_text_tower(texts):
    model = HookedViT(tower())
    config = model.config
    assert (config.n_words, config.context_length, config.n_tokens) == (20, 6, 6)
    assert (config.n_layers, config.n_heads, config.d_model, config.d_mlp) == (
        *(1, 2),
        *(32, 128),
    )
    assert config.n_channels == config.n_prefix_tokens == 0
    assert "texts of 6 token ids below 20, token pooling" in repr(model)
    assert model.preprocessing is None
    assert model.grid.n_tokens == 6


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        ("a text", TypeError, r"tensor of token ids, got str: open_clip.get_token"),
        (torch.zeros(2, 6), TypeError, r"are torch.float32, token ids are torch.int64"),
        (torch.zeros(2, 6).int(), TypeError, r"torch.int32.*or texts.long\(\)"),
        (torch.zeros(6).long(), ValueError, r"two axes.*texts\[None\]"),
        (torch.zeros(1, 2, 6).long(), ValueError, r"two axes \(batch, 6\), got \(1"),
        (torch.zeros(0, 6).long(), ValueError, r"holds no text"),
        (torch.zeros(2, 5).long(), ValueError, r"be 6 tokens long.*pads and cuts"),
        (torch.tensor([[0] * 5 + [20]]), ValueError, r"first 20 at index \(0, 5\)"),
        (torch.tensor([[-1] * 6]), ValueError, r"6 token ids.*first -1.*0 to 19"),
        (torch.zeros(2, 6, device="meta").long(), ValueError, r"are on meta, .* cpu"),
    ],
)
def test_what_is_no_batch_of_token_ids_is_refused(wrong, kind, message):
    with pytest.raises(kind, match=message):
        HookedViT(tower())(wrong)


def test_a_batch_that_was_changed_is_looked_through_again(texts):
    model = HookedViT(tower())
    model(texts)
    texts[0, 0] = 20
    with pytest.raises(ValueError, match="first 20"):
        model(texts)


def test_shorter_texts_go_where_the_model_takes_them(texts):
    module = tower(no_causal_mask=True, pool_type="last")
    model, short = HookedViT(module), texts[:, :3]
    logits, cache = model.run_with_cache(short)
    assert torch.equal(logits, module(short))
    assert cache["blocks.0.attn.hook_pattern"].shape == (2, 2, 3, 3)
    assert_close(cache["hook_pos_embed"][0], module.positional_embedding[:3])
    with pytest.raises(ValueError, match="at most 6 tokens"):
        model(texts.repeat(1, 2))
    with pytest.raises(ValueError, match="at most 6 tokens"):
        model(texts[:, :0])


@pytest.mark.parametrize(
    ("pooling", "places"),
    [
        ({"pool_type": "first"}, (0, 0)),
        ({"pool_type": "last"}, (5, 5)),
        ({"pool_type": "argmax"}, (2, 5)),
        ({"pool_type": "eos", "eos_id": 3}, (1, 2)),
        ({"proj_bias": True}, (2, 5)),
        ({"proj_type": "none"}, (2, 5)),
    ],
)
def test_text_towers_pool_where_they_say(texts, pooling, places):
    module = tower(**pooling)
    model = HookedViT(module)
    logits, cache = model.run_with_cache(texts)
    assert torch.equal(logits, module(texts))
    normed = cache["ln_final.hook_ln_out"]
    pooled = torch.stack(
        [row[place] for row, place in zip(normed, places, strict=True)]
    )
    assert torch.equal(cache["hook_pooled"], pooled)
    other = model.run_with_hooks(texts, [("hook_pooled", lambda v, h: v.flip(0))])
    assert_close(other, logits.flip(0))
    site = "ln_final.hook_ln_out"
    doubled = model.run_with_hooks(
        texts,
        [
            (site, lambda value, hook: 2 * value),
            ("hook_pooled", lambda value, hook: value / 2),
        ],
    )
    assert torch.equal(doubled, logits)


def test_tokens_that_are_not_pooled_are_all_projected(texts):
    model = HookedViT(tower(pool_type="none"))
    assert model(texts).shape == (2, 6, 8)
    with pytest.raises(KeyError, match="not pooled"):
        model.run_with_cache(texts, "hook_pooled")


def test_a_causal_mask_is_a_site_and_shuts_out_what_follows(texts):
    module = tower()
    model = HookedViT(module)
    logits, cache = model.run_with_cache(texts)
    bias = cache["blocks.0.attn.hook_attn_bias"]
    assert torch.equal(bias[0, 0], module.attn_mask)
    pattern = cache["blocks.0.attn.hook_pattern"]
    assert torch.equal(pattern, pattern.tril())

    def opened(value, hook):
        return torch.zeros_like(value)

    free = tower(no_causal_mask=True)
    free.load_state_dict(module.state_dict())
    hooks = [("blocks.0.attn.hook_attn_bias", opened)]
    assert_close(model.run_with_hooks(texts, hooks), free(texts))
    assert torch.equal(model(texts), logits)
    assert torch.isinf(module.attn_mask[0, 1])


def test_padding_is_shut_out_of_texts_with_a_class_token():
    name = "text of coca_ViT-B-32"
    module, texts = build(name), inputs(name)
    texts[:, -1] = texts[1, 3:] = module.pad_id
    model = HookedViT(module)
    logits, cache = model.run_with_cache(texts)
    assert torch.equal(logits, module(texts)[0])
    length = texts.shape[1] + 1
    bias = cache["blocks.1.attn.hook_attn_bias"]
    assert bias.shape == (2, 4, length, length)
    # Its mask begins one token too late, as that of the published weights does.
    open_keys = torch.cat([torch.ones(2, 1), texts != module.pad_id], 1).bool()
    causal = torch.ones(length, length).tril().bool()
    wanted = (causal & open_keys[:, None, None]).expand_as(bias)
    assert torch.equal(bias == 0, wanted)
    assert torch.equal(cache["blocks.0.attn.hook_pattern"] > 0, wanted)
    assert torch.equal(cache["hook_pooled"], cache["blocks.1.hook_resid_post"][:, -1])
    assert_close(cache["hook_embed"][:, -1], module.cls_emb.expand(2, -1))
