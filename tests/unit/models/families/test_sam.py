"""timm's SAM encoder: tokens by row and column, attention in windows."""

from __future__ import annotations

import pytest
import timm
import torch
from timm.models.vision_transformer_sam import (
    get_decomposed_rel_pos_bias,
    window_partition,
    window_unpartition,
)
from torch import nn
from torch.testing import assert_close

from tests.unit.models.random_weights import randomise
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import ModelStateError, UnsupportedModelError
from vitwidgets.models.pieces.windows import WindowGrid

VARIANTS = {
    "plain": {},
    "oblong": {"img_size": (64, 112)},
    "rotary": {"use_rel_pos": False, "use_rope": True},
    "norms": {"qk_norm": True, "pre_norm": True, "init_values": 0.3},
    "no neck": {"neck_chans": 0},
    "large windows": {"window_size": 14},
}


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


def build(name="plain", dtype=torch.float64, **options):
    module = timm.create_model(
        "samvit_base_patch16",
        **{
            "img_size": 80,
            "window_size": 2,
            "embed_dim": 32,
            "depth": 3,
            "num_heads": 4,
            "num_classes": 5,
            **VARIANTS[name],
            **options,
        },
    )
    return randomise(module).to(dtype).eval()


def images(module, dtype=torch.float64, batch=2, seed=0):
    generator = torch.Generator().manual_seed(seed)
    size = module.patch_embed.img_size
    return torch.randn(batch, 3, *size, generator=generator).to(dtype)


def in_windows(block, tokens, grid):
    """Tokens of an image in the windows of a block, (batch * window, token, ...)."""
    image = tokens.unflatten(1, grid)
    if not block.window_size:
        return tokens
    return window_partition(image, block.window_size)[0].flatten(1, 2)


def in_image(block, windows, grid):
    if not block.window_size:
        return windows
    size = block.window_size
    padded = [-(-length // size) * size for length in grid]
    square = windows.unflatten(1, (size, size))
    return window_unpartition(square, size, grid, padded).flatten(1, 2)


@pytest.mark.parametrize("name", VARIANTS)
def test_each_step_of_a_block_follows_from_the_one_before(name):
    module = build(name)
    model, x = HookedViT(module), images(module)
    logits, cache = model.run_with_cache(x)
    assert torch.equal(logits, module(x))
    grid = model.config.grid
    for layer, block in enumerate(module.blocks):

        def value(site, layer=layer):
            return cache[f"blocks.{layer}.{site}"]

        attn = block.attn
        windows = in_windows(block, value("ln1.hook_ln_out"), grid)
        q, k, v = attn.qkv(windows).unflatten(-1, (3, 4, -1)).unbind(2)
        for site, expected in (("q", q), ("k", k), ("v", v)):
            assert_close(value(f"attn.hook_{site}"), expected)
        rot_q, rot_k = value("attn.hook_rot_q"), value("attn.hook_rot_k")
        if attn.rope is None:
            assert_close(rot_q, attn.q_norm(q))
            assert_close(rot_k, attn.k_norm(k))
        else:
            assert not torch.equal(rot_q, q)
        scores = torch.einsum("bqhd,bkhd->bhqk", rot_q, rot_k) / 8**0.5
        if attn.use_rel_pos:
            bias = value("attn.hook_attn_bias")
            side = (block.window_size,) * 2 if block.window_size else grid
            for head in range(4):
                by_hand = get_decomposed_rel_pos_bias(
                    rot_q[:, :, head], attn.rel_pos_h, attn.rel_pos_w, side, side
                )
                assert_close(bias[:, head], by_hand)
            scores = scores + bias
        pattern = value("attn.hook_pattern")
        assert_close(value("attn.hook_attn_scores"), scores)
        assert_close(pattern, scores.softmax(-1))
        mix = value("attn.hook_attn_mix")
        assert_close(mix, torch.einsum("bhqk,bkhd->bqhd", pattern, v))
        z = value("attn.hook_z")
        assert torch.equal(z.flatten(2), in_image(block, mix.flatten(2), grid))
        by_head = attn.proj.weight.unflatten(1, (4, 8))
        result = torch.einsum("bthd,mhd->bthm", z, by_head)
        assert_close(value("attn.hook_result"), result)
        scaled = block.ls1(result.sum(2) + attn.proj.bias)
        assert_close(value("hook_attn_out"), scaled)
        mid = value("hook_resid_pre") + value("hook_attn_out")
        assert torch.equal(value("hook_resid_mid"), mid)
        assert torch.equal(value("hook_resid_post"), mid + value("hook_mlp_out"))


def test_q_is_what_the_relative_positions_follow_and_its_operand_is_not():
    module = build()
    model, x = HookedViT(module), images(module)
    _, clean = model.run_with_cache(x)
    for site, follows in (("q", True), ("rot_q", False)):
        with model.hooks([(f"blocks.0.attn.hook_{site}", lambda value, _: -value)]):
            logits, cache = model.run_with_cache(x)
        assert not torch.equal(logits, module(x))
        bias = "blocks.0.attn.hook_attn_bias"
        assert_close(cache[bias], -clean[bias] if follows else clean[bias])


@pytest.mark.parametrize("name", ["plain", "oblong"])
def test_what_is_written_at_a_patch_is_written_there_and_nowhere_else(name):
    module = build(name, global_attn_indexes=())
    model, x = HookedViT(module), images(module)
    token, grid = 7, model.config.grid

    def at_patch(value, hook):
        value = value.clone()
        value[1, token] += 1
        return value

    _, clean = model.run_with_cache(x)
    for ending in ("attn.hook_z", "attn.hook_result", "hook_attn_out"):
        with model.hooks([(f"blocks.0.{ending}", at_patch)]):
            _, cache = model.run_with_cache(x)
        mid = "blocks.0.hook_resid_mid"
        changed = (cache[mid] != clean[mid]).any(-1)
        assert changed.nonzero().tolist() == [[1, token]]
    windows = WindowGrid(*grid, module.blocks[0].window_size)
    window, place = windows.place(*divmod(token, grid[1]))

    def at_place(value, hook):
        value = value.clone()
        value[windows.n_windows + window, place] += 1
        return value

    with model.hooks([("blocks.0.attn.hook_attn_mix", at_place)]):
        _, cache = model.run_with_cache(x)
    changed = (cache["blocks.0.attn.hook_z"] != clean["blocks.0.attn.hook_z"]).any(-1)
    assert changed.any(-1).nonzero().tolist() == [[1, token]]


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("norms", torch.float32),
        ("oblong", torch.bfloat16),
        ("rotary", torch.float32),
    ],
)
def test_own_values_change_nothing_bit_for_bit(name, dtype):
    module = build(name, dtype)
    model, x = HookedViT(module), images(module, dtype)
    plain = module(x)
    for site in model.sites:
        own = [(site, lambda value, hook: value.clone())]
        assert torch.equal(model.run_with_hooks(x, own), plain), site


def test_images_of_a_cache_keep_their_windows():
    module = build()
    model, x = HookedViT(module), images(module, batch=3)
    _, cache = model.run_with_cache(x)
    _, alone = model.run_with_cache(x[1:2])
    some = cache.images(1)
    for site in model.sites:
        assert_close(some[site], alone[site])


def test_sizes_of_windows_are_in_the_config():
    config = HookedViT(build()).config
    assert config.window_sizes == (2, 2, 0)
    assert config.n_classes == 5
    with pytest.raises(ValueError, match="images must be 80 x 80 pixels"):
        HookedViT(build())(torch.zeros(1, 3, 96, 96, dtype=torch.float64))


def test_what_its_ends_lack_is_said():
    for options, site, reason in (
        ({}, "ln_final.hook_scale", "its neck.*comes after its blocks"),
        ({"global_pool": "", "num_classes": 0}, "hook_pooled", "it does not pool"),
        ({"head_hidden_size": 6}, "hook_pooled", "NormMlpClassifierHead pools is not"),
    ):
        model = HookedViT(build(**options))
        with pytest.raises(KeyError, match=reason):
            model.run_with_cache(images(model.module), site)


def test_other_parts_and_eager_attention_are_refused():
    module = build()
    module.blocks[1].attn.fused_attn = False
    with pytest.raises(ModelStateError, match=r"attention of block 1.*set_fused_attn"):
        HookedViT(module)
    module = build()
    module.blocks[1].attn = nn.Identity()
    with pytest.raises(UnsupportedModelError, match=r"attention of block 1 is of"):
        HookedViT(module)
    module = build()
    module.blocks = nn.Sequential()
    with pytest.raises(UnsupportedModelError, match="no blocks"):
        HookedViT(module)
