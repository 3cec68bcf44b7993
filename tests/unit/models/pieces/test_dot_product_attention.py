"""Where operands are read at the fused softmax: what is refused there."""

from __future__ import annotations

import pytest
import timm
import torch

from vitwidgets.models import HookedViT
from vitwidgets.models.errors import HookError, ModelStateError


@pytest.fixture(name="module")
def _module():
    return timm.create_model("eva02_tiny_patch14_224", depth=2, img_size=28).eval()


@pytest.fixture(name="x")
def _x():
    return torch.linspace(-1, 1, 2 * 3 * 28 * 28).view(2, 3, 28, 28)


def nothing(value, hook):
    return None


def test_a_mask_given_to_the_module_by_hand_is_an_error_not_a_wrong_pattern(module, x):
    model = HookedViT(module)
    mask = torch.zeros(5, 5)
    with (
        pytest.raises(HookError, match=r"mask was passed to blocks\.0\.attn"),
        model.hooks([("blocks.0.attn.hook_pattern", nothing)]),
    ):
        module(x, attn_mask=mask)
    with (
        pytest.raises(HookError, match="can be read and replaced without a mask"),
        model.hooks([("blocks.1.attn.hook_pattern", nothing)]),
    ):
        module(x, is_causal=True)


def test_attention_that_is_not_fused_is_refused_when_the_model_is_attached(module):
    module.blocks[1].attn.fused_attn = False
    with pytest.raises(ModelStateError, match=r"block 1 .*set_fused_attn\(True\)"):
        HookedViT(module)


def test_a_bias_shared_by_blocks_can_be_replaced_in_one_of_them():
    module = timm.create_model("vit_srelpos_small_patch16_224", depth=2).eval()
    model = HookedViT(module)
    x = torch.linspace(-1, 1, 3 * 224 * 224).view(1, 3, 224, 224)
    with torch.no_grad():
        _, before = model.run_with_cache(x)
        far = before["blocks.1.attn.hook_attn_bias"] - 3.0
        site = "blocks.1.attn.hook_attn_bias"
        far[..., :50] += 3.0

        with model.hooks([(site, lambda value, hook: far)]):
            _, after = model.run_with_cache(x)
    first = "blocks.0.attn.hook_attn_bias"
    assert torch.equal(after[first], before[first])
    q, k = after["blocks.1.attn.hook_rot_q"], after["blocks.1.attn.hook_rot_k"]
    scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / q.shape[-1] ** 0.5 + far
    torch.testing.assert_close(
        after["blocks.1.attn.hook_pattern"], scores.softmax(-1), atol=1e-6, rtol=0
    )
    v = after["blocks.1.attn.hook_v"]
    torch.testing.assert_close(
        after["blocks.1.attn.hook_attn_mix"],
        torch.einsum("bhqk,bkhd->bqhd", scores.softmax(-1), v),
        atol=1e-5,
        rtol=0,
    )


def test_a_careless_hook_cannot_write_into_the_models_own_mask():
    module = timm.create_model("vit_srelpos_small_patch16_224", depth=1).eval()
    model = HookedViT(module)
    x = torch.zeros(1, 3, 224, 224)
    with torch.no_grad():
        plain = module(x)

        def careless(value, hook):
            value.zero_()

        with pytest.raises(HookError, match="changed the value in place"):
            model.run_with_hooks(x, [("blocks.0.attn.hook_attn_bias", careless)])
        assert torch.equal(module(x), plain)
