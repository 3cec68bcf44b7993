"""What is special to open_clip's towers: native attention, two towers, refusals."""

from __future__ import annotations

import copy
import pickle

import open_clip
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (as everybody writes it)
from torch import nn
from torch.testing import assert_close

from tests.parity.entries import build, inputs
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import (
    HookError,
    ModelStateError,
    UnsupportedModelError,
)
from vitwidgets.models.families.open_clip_towers import image_tower, text_tower

Q = "blocks.0.attn.hook_q"


def own(value, hook):
    return value.clone()


@pytest.fixture(name="no_grad")
def _no_grad():
    with torch.no_grad():
        yield


@pytest.fixture(name="module")
def _module():
    return build("ViT-B-32")


@pytest.fixture(name="native_calls")
def _native_calls(monkeypatch):
    """Batch sizes of the calls of torch's native attention."""
    calls = []
    native = torch._native_multi_head_attention

    def counted(query, *args):
        calls.append(query.shape[0])
        return native(query, *args)

    monkeypatch.setattr(torch, "_native_multi_head_attention", counted)
    return calls


@pytest.mark.usefixtures("no_grad")
def test_reading_leaves_torchs_native_attention_alone(module, native_calls):
    model, x = HookedViT(module), inputs("ViT-B-32")
    native_calls.clear()
    plain = module(x)
    assert native_calls == [2, 2]
    logits, cache = model.run_with_cache(x)
    assert native_calls == [2] * 4
    assert torch.equal(logits, plain)
    assert torch.equal(model.run_with_cache(x, Q)[0], plain)
    assert native_calls == [2] * 6
    assert cache[Q].shape == (2, 10, 4, 12)


@pytest.mark.usefixtures("no_grad")
@pytest.mark.parametrize("ending", ["q", "pattern", "z", "result"])
def test_only_the_attention_that_is_written_is_computed_in_steps(
    module, native_calls, ending
):
    model, x = HookedViT(module), inputs("ViT-B-32")
    plain = module(x)
    native_calls.clear()
    site = f"blocks.1.attn.hook_{ending}"
    logits = model.run_with_hooks(x, [(site, own)])
    assert native_calls == [2]
    assert (logits - plain).abs().max() <= 2e-6 * plain.abs().max()
    native_calls.clear()
    model.run_with_hooks(x, [("blocks.1.hook_attn_out", own)])
    assert native_calls == [2, 2]


@pytest.mark.usefixtures("no_grad")
def test_in_steps_is_bit_for_bit_torchs_path_without_the_native_call(
    module, monkeypatch
):
    model, x = HookedViT(module), inputs("ViT-B-32")
    attention = [f"blocks.{layer}.attn.*" for layer in range(2)]
    with model.hooks([(sites, own) for sites in attention]):
        written, cache = model.run_with_cache(x)
        values = dict(cache)
    _, plain_cache = model.run_with_cache(x)
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        assert torch.equal(written, module(x))
        _, slow = model.run_with_cache(x)
        slow = dict(slow)
    finally:
        torch.backends.mha.set_fastpath_enabled(True)
    for site, value in values.items():
        # What is derived without the native call is what the steps computed.
        assert torch.equal(slow[site], value), site
        assert_close(plain_cache[site], value, rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("no_grad")
def test_foreign_hooks_on_attention_are_seen_and_keep_the_native_call(
    module, native_calls
):
    model, x = HookedViT(module), inputs("ViT-B-32")
    attention = module.transformer.resblocks[0].attn
    seen = []

    def doubled(_, args):
        seen.append(2 * args[0])
        return (2 * args[0],) * 3

    handle = attention.register_forward_pre_hook(doubled)
    plain = module(x)
    native_calls.clear()
    logits, cache = model.run_with_cache(x)
    handle.remove()
    assert native_calls == [2, 2]
    assert torch.equal(logits, plain)
    packed = F.linear(seen[0], attention.in_proj_weight, attention.in_proj_bias)
    q, _, v = packed.unflatten(-1, (3, 4, 12)).unbind(2)
    assert_close(cache[Q], q)
    assert_close(cache["blocks.0.attn.hook_v"], v)
    mix = torch.einsum("bhqk,bkhd->bqhd", cache["blocks.0.attn.hook_pattern"], v)
    assert_close(cache["blocks.0.attn.hook_z"], mix, rtol=1e-4, atol=1e-5)


def test_gradients_reach_what_hooks_give_inside_attention(module):
    model, x = HookedViT(module), inputs("ViT-B-32")
    given = {}

    def give(value, hook):
        given[hook.name] = value.clone()
        return given[hook.name]

    sites = [f"blocks.1.attn.hook_{name}" for name in ("q", "k", "v", "z")]
    logits = model.run_with_hooks(x, [(sites, give)])
    assert torch.equal(logits, module(x))
    gradients = torch.autograd.grad(logits.sum(), list(given.values()))
    assert len(gradients) == len(sites)
    assert all(gradient.abs().max() > 0 for gradient in gradients)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("key_padding_mask", {"key_padding_mask": torch.zeros(2, 10).bool()}),
        ("need_weights", {"need_weights": True}),
        ("attn_mask", {"attn_mask": torch.zeros(10, 10)}),
        ("key or value", {"key": torch.zeros(2, 10, 48)}),
    ],
)
def test_attention_called_otherwise_is_an_error(module, name, options):
    model, x = HookedViT(module), inputs("ViT-B-32")
    block = module.transformer.resblocks[0]

    def attention(q_x, **_):
        given = {"key": q_x, "value": q_x, "need_weights": False, **options}
        return block.attn(q_x, **given)[0]

    block.attention = attention
    with pytest.raises(HookError, match=rf"blocks\.0\.attn was called with {name}"):
        model.run_with_hooks(x, [(Q, own)])


@pytest.mark.usefixtures("no_grad")
def test_towers_that_give_tokens_too_give_their_first_output():
    for name in ("coca_ViT-B-32", "text of coca_ViT-B-32"):
        module, x = build(name), inputs(name)
        pooled, tokens = module(x)
        assert tokens.dim() == 3
        model = HookedViT(module)
        assert torch.equal(model(x), pooled)
        logits = model.run_with_hooks(x, [("hook_logits", lambda v, h: v + 1)])
        assert torch.equal(logits, pooled + 1)
        with model.hooks([("hook_logits", lambda v, h: v + 1)]):
            assert torch.equal(module(x)[1], tokens)


@pytest.mark.usefixtures("no_grad")
def test_a_timm_tower_is_its_trunk_with_the_heads_output():
    name = "ViT-B-16-SigLIP"
    module, x = build(name), inputs(name)
    model, trunk = HookedViT(module), HookedViT(module.trunk)
    assert model.sites == trunk.sites
    assert model.config.n_classes == 0
    _, cache = model.run_with_cache(x)
    assert torch.equal(cache["hook_logits"], module(x))
    _, inside = trunk.run_with_cache(x)
    assert torch.equal(cache["hook_pooled"], inside["hook_pooled"])
    with pytest.raises(UnsupportedModelError, match=r"ResNet.*without attention"):
        HookedViT(timm_tower("resnet18"))


def timm_tower(name):
    settings = {"timm_model_name": name, "timm_pool": "avg", "image_size": 32}
    with torch.device("meta"):
        return open_clip.model._build_vision_tower(8, settings).eval()


def small_clip(**changes):
    vision = {"layers": 1, "width": 32, "head_width": 16, "image_size": 32}
    text = {"layers": 1, "width": 32, "heads": 2, "vocab_size": 20}
    return {
        "embed_dim": 8,
        "vision_cfg": {**vision, **changes},
        "text_cfg": {**text, "context_length": 6},
    }


@pytest.mark.parametrize(
    ("make", "of_its_own"),
    [(open_clip.model.CLIP, False), (open_clip.model.CustomTextCLIP, True)],
)
@pytest.mark.usefixtures("no_grad")
def test_both_towers_of_a_model_are_given(make, of_its_own):
    clip = make(**small_clip()).eval()
    texts, images = torch.randint(20, (3, 6)), torch.randn(2, 3, 32, 32)
    text, image = text_tower(clip), image_tower(clip)
    assert torch.equal(HookedViT(text)(texts), clip.encode_text(texts))
    assert torch.equal(HookedViT(image)(images), clip.encode_image(images))
    assert image is clip.visual
    assert not of_its_own or text is clip.text
    shared = {id(parameter) for parameter in clip.parameters()}
    assert {id(parameter) for parameter in text.parameters()} < shared
    assert text.state_dict().keys() <= {
        key.removeprefix("text.") for key in clip.state_dict()
    }
    for twin in (copy.deepcopy(text), pickle.loads(pickle.dumps(text))):  # noqa: S301 (just made here)
        assert torch.equal(HookedViT(twin)(texts), clip.encode_text(texts))


def test_a_text_tower_in_training_mode_is_refused():
    clip = open_clip.model.CLIP(**small_clip()).train()
    with pytest.raises(ModelStateError, match="training mode"):
        HookedViT(text_tower(clip))


@pytest.mark.parametrize("make", [open_clip.model.CLIP, open_clip.model.CustomTextCLIP])
def test_a_model_with_two_towers_is_refused_with_the_way_out(make):
    with pytest.raises(
        UnsupportedModelError, match=r"two towers: pass its \.visual, or.*text_tower"
    ):
        HookedViT(make(**small_clip()).eval())
    with pytest.raises(UnsupportedModelError, match=r"two towers is wanted.*Linear"):
        text_tower(nn.Linear(2, 2))
    with pytest.raises(UnsupportedModelError, match=r"two towers is wanted.*Linear"):
        image_tower(nn.Linear(2, 2))


def test_a_text_tower_of_transformers_is_refused_with_the_reason():
    encoder = type("HFTextEncoder", (nn.Module,), {})()
    with pytest.raises(UnsupportedModelError, match="of the package transformers"):
        HookedViT(encoder)


def built(**changes):
    settings = small_clip(**changes)["vision_cfg"]
    return open_clip.model._build_vision_tower(8, settings).eval()


def test_what_open_clip_cannot_run_itself_is_refused():
    with pytest.raises(UnsupportedModelError, match=r"scaled cosine attention.*itself"):
        HookedViT(built(scaled_cosine_attn=True))
    pooling = {"attentional_pool": "parallel", "attn_pooler_heads": 2}
    with pytest.raises(UnsupportedModelError, match=r"'parallel'.*untested"):
        HookedViT(built(**pooling))


def test_parts_that_are_computed_otherwise_are_refused():
    module = built(qk_norm=True)
    module.transformer.resblocks[0].attn.use_fsdpa = False
    with pytest.raises(ModelStateError, match=r"use_fsdpa is False"):
        HookedViT(module)
    module = built()
    module.transformer.batch_first = False
    with pytest.raises(UnsupportedModelError, match=r"batch_first.*newer open_clip"):
        HookedViT(module)
    module = built()
    module.transformer.resblocks[0].attn = nn.MultiheadAttention(32, 2)
    with pytest.raises(UnsupportedModelError, match="attention of block 0 is not as"):
        HookedViT(module.eval())
    module = built()
    module.transformer.resblocks[0].attn = nn.Identity()
    with pytest.raises(UnsupportedModelError, match="attention of block 0 is of class"):
        HookedViT(module)
    module = built()
    module.transformer.resblocks[0].mlp.append(nn.Dropout())
    with pytest.raises(UnsupportedModelError, match="MLP of block 0 is of class"):
        HookedViT(module)
    module = built()
    module.transformer.resblocks = nn.ModuleList()
    with pytest.raises(UnsupportedModelError, match="no blocks"):
        HookedViT(module)


@pytest.mark.usefixtures("no_grad")
@pytest.mark.parametrize(
    ("changes", "pooled"),
    [
        ({}, lambda out: out[:, 0]),
        # torch has no native call for an odd number of heads
        ({"width": 48}, lambda out: out[:, 0]),
        ({"pool_type": "avg"}, lambda out: out[:, 1:].mean(1)),
        ({"pool_type": "none"}, None),
    ],
)
def test_image_towers_pool_as_they_say(changes, pooled):
    module, x = built(**changes), torch.randn(2, 3, 32, 32)
    model = HookedViT(module)
    logits, cache = model.run_with_cache(x)
    assert torch.equal(logits, module(x))
    if pooled is None:
        with pytest.raises(KeyError, match="not pooled"):
            model.run_with_cache(x, "hook_pooled")
        return
    found = cache["hook_pooled"]
    assert torch.equal(found, pooled(cache["ln_final.hook_ln_out"]))
    changed = model.run_with_hooks(x, [("hook_pooled", lambda value, hook: 2 * value)])
    assert_close(changed, 2 * logits)
    module.proj = None
    assert torch.equal(HookedViT(module)(x), found)
    own_value = HookedViT(module).run_with_hooks(x, [("hook_pooled", own)])
    assert torch.equal(own_value, found)
