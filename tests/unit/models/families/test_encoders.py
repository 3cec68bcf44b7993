"""Vision encoders of language models, alone and in their classifiers."""

from __future__ import annotations

import copy

import pytest
import torch
from timm.models.deepseek_vit import DeepseekVitClassifier, DeepseekVitEncoder
from timm.models.gemma4_vit import Gemma4VitClassifier, Gemma4VitEncoder
from timm.models.qwen3_vit import Qwen3VitClassifier, Qwen3VitEncoder
from torch import nn
from torch.testing import assert_close

from tests.parity.test_writing import own
from tests.unit.models.unusual_blocks import randomise
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import (
    CacheBudgetError,
    ModelStateError,
    UnknownSiteError,
    UnsupportedModelError,
)

_SMALL = {"patch_size": 8, "embed_dim": 32, "depth": 2, "img_size": 48}
_QWEN = {**_SMALL, "num_heads": 2, "pos_embed_grid_size": 4}
_DEEPSEEK = {**_SMALL, "num_heads": 2}
_GEMMA = {
    **_SMALL,
    "num_heads": 4,
    "head_dim": 8,
    "intermediate_size": 48,
    "position_embedding_size": 12,
}
_FIVE = {"num_classes": 5}
_PROJECTED = {"out_features": 20}

ENCODERS = {
    "qwen": lambda: Qwen3VitClassifier(**_QWEN, **_FIVE),
    "qwen, merged": lambda: Qwen3VitClassifier(
        **_QWEN, **_FIVE, **_PROJECTED, encoder_pool="merge"
    ),
    "qwen, unpooled": lambda: Qwen3VitClassifier(**_QWEN, **_FIVE, global_pool=""),
    "qwen, no norm": lambda: Qwen3VitClassifier(**_QWEN, **_FIVE, final_norm=False),
    "qwen's encoder": lambda: Qwen3VitEncoder(**_QWEN, global_pool=""),
    "qwen's encoder, averaged": lambda: Qwen3VitEncoder(**_QWEN, global_pool="avg"),
    "qwen's encoder, merged": lambda: Qwen3VitEncoder(**_QWEN, **_PROJECTED),
    "deepseek": lambda: DeepseekVitClassifier(**_DEEPSEEK, **_FIVE),
    "deepseek, aligned": lambda: DeepseekVitClassifier(
        **_DEEPSEEK, **_FIVE, **_PROJECTED, encoder_pool="align"
    ),
    "deepseek, unpooled": lambda: DeepseekVitClassifier(
        **_DEEPSEEK, num_classes=0, global_pool=""
    ),
    "deepseek's encoder": lambda: DeepseekVitEncoder(**_DEEPSEEK, global_pool=""),
    "deepseek's encoder, aligned": lambda: DeepseekVitEncoder(
        **_DEEPSEEK, **_PROJECTED
    ),
    "gemma": lambda: Gemma4VitClassifier(**_GEMMA, **_FIVE),
    "gemma, grouped queries": lambda: Gemma4VitClassifier(
        **_GEMMA, **_FIVE, num_kv_heads=2
    ),
    "gemma, clamped": lambda: Gemma4VitClassifier(
        **_GEMMA, **_FIVE, use_clipped_linears=True
    ),
    "gemma, soft tokens": lambda: Gemma4VitClassifier(
        **_GEMMA, **_FIVE, encoder_pool="soft", standardize=True
    ),
    "gemma, unpooled": lambda: Gemma4VitClassifier(
        **_GEMMA, **_FIVE, global_pool="none"
    ),
    "gemma's encoder": lambda: Gemma4VitEncoder(**_GEMMA, global_pool="none"),
    "gemma's encoder, soft tokens": lambda: Gemma4VitEncoder(**_GEMMA),
}
OBLONG = (48, 96)


def build(name, dtype=torch.float32):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = ENCODERS[name]()
        randomise(module)
    for path, buffer in module.named_buffers():
        if path.endswith(("put_min", "put_max")):
            buffer.fill_(-1.5 if path.endswith("min") else 1.5)
    return module.to(dtype).eval()


def images(size=OBLONG, seed=1, dtype=torch.float32):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(2, 3, *size, generator=generator).to(dtype)


def encoder_of(module):
    return getattr(module, "encoder", module)


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


@pytest.mark.parametrize("name", ENCODERS)
def test_everything_cached_or_written_back_leaves_the_output_bit_for_bit(name):
    module, x = build(name), images()
    plain = module(x)
    model = HookedViT(module)
    logits, cache = model.run_with_cache(x)
    assert torch.equal(logits, plain)
    assert list(cache) == list(model.sites)
    reached = {}

    def keep(value, hook):
        reached[hook.name] = value.clone()

    model.run_with_hooks(x, [("*", keep)])
    assert list(reached) == list(model.sites), "the order is that of the forward pass"

    def disturb(value, hook):
        return value + 0.1 * torch.randn_like(value)

    for site in model.sites:
        assert torch.equal(cache[site], reached[site]), site
        assert torch.equal(model.run_with_hooks(x, [(site, own)]), plain), site
        changed = model.run_with_hooks(x, [(site, disturb)])
        assert not torch.equal(changed, plain), f"{site} has no effect"


@pytest.mark.parametrize("name", ENCODERS)
def test_a_donors_stream_gives_the_donors_output(name):
    model = HookedViT(build(name))
    expected, cache = model.run_with_cache(images(seed=2), "*hook_resid*")
    for layer in range(2):
        for place in ("pre", "mid", "post"):
            site = f"blocks.{layer}.hook_resid_{place}"
            hooks = [(site, lambda value, hook: cache[hook.name])]
            assert torch.equal(model.run_with_hooks(images(), hooks), expected), site


@pytest.mark.parametrize("name", ["qwen", "deepseek", "gemma"])
def test_the_embedding_is_of_the_encoders_patches_and_positions(name):
    module = build(name, torch.float64)
    encoder, x = encoder_of(module), images(dtype=torch.float64)
    _, cache = HookedViT(module).run_with_cache(x, "*embed")
    full, embed = cache["hook_full_embed"], cache["hook_embed"]
    rows, cols = OBLONG[0] // 8, OBLONG[1] // 8
    pixels = x.unfold(2, 8, 8).unfold(3, 8, 8).permute(0, 2, 3, 1, 4, 5)
    if name == "gemma":
        weight, bias = encoder.patch_embed.input_proj.weight, 0.0
        pixels = 2 * (pixels - 0.5)
    else:
        weight = encoder.patch_embed.proj.weight.flatten(1)
        bias = encoder.patch_embed.proj.bias
    patches = pixels.flatten(3).flatten(1, 2) @ weight.T + bias
    assert_close(embed, patches, rtol=1e-9, atol=1e-9)
    if name == "deepseek":
        assert torch.equal(full, embed)
        return
    if name == "gemma":
        across, down = encoder.patch_embed.position_embedding_table
        positions = down[:rows, None] + across[None, :cols]
    else:
        table = encoder.pos_embed.unflatten(1, (4, 4)).permute(0, 3, 1, 2)
        resized = nn.functional.interpolate(
            table, (rows, cols), mode="bilinear", align_corners=True
        )
        positions = resized[0].permute(1, 2, 0)
    positions = positions.flatten(0, 1).expand_as(embed)
    assert_close(cache["hook_pos_embed"], positions, rtol=1e-9, atol=1e-9)
    assert_close(full, patches + positions, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["qwen", "qwen, merged", "deepseek, aligned", "gemma"])
def test_the_head_reads_the_norm_of_the_average_of_the_tokens(name):
    module, x = build(name, torch.float64), images(dtype=torch.float64)
    tokens = module.forward_features(x).flatten(1, -2)
    model = HookedViT(module)
    logits, cache = model.run_with_cache(x)
    assert_close(cache["hook_pooled"], tokens.mean(1), rtol=1e-9, atol=1e-9)
    ln = "ln_head" if name.startswith("deepseek") else "ln_final"
    by_hand = cache["hook_pooled"]
    if name.startswith("qwen"):
        by_hand = by_hand - by_hand.mean(-1, keepdim=True)
    scale = (by_hand.pow(2).mean(-1, keepdim=True) + module.norm.eps).sqrt()
    # DeepSeek's norms compute in float32 whatever the model's dtype.
    within = 1e-6 if name.startswith("deepseek") else 1e-9
    assert_close(cache[f"{ln}.hook_scale"], scale, rtol=within, atol=within)
    normed = by_hand / scale
    assert_close(cache[f"{ln}.hook_ln_out"], normed, rtol=within, atol=within)
    head = cache[f"{ln}.hook_ln_out"] @ module.head.weight.T + module.head.bias
    assert_close(logits, head, rtol=1e-9, atol=1e-9)


def test_deepseeks_final_norm_is_that_of_its_tokens():
    module, x = build("deepseek"), images()
    _, cache = HookedViT(module).run_with_cache(x)
    by_hand = module.encoder.norm(cache["blocks.1.hook_resid_post"])
    assert torch.equal(cache["ln_final.hook_ln_out"], by_hand)
    assert_close(cache["hook_pooled"], by_hand.mean(1))


@pytest.mark.parametrize("name", ["gemma", "gemma, grouped queries"])
def test_gemmas_attention_is_by_definition(name):
    module, x = build(name, torch.float64), images(dtype=torch.float64)
    _, cache = HookedViT(module).run_with_cache(x)

    def rms(value, norm):
        scale = (value.pow(2).mean(-1, keepdim=True) + norm.eps).sqrt()
        return value / scale * (1 if norm.weight is None else norm.weight)

    for layer, block in enumerate(module.encoder.blocks):
        site, attention = f"blocks.{layer}.attn.hook_", block.attn
        ln_out = rms(cache[f"blocks.{layer}.hook_resid_pre"], block.norm1)
        groups = attention.num_kv_groups
        for letter in "qkv":
            weight = getattr(attention, f"{letter}_proj").linear.weight
            by_hand = (ln_out @ weight.T).unflatten(-1, (-1, 8))
            assert_close(cache[site + letter], by_hand, rtol=1e-9, atol=1e-9)
        v = rms(cache[site + "v"], attention.v_norm).repeat_interleave(groups, 2)
        assert_close(cache[site + "normed_v"], v, rtol=1e-9, atol=1e-9)
        scores = torch.einsum(
            "bqhd,bkhd->bhqk", cache[site + "rot_q"], cache[site + "rot_k"]
        )
        assert_close(cache[site + "attn_scores"], scores, rtol=1e-9, atol=1e-9)
        mix = torch.einsum("bhqk,bkhd->bqhd", scores.softmax(-1), v)
        for name_of_it in ("attn_mix", "z"):
            assert_close(cache[site + name_of_it], mix, rtol=1e-9, atol=1e-9)
        added = rms(cache[site + "result"].sum(2), block.norm2)
        out = cache[f"blocks.{layer}.hook_attn_out"]
        assert_close(out, added, rtol=1e-9, atol=1e-9)
        post = cache[f"blocks.{layer}.mlp.hook_post"]
        added = rms(post @ block.mlp.down_proj.linear.weight.T, block.norm4)
        out = cache[f"blocks.{layer}.hook_mlp_out"]
        assert_close(out, added, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["qwen", "deepseek", "gemma", "gemma, clamped"])
def test_zeroing_a_head_is_zeroing_its_columns(name):
    module, x = build(name), images()
    model = HookedViT(module)
    width = model.config.d_head

    def zero(value, hook):
        value = value.clone()
        value[:, :, 1] = 0
        return value

    for layer in range(2):
        written = model.run_with_hooks(x, [(f"blocks.{layer}.attn.hook_z", zero)])
        surgery = copy.deepcopy(module)
        attention = surgery.encoder.blocks[layer].attn
        projection = getattr(attention, "proj", None) or attention.o_proj.linear
        projection.weight[:, width : 2 * width] = 0
        assert torch.equal(written, surgery(x))
        assert not torch.equal(written, module(x))


def test_clamps_switched_on_later_make_no_number_wrong():
    module, x = build("gemma, clamped"), images()
    module.set_clamp_enabled(False)
    model = HookedViT(module)
    with pytest.raises(UnknownSiteError, match="Gemma4ClippableLinear, not a plain"):
        model.run_with_cache(x, "blocks.0.attn.hook_result")
    module.set_clamp_enabled(True)
    _, cache = model.run_with_cache(x)
    assert torch.equal(cache["hook_logits"], module(x))
    for layer, block in enumerate(module.encoder.blocks):
        z = cache[f"blocks.{layer}.attn.hook_z"]
        projected = block.norm2(block.attn.o_proj(z.flatten(-2)))
        assert torch.equal(cache[f"blocks.{layer}.hook_attn_out"], projected)


@pytest.mark.parametrize(
    ("name", "site", "reason"),
    [
        ("qwen's encoder", "hook_pooled", "pools nothing before its output"),
        ("qwen, unpooled", "hook_pooled", "does not pool its tokens"),
        ("qwen, no norm", "ln_final.hook_scale", "no final norm"),
        ("deepseek", "hook_pos_embed", "adds no position embedding"),
        ("gemma", "hook_ln_pre", "no norm before its first block"),
    ],
)
def test_what_is_not_there_is_said_with_its_reason(name, site, reason):
    model = HookedViT(build(name))
    with pytest.raises(UnknownSiteError, match=reason):
        model.run_with_cache(images(), site)


@pytest.mark.parametrize("name", ENCODERS)
def test_sizes_are_those_of_the_encoder_and_the_output_is_what_it_returns(name):
    module = build(name)
    model = HookedViT(module)
    config = model.config
    assert config.dynamic_size
    assert (config.n_prefix_tokens, config.d_model, config.n_layers) == (0, 32, 2)
    x = images(config.image_size)
    logits, cache = model.run_with_cache(x)
    stream = cache["blocks.1.hook_resid_post"]
    assert stream.shape == (2, config.n_tokens, 32)
    assert cache["hook_logits"].shape == logits.shape == module(x).shape
    assert cache["blocks.0.mlp.hook_post"].shape[-1] == config.d_mlp
    assert cache["blocks.0.attn.hook_z"].shape[-2:] == (config.n_heads, config.d_head)
    apart = config.pool in {"", "align", "merge", "soft"}
    assert (logits.dim() > 2) == apart


@pytest.mark.parametrize("name", ENCODERS)
def test_the_estimate_is_no_less_than_what_a_cache_holds(name):
    model, x = HookedViT(build(name)), images()
    for wanted in (None, "*.hook_[qkv]", "*.mlp.hook_p*", "hook_*", "ln_*"):
        if wanted == "ln_*" and "ln_final.hook_scale" not in model.sites:
            continue
        _, cache = model.run_with_cache(x, wanted)
        with pytest.raises(CacheBudgetError):
            model.run_with_cache(x, wanted, budget=cache.nbytes - 1)


def test_foreign_parts_are_refused():
    module = build("qwen")
    module.encoder = nn.Sequential(module.encoder)
    with pytest.raises(UnsupportedModelError, match="its encoder is of class torch"):
        HookedViT(module)
    module = build("gemma")
    module.encoder.patch_embed = nn.Linear(3, 3)
    with pytest.raises(UnsupportedModelError, match="its patch embedding is of class"):
        HookedViT(module)
    module = build("deepseek's encoder")
    module.blocks[1] = nn.Identity()
    with pytest.raises(UnsupportedModelError, match="block 1 is of class torch"):
        HookedViT(module)
    module = build("gemma's encoder")
    module.blocks = nn.ModuleList()
    with pytest.raises(UnsupportedModelError, match="no blocks at all"):
        HookedViT(module)
    module = build("gemma")
    module.encoder.blocks[0].attn.fused_attn = False
    with pytest.raises(ModelStateError, match="block 0 does not use PyTorch's fused"):
        HookedViT(module)
