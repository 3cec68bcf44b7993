"""Heads, source tokens and neurons against the model's own code with the norms frozen.

With the final norm's mean and scale held, the logit is affine in the stream. So a part
counts for what the logit loses without it.
"""

from __future__ import annotations

import pytest
import torch

from tests.unit.methods.test_direct_logit_attribution import run
from vitwidgets.methods.direct_logit_attribution import direct_logit_attribution
from vitwidgets.models.errors import UnsupportedModelError

CLASS = 3


def frozen(x, like, norm):
    """Give a norm of x with the scale that it has on `like`."""
    centred = isinstance(norm, torch.nn.LayerNorm)
    if centred:
        spread = like.var(-1, keepdim=True, correction=0)
        x = x - x.mean(-1, keepdim=True)
    else:
        spread = like.square().mean(-1, keepdim=True)
    out = x / (spread + norm.eps).sqrt() * norm.weight
    return out + norm.bias if centred else out


def frozen_logit(module, cache, stream, final):
    """Give the logit of a stream after the last block, by the textbook."""
    if module.global_pool == "token":
        normed = frozen(stream[:, 0], final[:, 0], module.norm)
    elif type(module.norm) is torch.nn.Identity:
        first = module.num_prefix_tokens
        pooled, like = stream[:, first:].mean(1), final[:, first:].mean(1)
        normed = frozen(pooled, like, module.fc_norm)
    else:
        first = module.num_prefix_tokens
        normed = frozen(stream, final, module.norm)[:, first:].mean(1)
    return normed @ module.head.weight[CLASS] + module.head.bias[CLASS]


def lost(module, cache, layer, kind, changed):
    """Give what the logit loses when what a block adds is `changed`."""
    final = cache[f"blocks.{len(module.blocks) - 1}.hook_resid_post"]
    added = cache[f"blocks.{layer}.hook_{kind}_out"]
    before = frozen_logit(module, cache, final, final)
    return before - frozen_logit(module, cache, final - added + changed, final)


def attention_out(block, mix, real):
    """Give what attention adds for a mix, the norms and gates as they are on `real`.

    Parameters
    ----------
    block
        The block.
    mix, real
        ``(batch, token, head * d_head)``, and the same of the real forward pass.
    """
    attn = block.attn

    def z(value):
        if type(attn.norm) is not torch.nn.Identity:
            value = frozen(value, real, attn.norm)
        return value if getattr(attn, "gate", None) is None else value * block.opened

    out = attn.proj(z(mix))
    if type(block).__name__ == "ResPostBlock":
        return frozen(out, attn.proj(z(real)), block.norm1)
    return block.ls1(out)


def opened_gates(module, cache):
    """Note each block's open gates in the block, for `attention_out`."""
    for layer, block in enumerate(module.blocks):
        if getattr(block.attn, "gate", None) is not None:
            taken = block.norm1(cache[f"blocks.{layer}.hook_resid_pre"])
            block.opened = block.attn.gate(taken).sigmoid()


MODELS = (
    "plain",
    "layer scale",
    "qk norm",
    "registers",
    "no prefix, average",
    "average, norm before pooling",
    "rms norm",
    "inner norms",
    "gated attention",
    "wide heads",
    "vit_base_patch16_rpn_224",
)


@pytest.mark.parametrize("name", MODELS)
def test_a_head_counts_for_what_the_logit_loses_without_it(name):
    model, cache, _ = run(name)
    module = model.module
    found = direct_logit_attribution(model, cache, CLASS)
    with torch.no_grad():
        opened_gates(module, cache)
        for layer, block in enumerate(module.blocks):
            mix = cache[f"blocks.{layer}.attn.hook_attn_mix"]
            for head in range(model.config.n_heads):
                without = mix.clone()
                without[:, :, head] = 0
                changed = attention_out(block, without.flatten(2), mix.flatten(2))
                expected = lost(module, cache, layer, "attn", changed)
                term = found.heads[:, layer, head]
                assert torch.allclose(term, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", MODELS)
def test_a_source_counts_for_what_the_logit_loses_without_it(name):
    model, cache, _ = run(name)
    module, layer, head = model.module, 1, 2
    found = direct_logit_attribution(model, cache, CLASS)
    sources = found.head_sources(layer, head)
    block = module.blocks[layer]
    with torch.no_grad():
        opened_gates(module, cache)
        mix = cache[f"blocks.{layer}.attn.hook_attn_mix"]
        pattern = cache.pattern(layer, head)
        values = cache[f"blocks.{layer}.attn.hook_v"][:, :, head]
        for token in (0, 1, 7, mix.shape[1] - 1):
            without = mix.clone()
            taken = pattern[..., token, None] * values[:, None, token]
            without[:, :, head] -= taken
            changed = attention_out(block, without.flatten(2), mix.flatten(2))
            expected = lost(module, cache, layer, "attn", changed)
            assert torch.allclose(sources[:, token], expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    "name",
    [
        *MODELS,
        "deit_tiny_distilled_patch16_224",
        "vit_base_patch16_sapiens2",
        "eva02_enormous_patch14_clip_224",
        "beit_base_patch16_224",
        "vit_pwee_patch16_reg1_gap_256",
        "naflexvit_base_patch16_gap, rotary, gated",
    ],
)
def test_sources_add_up_to_their_head(name):
    model, cache, _ = run(name)
    found = direct_logit_attribution(model, cache, 1, versus=2, measure="difference")
    every = found.all_head_sources()
    config, n_tokens = model.config, cache["hook_embed"].shape[1]
    assert every.shape == (2, config.n_layers, config.n_heads, n_tokens)
    assert torch.allclose(every.sum(-1), found.heads, rtol=0, atol=1e-9)
    last = config.n_layers - 1
    one = found.head_sources(last, 1)
    assert torch.allclose(one, every[:, last, 1], rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["plain", "layer scale", "inner norms", "SwiGLU"])
def test_a_neuron_counts_for_what_the_logit_loses_without_it(name):
    model, cache, _ = run(name)
    module, layer = model.module, 1
    found = direct_logit_attribution(model, cache, CLASS)
    neurons = found.neurons(layer)
    assert neurons.shape == (2, model.config.d_mlp)
    assert torch.allclose(neurons.sum(1), found.mlp[:, layer], rtol=0, atol=1e-12)
    block, post = module.blocks[layer], cache[f"blocks.{layer}.mlp.hook_post"]
    with torch.no_grad():
        for neuron in (0, 5, model.config.d_mlp - 1):
            without = post.clone()
            without[..., neuron] = 0
            changed = block.ls2(block.mlp.fc2(without))
            expected = lost(module, cache, layer, "mlp", changed)
            assert torch.allclose(neurons[:, neuron], expected, rtol=0, atol=1e-9)


def test_an_mlp_after_whose_output_a_norm_comes():
    model, cache, _ = run("vit_base_patch16_rpn_224")
    module, layer = model.module, 0
    found = direct_logit_attribution(model, cache, CLASS)
    block, post = module.blocks[layer], cache[f"blocks.{layer}.mlp.hook_post"]
    with torch.no_grad():
        real = block.mlp.fc2(post)
        nothing = frozen(block.mlp.fc2.bias.expand_as(real), real, block.norm2)
        expected = lost(module, cache, layer, "mlp", nothing)
        assert torch.allclose(found.mlp[:, layer], expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("bad", "message"),
    [((3, 0), "there is no layer 3"), ((0, 4), "there is no head 4")],
)
def test_heads_that_do_not_exist_are_an_error(bad, message):
    model, cache, _ = run("plain")
    found = direct_logit_attribution(model, cache, CLASS)
    with pytest.raises(IndexError, match=message):
        found.head_sources(*bad)


def test_a_layer_that_does_not_exist_has_no_neurons():
    model, cache, _ = run("plain")
    with pytest.raises(IndexError, match="there is no layer -1"):
        direct_logit_attribution(model, cache, CLASS).neurons(-1)


def test_sources_of_differences_of_patterns_are_refused():
    model, cache, _ = run("vit_dpwee_patch16_reg1_gap_256")
    found = direct_logit_attribution(model, cache, CLASS)
    with pytest.raises(UnsupportedModelError, match="difference of two patterns"):
        found.head_sources(0, 0)


def test_a_head_that_hooks_replaced_has_no_sources():
    model, cache, _ = run("plain")
    hooks = [("blocks.1.attn.hook_z", lambda z, _: torch.zeros_like(z))]
    with torch.no_grad(), model.hooks(hooks):
        _, cache = model.run_with_cache(cache.source.images)
    found = direct_logit_attribution(model, cache, CLASS)
    assert torch.equal(found.heads[:, 1], torch.zeros_like(found.heads[:, 1]))
    with pytest.raises(UnsupportedModelError, match="no sum over tokens"):
        found.head_sources(1, 0)
    assert found.head_sources(0, 0).shape == (2, 17)
