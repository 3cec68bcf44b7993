"""Blocks whose code is not what their class promises are noticed when attached."""

from __future__ import annotations

import pytest
import timm
import torch
from torch import nn

from tests.parity.variants import VARIANTS, build, images
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import UnsupportedModelError


@pytest.mark.parametrize("name", VARIANTS)
def test_honest_models_pass_in_every_precision(name):
    for dtype in (torch.float32, torch.bfloat16, torch.float16):
        HookedViT(build(name, dtype))


def patched(monkeypatch, forward):
    """Replace the code of a block's class where the cheap check cannot see it."""
    block = timm.models.vision_transformer.Block
    forward.__module__ = block.__module__
    monkeypatch.setattr(block, "forward", forward)


def test_an_addend_that_goes_past_its_tap_is_noticed(monkeypatch):
    def forward(self, x, attn_mask=None, is_causal=False):
        x = x + self.drop_path1(self.ls1(self.attn(self.norm1(x)))) * 2
        return x + self.drop_path2(self.ls2(self.mlp(self.norm2(x))))

    patched(monkeypatch, forward)
    with pytest.raises(
        UnsupportedModelError, match=r"hook_resid_mid is not hook_resid"
    ):
        HookedViT(build("plain"))


def test_a_third_addend_is_noticed(monkeypatch):
    def forward(self, x, attn_mask=None, is_causal=False):
        x = x + self.drop_path1(self.ls1(self.attn(self.norm1(x))))
        return 0.1 * x + x + self.drop_path2(self.ls2(self.mlp(self.norm2(x))))

    patched(monkeypatch, forward)
    with pytest.raises(UnsupportedModelError, match="code is not as expected"):
        HookedViT(build("plain"))


def test_a_part_that_is_never_called_is_noticed(monkeypatch):
    def forward(self, x, attn_mask=None, is_causal=False):
        x = x + self.ls1(self.attn(self.norm1(x)))
        return x + self.drop_path2(self.ls2(self.mlp(self.norm2(x))))

    patched(monkeypatch, forward)
    with pytest.raises(
        UnsupportedModelError, match=r"'blocks.0.hook_attn_out' was never reached"
    ):
        HookedViT(build("plain"))


def test_attaching_draws_no_random_numbers_and_leaves_no_gradients():
    module = build("plain")
    state = torch.get_rng_state()
    HookedViT(module)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(parameter.grad is None for parameter in module.parameters())


def test_attaching_costs_less_arithmetic_than_a_forward_pass():
    module = build("plain")
    counted = []

    def count(_, args, __):
        counted.append(args[0][..., 0].numel())

    handles = [
        part.register_forward_hook(count)
        for part in module.modules()
        if isinstance(part, nn.Linear)
    ]
    HookedViT(module)
    attached = sum(counted)
    counted.clear()
    with torch.no_grad():
        module(images(module, batch=1))
    forward = sum(counted)
    for handle in handles:
        handle.remove()
    assert 0 < attached < forward
