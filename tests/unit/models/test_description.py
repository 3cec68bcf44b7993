from __future__ import annotations

import pytest
import timm
import torch

from vitwidgets.images import Preprocessing
from vitwidgets.models import HookedViT


def test_a_module_of_timm_brings_its_preprocessing_at_its_present_size() -> None:
    module = timm.create_model("vit_tiny_patch16_384", img_size=(64, 96)).eval()
    kept = HookedViT(module).preprocessing
    assert kept is not None
    assert kept.input_size == (64, 96)
    assert kept.mean == tuple(module.pretrained_cfg["mean"])
    assert kept.std == tuple(module.pretrained_cfg["std"])


def test_what_is_said_goes_before_what_timm_keeps() -> None:
    module = timm.create_model("test_vit").eval()
    size = module.patch_embed.img_size
    said = Preprocessing(size, "nearest", 1.0, "center", (0.1,) * 3, (0.2,) * 3)
    assert HookedViT(module, preprocessing=said).preprocessing is said


def test_a_preprocessing_of_another_size_is_refused() -> None:
    module = timm.create_model("vit_tiny_patch16_224", img_size=160, depth=1).eval()
    small = Preprocessing((64, 64), "bicubic", 1.0, "center", (0.5,) * 3, (0.5,) * 3)
    with pytest.raises(ValueError, match=r"\(64, 64\).*\(160, 160\)"):
        HookedViT(module, preprocessing=small)


def test_a_module_that_timm_did_not_make_has_none() -> None:
    module = timm.models.VisionTransformer(
        img_size=16, patch_size=8, embed_dim=8, depth=1, num_heads=2, num_classes=3
    )
    model = HookedViT(module.eval(), class_names=["a", "b", "c"])
    assert model.preprocessing is None
    assert model.class_names == ("a", "b", "c")
    assert torch.equal(model.module.cls_token, module.cls_token)


@pytest.mark.parametrize("labels", ["abc", ["a", "b"], []])
def test_labels_that_are_not_one_a_logit_are_refused(labels: object) -> None:
    module = timm.models.VisionTransformer(
        img_size=16, patch_size=8, embed_dim=8, depth=1, num_heads=2, num_classes=3
    )
    with pytest.raises(ValueError, match="must be 3 texts"):
        HookedViT(module.eval(), class_names=labels)


def test_names_for_a_model_without_classes():
    module = timm.create_model("test_vit", num_classes=0)
    with pytest.raises(ValueError, match="has no classifier: its output is an embed"):
        HookedViT(module.eval(), class_names=["a"])


def test_preprocessing_of_another_kind():
    module = timm.create_model("test_vit")
    with pytest.raises(TypeError, match="must be a vitwidgets"):
        HookedViT(module.eval(), preprocessing={"mean": (0.5, 0.5, 0.5)})
