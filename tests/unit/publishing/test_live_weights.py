"""What a page gets of a model is the whole model, and other models are refused."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from timm.layers import SwiGLU
from timm.models.vision_transformer import ParallelThingsBlock, VisionTransformer

import vitwidgets as vw
from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from vitwidgets.images import Preprocessing
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.publishing import live_model

if TYPE_CHECKING:
    from collections.abc import Callable

GRID = GRIDS["oblong, five"]
COLOURS = Preprocessing(
    input_size=GRID.image_size,
    interpolation="bicubic",
    crop_pct=1.0,
    crop_mode="squash",
    mean=(0.5, 0.4, 0.3),
    std=(0.2, 0.3, 0.4),
)


def small(**options: Any) -> HookedViT:
    return HookedViT(hooked_vit(GRID, **options).module, preprocessing=COLOURS)


def forward(config: Any, arrays: Any, images: np.ndarray) -> np.ndarray:
    """Compute logits by the textbook, in double precision, from what a page gets."""

    def linear(name: str, x: np.ndarray) -> np.ndarray:
        return x @ arrays[f"{name}.weight"].T.astype(float) + arrays[f"{name}.bias"]

    def norm(name: str, x: np.ndarray) -> np.ndarray:
        centred = x - x.mean(-1, keepdims=True)
        size = np.sqrt(x.var(-1, keepdims=True) + config["epsilon"])
        return centred / size * arrays[f"{name}.weight"] + arrays[f"{name}.bias"]

    def heads(x: np.ndarray) -> np.ndarray:
        split = x.reshape(*x.shape[:2], config["n_heads"], -1)
        return split.transpose(0, 2, 1, 3)

    (height, width), (down, across) = config["image_size"], config["patch_size"]
    cut = images.reshape(-1, 3, height // down, down, width // across, across)
    patches = cut.transpose(0, 2, 4, 1, 3, 5).reshape(
        len(images), -1, 3 * down * across
    )
    tokens = linear("patches", patches) + arrays["positions"]
    prefix = np.broadcast_to(arrays["prefix"], (len(images), *arrays["prefix"].shape))
    x = np.concatenate([prefix, tokens], axis=1)
    for layer in range(config["n_layers"]):
        name = f"blocks.{layer}"
        normal = norm(f"{name}.norm1", x)
        q, k, v = (heads(linear(f"{name}.{part}", normal)) for part in "qkv")
        shares = np.exp(q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]))
        z = (shares / shares.sum(-1, keepdims=True) @ v).transpose(0, 2, 1, 3)
        out = linear(f"{name}.out", z.reshape(x.shape))
        x = x + out * arrays.get(f"{name}.scale1", 1)
        hidden = linear(f"{name}.up", norm(f"{name}.norm2", x))
        hidden = hidden * np.vectorize(math.erfc)(-hidden / math.sqrt(2)) / 2
        x = x + linear(f"{name}.down", hidden) * arrays.get(f"{name}.scale2", 1)
    return linear("head", norm("norm", x)[:, 0])


@pytest.mark.parametrize(
    "options",
    [{}, {"init_values": 0.1}, {"no_embed_class": True}, {"drop_path_rate": 0.1}],
    ids=str,
)
def test_it_is_the_whole_model(options: dict[str, Any]):
    model = small(**options)
    images = pixels(GRID, 2)
    live = live_model(model)
    with torch.no_grad():
        wanted = model.module(images).numpy()
    found = forward(live.config, live.arrays, images.double().numpy())
    assert np.abs(found - wanted).max() < 1e-5


def test_later_changes_of_the_model_do_not_reach_it():
    model = small()
    live = live_model(model)
    before = live.arrays["head.bias"].copy()
    with torch.no_grad():
        for parameter in model.module.parameters():
            parameter.add_(1)
    assert np.array_equal(live.arrays["head.bias"], before)


def test_the_bundled_models_weights_take_half_their_size():
    packed = live_model(vw.load_model()).packed
    listing: Any = packed["arrays"]
    long = [each["name"] for each in listing if each["dtype"] == "float32"]
    assert long == ["prefix"]  # a sum of two that float16 has exactly
    assert len(str(packed["data"])) < 3_100_000


def of_size(img_size: int, embed_dim: int, **options: Any) -> HookedViT:
    module = VisionTransformer(
        img_size=img_size,
        patch_size=8,
        embed_dim=embed_dim,
        num_heads=4,
        num_classes=5,
        **options,
    )
    size = (img_size, img_size)
    colours = Preprocessing(size, "bicubic", 1.0, "squash", (0.5,) * 3, (1.0,) * 3)
    return HookedViT(module.eval(), preprocessing=colours)


def without_preprocessing() -> HookedViT:
    return hooked_vit(GRID)


def with_a_hook() -> HookedViT:
    model = small()
    model.module.get_submodule("norm").register_forward_hook(lambda *_: None)
    return model


def changed(change: Callable[[Any], None]) -> Callable[[], HookedViT]:
    def make() -> HookedViT:
        model = small()
        with torch.no_grad():
            change(model.module)
        return model

    return make


def with_some_scales() -> HookedViT:
    module: Any = small(init_values=0.1).module
    module.blocks[1].ls1 = module.blocks[1].ls2 = torch.nn.Identity()
    return HookedViT(module, preprocessing=COLOURS)


def without_a_bias(module: Any) -> None:
    module.blocks[1].mlp.fc1.bias = None


REFUSED: dict[str, tuple[Callable[[], HookedViT], str]] = {
    "pooling": (
        lambda: of_size(img_size=16, embed_dim=8, global_pool="avg", fc_norm=False),
        "it pools by 'avg'",
    ),
    "no final norm": (lambda: small(final_norm=False), "norm is of class .*Identity"),
    "norm of pooled": (lambda: small(fc_norm=True), "norm is of class .*Identity"),
    "norm of q and k": (lambda: small(qk_norm=True), "q_norm is of class .*LayerNorm"),
    "norm of z": (lambda: small(scale_attn_norm=True), "attn.norm is of class"),
    "first norm": (lambda: small(pre_norm=True), "norm_pre is of class"),
    "no bias of q": (lambda: small(qkv_bias=False), "attn.qkv has no bias"),
    "activation": (lambda: small(act_layer="gelu_tanh"), "mlp.act is of class"),
    "approximate": (
        lambda: small(act_layer=lambda: torch.nn.GELU(approximate="tanh")),
        "the GELU of block 0 is an approximation",
    ),
    "other norm": (lambda: small(norm_layer="rmsnorm"), "norm1 is of class .*RmsNorm"),
    "other block": (
        lambda: small(block_fn=ParallelThingsBlock),
        "blocks.0 is of class .*ParallelThingsBlock",
    ),
    "other attention": (lambda: small(attn_layer="diff"), "attn is of class .*Diff"),
    "other MLP": (lambda: small(mlp_layer=SwiGLU), "mlp is of class .*SwiGLU"),
    "positions": (lambda: small(pos_embed="none"), "it has no positions"),
    "any size": (lambda: small(dynamic_img_size=True), "takes images of any size"),
    "no classes": (lambda: small(num_classes=0), "head is of class .*Identity"),
    "preprocessing": (without_preprocessing, "it has no preprocessing"),
    "hook": (with_a_hook, "norm has forward hooks"),
    "NaN": (
        changed(lambda m: m.head.weight[0, 0].fill_(math.nan)),
        "head.weight holds",
    ),
    "precision": (
        changed(lambda m: m.head.double()),
        "head.weight is of torch.float64",
    ),
    "epsilon": (
        changed(lambda m: setattr(m.blocks[1].norm2, "eps", 1e-5)),
        "add different numbers to the variance: .1e-06, 1e-05.",
    ),
    "some scales": (with_some_scales, "some of its blocks have layer scale"),
    "one bias": (changed(without_a_bias), "blocks.1.mlp.fc1 has no bias"),
    "scores": (changed(lambda m: setattr(m.blocks[2].attn, "scale", 1.0)), "by 1.0"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_models_are_refused_with_the_reason(name: str):
    make, reason = REFUSED[name]
    with pytest.raises(UnsupportedModelError, match=reason) as refusal:
        live_model(make())
    assert "can't be computed in a page" in str(refusal.value)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"img_size": 32, "embed_dim": 192, "depth": 6}, "2.7 million parameters"),
        ({"img_size": 256, "embed_dim": 96, "depth": 8}, "million multiplications"),
        ({"img_size": 32, "embed_dim": 192, "depth": 3}, "its weights take 6.. MB"),
    ],
)
def test_what_is_too_large_for_a_page_is_refused(options: dict[str, Any], reason: str):
    model = of_size(**options)
    with pytest.raises(UnsupportedModelError, match=reason):
        live_model(model)
