"""timm's CaiT: heads that are mixed, and class attention after the blocks."""

from __future__ import annotations

import pytest
import timm
import torch
from torch import nn
from torch.testing import assert_close

from tests.unit.models.random_weights import randomise
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import ModelStateError, UnsupportedModelError
from vitwidgets.models.sites import axes_of


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


def build(dtype=torch.float64, **options):
    module = timm.create_model(
        "cait_xxs24_224",
        **{
            "img_size": 48,
            "embed_dim": 48,
            "depth": 2,
            "num_heads": 4,
            "num_classes": 5,
            **options,
        },
    )
    return randomise(module).to(dtype).eval()


def images(dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, 3, 48, 48, generator=generator).to(dtype)


def heads_mixed(mixing, value):
    """The heads of (batch, head, query, key) mixed, by definition."""
    mixed = torch.einsum("gh,bhqk->bgqk", mixing.weight, value)
    return mixed + mixing.bias[:, None, None]


def test_each_step_of_talking_heads_follows_from_the_one_before():
    module, x = build(), images()
    logits, cache = HookedViT(module).run_with_cache(x)
    assert torch.equal(logits, module(x))
    for layer, block in enumerate(module.blocks):

        def value(site, layer=layer):
            return cache[f"blocks.{layer}.{site}"]

        attn = block.attn
        packed = attn.qkv(block.norm1(value("hook_resid_pre")))
        q, k, v = packed.unflatten(-1, (3, 4, 12)).unbind(2)
        assert_close(value("attn.hook_q"), q)
        assert_close(value("attn.hook_rot_q"), q / 12**0.5)
        assert_close(value("attn.hook_rot_k"), k)
        scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / 12**0.5
        assert_close(value("attn.hook_attn_scores"), scores)
        scores = heads_mixed(attn.proj_l, scores)
        assert_close(value("attn.hook_mixed_scores"), scores)
        pattern = scores.softmax(-1)
        assert_close(value("attn.hook_pattern"), pattern)
        mixed = heads_mixed(attn.proj_w, pattern)
        assert_close(value("attn.hook_mixed_pattern"), mixed)
        mix = torch.einsum("bhqk,bkhd->bqhd", mixed, v)
        assert_close(value("attn.hook_attn_mix"), mix)
        assert_close(value("attn.hook_z"), mix)
        out = block.gamma_1 * attn.proj(mix.flatten(2))
        assert_close(value("hook_attn_out"), out)
        for head, query in ((1, 2), (None, 3), (2, None)):
            whole = pattern if query is None else pattern[:, :, query]
            part = whole if head is None else whole[:, head]
            assert_close(cache.pattern(layer, head, query), part)


def test_each_step_of_class_attention_follows_from_the_one_before():
    module, x = build(), images()
    _, cache = HookedViT(module).run_with_cache(x)
    patches = cache["blocks.1.hook_resid_post"]
    stream = module.cls_token.expand(2, -1, -1)
    for index, block in enumerate(module.blocks_token_only):

        def value(site, index=index):
            return cache[f"token_blocks.{index}.{site}"]

        attn = block.attn
        assert torch.equal(value("hook_resid_pre"), stream)
        normed = block.norm1(torch.cat([stream, patches], 1))
        assert_close(value("ln1.hook_ln_out"), normed)
        q, k, v = (
            part(normed).unflatten(-1, (4, 12)) for part in (attn.q, attn.k, attn.v)
        )
        q = q[:, :1]
        for letter, expected in (("q", q), ("k", k), ("v", v)):
            assert_close(value(f"attn.hook_{letter}"), expected)
        scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / 12**0.5
        pattern = value("attn.hook_pattern")
        assert_close(pattern, scores.softmax(-1))
        z = torch.einsum("bhqk,bkhd->bqhd", pattern, v)
        assert_close(value("attn.hook_z"), z)
        attn_out = block.gamma_1 * attn.proj(z.flatten(2))
        assert_close(value("hook_attn_out"), attn_out)
        mid = stream + attn_out
        assert_close(value("hook_resid_mid"), mid)
        mlp_out = block.gamma_2 * block.mlp(block.norm2(mid))
        assert_close(value("hook_mlp_out"), mlp_out)
        assert_close(value("hook_resid_post"), mid + mlp_out)
        stream = value("hook_resid_post")
    final = module.norm(torch.cat([stream, patches], 1))
    assert_close(cache["ln_final.hook_ln_out"], final)
    assert_close(cache["hook_pooled"], final[:, 0])
    assert_close(cache["hook_logits"], module.head(final[:, 0]))


def test_sites_have_the_axes_that_are_said():
    module = build()
    model = HookedViT(module)
    _, cache = model.run_with_cache(images())
    lengths = {"batch": 2, "head": 4, "d_head": 12, "d_model": 48, "d_mlp": 192, "1": 1}
    for site in model.sites:
        tail = site.startswith(("token_blocks", "ln_final"))
        n_tokens = 9 + tail
        sizes = dict.fromkeys(("token", "query", "key"), n_tokens)
        sizes = {**lengths, **sizes, "class": 5}
        expected = tuple(sizes[axis] for axis in axes_of(site))
        assert cache[site].shape == expected, site


def test_the_class_token_is_replaced_where_it_enters_its_blocks():
    module, x = build(), images()
    model = HookedViT(module)
    for index in range(2):
        site = f"token_blocks.{index}.hook_resid_pre"
        given = torch.randn(2, 1, 48, dtype=torch.float64)
        logits = model.run_with_hooks(x, [(site, lambda value, hook, new=given: new)])
        patches = module.blocks(
            module.pos_drop(module.patch_embed(x) + module.pos_embed)
        )
        stream = given
        for block in module.blocks_token_only[index:]:
            stream = block(patches, stream)
        assert_close(logits, module.forward_head(module.norm(stream)))


def test_scaled_operands_are_replaced_exactly():
    module, x = build(torch.float32), images(torch.float32)
    model, site = HookedViT(module), "blocks.0.attn.hook_rot_q"
    _, donor = model.run_with_cache(images(torch.float32, seed=1), site)
    plain, seen = module(x), []
    with model.hooks([(site, lambda value, hook: donor[site])]):
        hooks = [
            ("blocks.0.attn.hook_attn_scores", lambda v, _: seen.append(v.clone()))
        ]
        assert not torch.equal(model.run_with_hooks(x, hooks), plain)
        _, cache = model.run_with_cache(x)
    q = donor[site].transpose(1, 2)
    scores = q @ cache["blocks.0.attn.hook_rot_k"].permute(0, 2, 3, 1)
    assert torch.equal(seen[0], scores)
    assert torch.equal(cache["blocks.0.attn.hook_attn_scores"], scores)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_patterns_of_half_precision_are_float32_and_changes_of_them_count(dtype):
    module, x = build(dtype), images(dtype)
    model, site = HookedViT(module), "blocks.1.attn.hook_pattern"
    plain = module(x)
    _, cache = model.run_with_cache(x)
    assert cache[site].dtype == torch.float32
    sums = cache[site].sum(-1)
    assert_close(sums, torch.ones_like(sums), rtol=0, atol=1e-6)
    own = [("*", lambda value, hook: value.clone())]
    assert torch.equal(model.run_with_hooks(x, own), plain)
    second, seen = module.blocks[1].attn.proj_w, []
    hook = second.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    module(x)
    hook.remove()
    expected = seen[0].clone()
    expected[0, 2, :, 1] = 1 / 9

    def uniform_in_a_row(value, hook):
        value = value.clone()
        value[0, 1, 2] = 1 / 9
        return value

    with model.hooks([(site, uniform_in_a_row)]):
        _, cache = model.run_with_cache(x)
    mixed = cache["blocks.1.attn.hook_mixed_pattern"]
    assert torch.equal(mixed, second(expected).permute(0, 3, 1, 2))


def test_the_config_says_where_the_class_token_is():
    config = HookedViT(build()).config
    assert (config.n_tokens, config.prefix_names) == (9, ())
    assert config.pool == "class_attention"
    assert HookedViT(build(global_pool="avg")).config.pool == "avg"


def test_other_parts_are_refused():
    module = build()
    module.prune_intermediate_layers(1)
    with pytest.raises(UnsupportedModelError, match=r"no blocks_token_only.*pruned"):
        HookedViT(module)
    module = build()
    module.blocks[1].attn = timm.layers.Attention(48, 4)
    with pytest.raises(UnsupportedModelError, match=r"attention of block 1 is of"):
        HookedViT(module.eval())
    module = build()
    module.blocks_token_only[0] = module.blocks[0]
    with pytest.raises(UnsupportedModelError, match=r"token block 0 is of class"):
        HookedViT(module)
    module = build()
    module.blocks_token_only[1] = module.blocks_token_only[0]
    with pytest.raises(UnsupportedModelError, match=r"token block 1 and .* are one"):
        HookedViT(module)
    module = build()
    module.blocks_token_only[1].attn.fused_attn = False
    with pytest.raises(ModelStateError, match=r"token block 1.*set_fused_attn"):
        HookedViT(module)
    module = build()
    module.patch_embed = nn.Conv2d(3, 48, 16, 16)
    with pytest.raises(UnsupportedModelError, match="patch embedding is of class"):
        HookedViT(module)
