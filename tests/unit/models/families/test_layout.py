"""What is refused, and how."""

from __future__ import annotations

import types

import pytest
import timm
import torch
from torch import nn

from tests.parity.variants import build, images
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import ModelStateError, UnsupportedModelError
from vitwidgets.models.families.refusals import WHY_NOT
from vitwidgets.models.families.tables import FAMILIES

REFUSED = {
    "resnet18": "ResNet",
    "xcit_nano_12_p16_224": "Xcit.*over channels",
    "hiera_tiny_224": "Hiera.*pool tokens",
    "swin_tiny_patch4_window7_224": "SwinTransformer.*windows",
    "convnext_atto": "ConvNeXt.*without attention",
    "volo_d1_224": "VOLO.*outlook attention",
    "pit_ti_224": "PoolingVisionTransformer.*pool tokens",
    "levit_128s": "Levit.*pool tokens",
    "convit_tiny": "ConVit.*outside of any softmax",
    "crossvit_9_240": "CrossVit.*two widths",
    "tnt_s_legacy_patch16_224": "TNT.*within each patch",
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_models_are_refused_by_class(name):
    if not timm.is_model(name):
        pytest.skip(f"this timm has no {name}")
    with torch.device("meta"):
        module = timm.create_model(name)
    with pytest.raises(UnsupportedModelError, match=REFUSED[name]) as caught:
        HookedViT(module)
    message = str(caught.value)
    assert message.startswith("the model is of class timm.models.")
    assert message.endswith("docs/models.md lists every one.")
    assert len(message) < 350


@pytest.mark.parametrize("thing", [None, "test_vit", {"weights": 1}, build])
def test_what_is_no_module_is_refused(thing):
    with pytest.raises(UnsupportedModelError, match="a torch module is wanted, not"):
        HookedViT(thing)


def test_a_wrapper_points_at_what_it_wraps():
    wrapper = nn.Sequential(nn.Identity(), build("plain"))
    with pytest.raises(UnsupportedModelError, match=r"Its part '1' may be: pass that"):
        HookedViT(wrapper)
    with pytest.raises(UnsupportedModelError, match=r"DataParallel.*pass its \.module"):
        HookedViT(nn.DataParallel(build("plain")))


def test_subclasses_are_refused():
    class Mine(timm.models.vision_transformer.VisionTransformer):
        pass

    with pytest.raises(UnsupportedModelError, match="Mine"):
        HookedViT(Mine(img_size=32, patch_size=8, embed_dim=32, depth=1, num_heads=2))


def test_a_foreign_part_is_named():
    module = build("plain")
    module.blocks[1].mlp = nn.Sequential(nn.Linear(32, 32))
    with pytest.raises(
        UnsupportedModelError, match=r"MLP of block 1 is of class torch"
    ):
        HookedViT(module)
    module = build("plain")
    module.patch_embed = nn.Conv2d(3, 32, 8, 8)
    with pytest.raises(UnsupportedModelError, match=r"patch embedding is of class"):
        HookedViT(module)
    module = build("plain")
    module.blocks = nn.Sequential()
    with pytest.raises(UnsupportedModelError, match="no blocks"):
        HookedViT(module)
    module = build("plain")
    del module.blocks[2].attn.q_norm
    with pytest.raises(
        UnsupportedModelError, match=r"block 2 has no part 'q_norm'.*update"
    ):
        HookedViT(module)


def test_one_module_in_two_places_is_refused():
    module = build("plain")
    module.blocks[2] = module.blocks[0]
    with pytest.raises(
        UnsupportedModelError, match=r"block 2 and .* of block 0 are one"
    ):
        HookedViT(module)
    module = build("plain")
    module.blocks[1].drop_path2 = module.blocks[1].drop_path1
    with pytest.raises(
        UnsupportedModelError, match="mlp_addend of block 1 and attenti"
    ):
        HookedViT(module)


def test_blocks_with_different_heads_are_refused():
    module = build("plain")
    module.blocks[1].attn = timm.layers.Attention(32, 8)
    with pytest.raises(UnsupportedModelError, match=r"\[\(4, 8\), \(8, 4\)\]"):
        HookedViT(module.eval())


@pytest.mark.parametrize("path", ["", "blocks.1", "blocks.1.attn", "blocks.2.mlp"])
def test_a_forward_replaced_on_the_instance_is_refused(path):
    module = build("plain")
    part = module.get_submodule(path)
    part.forward = types.MethodType(lambda self, *args, **kwargs: args[0], part)
    with pytest.raises(
        ModelStateError, match=r"forward method of .* has been replaced"
    ):
        HookedViT(module)


def test_a_forward_replaced_on_the_class_is_refused(monkeypatch):
    module = build("plain")

    def forward(self, x, *args, **kwargs):
        return x

    monkeypatch.setattr(timm.layers.Attention, "forward", forward)
    with pytest.raises(
        ModelStateError, match=r"block 0 \(Attention\) has been replaced"
    ):
        HookedViT(module)


def test_a_part_compiled_on_its_own_is_refused():
    module = build("plain")
    module.blocks[1].compile()
    with pytest.raises(ModelStateError, match=r"'blocks.1' is compiled on its own"):
        HookedViT(module)
    module = build("plain")
    module.blocks[1].mlp.act = torch.compile(nn.GELU())
    with pytest.raises(ModelStateError, match=r"'blocks.1.mlp.act' is compiled"):
        HookedViT(module)


def test_parts_with_unknown_insides_lack_those_sites_only():
    module = build("plain")

    class Odd(nn.Module):
        def forward(self, x):
            return x.tanh()

    class MyLinear(nn.Linear):
        pass

    module.blocks[1].norm2 = Odd()
    old = module.blocks[0].attn.proj
    module.blocks[0].attn.proj = MyLinear(32, 32)
    module.blocks[0].attn.proj.load_state_dict(old.state_dict())
    model = HookedViT(module)
    x = images(module)
    with torch.no_grad():
        logits, cache = model.run_with_cache(x)
        assert torch.equal(logits, module(x))
        mid = cache["blocks.1.hook_resid_mid"]
        assert torch.equal(cache["blocks.1.ln2.hook_ln_out"], mid.tanh())
        for site, reason in (
            ("blocks.1.ln2.hook_scale", "Odd normalises is not known"),
            ("blocks.0.attn.hook_result", "MyLinear, not a plain linear"),
        ):
            assert site not in model.sites
            with pytest.raises(KeyError, match=reason):
                model.run_with_cache(x, site)
        assert "blocks.1.attn.hook_result" in model.sites


def test_the_reasons_are_of_classes_that_are_not_supported():
    supported = {f.model_class.rpartition(".")[2] for f in FAMILIES}
    assert supported
    assert not supported & WHY_NOT.keys()
