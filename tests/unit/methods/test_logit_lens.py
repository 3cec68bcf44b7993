"""The lens against the plain model: cut off at a layer, or its own parts by hand."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import timm
import torch

from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels, plain_streams
from vitwidgets.methods import logit_lens
from vitwidgets.methods.logit_lens import LogitLens
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import UnknownSiteError, UnsupportedModelError

GRID = GRIDS["square, cls"]
FIVE = GRIDS["oblong, five"]


def run(model: HookedViT, images: torch.Tensor, sites: str = "*.hook_resid_*"):
    with torch.no_grad():
        return model.run_with_cache(images, sites)


def tiny(name: str, **options: Any) -> HookedViT:
    """Give timm's model cut to two blocks, its weights random and far from 0."""
    module = timm.create_model(
        name, depth=2, num_classes=11, img_size=32, embed_dim=48, num_heads=4, **options
    )
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in module.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.copy_(0.05 * noise + (0.7 if parameter.ndim == 1 else 0))
    return HookedViT(module.eval().double())


def last_layer(model: HookedViT, norm: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Give the mean over the pooled tokens of the last layer's lens, and the logits."""
    size = model.config.image_size
    images = pixels(GRID, 2).repeat(1, 1, 2, 2)[..., : size[0], : size[1]].double()
    logits, cache = run(model, images)
    read = LogitLens(model, cache, norm=norm).logits(model.config.n_layers - 1)
    return read[:, POOLED[model.config.pool](model)].mean(1), logits


POOLED: dict[str, Any] = {
    "token": lambda m: slice(1 + ("dist" in m.config.prefix_names)),
    "avg": lambda m: slice(m.config.n_prefix_tokens, None),
}


def test_own_norm_equals_the_network_cut_off_there():
    model = hooked_vit(FIVE)
    images = pixels(FIVE, 2)
    _, cache = run(model, images)
    lens = LogitLens(model, cache)
    for layer in range(-1, 3):
        cut: Any = copy.deepcopy(model.module)
        cut.blocks = cut.blocks[: layer + 1]
        with torch.no_grad():
            expected = cut(images)
        torch.testing.assert_close(
            lens.logits(layer)[:, 0], expected, atol=1e-5, rtol=1e-5
        )


@pytest.mark.parametrize("norm", ["own", "final"])
def test_a_patch_is_read_by_the_final_norm_and_the_head(norm: Any):
    model = hooked_vit(GRID)
    images = pixels(GRID, 2)
    module: Any = model.module
    streams = plain_streams(model, images)
    stream, last = streams[1], streams[-1]
    source = stream if norm == "own" else last
    scale = (source.var(-1, correction=0, keepdim=True) + module.norm.eps).sqrt()
    value = (stream - stream.mean(-1, keepdim=True)) / scale
    value = value * module.norm.weight + module.norm.bias
    expected = value @ module.head.weight.T + module.head.bias
    _, cache = run(model, images)
    read = LogitLens(model, cache, norm=norm)
    torch.testing.assert_close(read.logits(1), expected, atol=2e-5, rtol=1e-4)
    some = read.logits("blocks.1.hook_resid_post", tokens=[5, 0])
    torch.testing.assert_close(some, expected[:, [5, 0]], atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("vit_tiny_patch16_224", {}),
        ("vit_tiny_patch16_224", {"init_values": 0.1, "qk_norm": True}),
        ("deit3_small_patch16_224", {}),
        ("deit_tiny_distilled_patch16_224", {}),
        ("vit_tiny_patch16_224", {"global_pool": "avg", "fc_norm": False}),
    ],
)
@pytest.mark.parametrize("norm", ["own", "final"])
def test_last_layer_is_the_output_where_the_norm_comes_first(
    name: str, options: dict[str, Any], norm: str
):
    read, logits = last_layer(tiny(name, **options), norm)
    torch.testing.assert_close(read, logits, atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("vit_medium_patch16_reg4_gap_256", {}),
        ("beit_base_patch16_224", {}),
        ("vit_relpos_small_patch16_224", {}),
        ("eva02_tiny_patch14_224", {"patch_size": 8}),
        ("naflexvit_base_patch16_gap", {}),
    ],
)
def test_last_layer_is_the_output_where_the_norm_takes_the_mean(
    name: str, options: dict[str, Any]
):
    if name.startswith("naflex"):
        module = timm.create_model(name, depth=1, num_classes=11).eval().double()
        model = HookedViT(module)
    else:
        model = tiny(name, **options)
    read, logits = last_layer(model, "final")
    torch.testing.assert_close(read, logits, atol=1e-12, rtol=1e-12)
    if model.unembedding.after_pooling:
        own, _ = last_layer(model, "own")
        assert (own - logits).abs().max() > 1e-6


def test_distilled_tokens_have_a_classifier_each_and_patches_the_mean_of_both():
    model = tiny("deit_tiny_distilled_patch16_224")
    module: Any = model.module
    _, cache = run(model, pixels(GRID, 1).double())
    normed = module.norm(cache["blocks.0.hook_resid_post"])
    heads = module.head(normed), module.head_dist(normed)
    expected = (heads[0] + heads[1]) / 2
    expected[:, 0], expected[:, 1] = heads[0][:, 0], heads[1][:, 1]
    torch.testing.assert_close(LogitLens(model, cache).logits(0), expected)
    few = LogitLens(model, cache).logits(0, tokens=[1, 3])
    torch.testing.assert_close(few, expected[:, [1, 3]])


@pytest.mark.parametrize("together", [4_000_000, 60])
def test_readings_are_those_of_all_logits(
    together: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(logit_lens, "_FLOATS_AT_ONCE", together)
    model = hooked_vit(GRID)
    _, cache = run(model, pixels(GRID, 2))
    lens = LogitLens(model, cache)
    logits = torch.stack([lens.logits(layer) for layer in range(-1, 3)], 1)
    found = lens.readings(top=2, classes=[4, 1], followed=3)
    probabilities = logits.double().softmax(-1)
    entropy = -(probabilities * probabilities.log()).sum(-1)
    torch.testing.assert_close(found.entropy.double(), entropy, atol=1e-5, rtol=1e-5)
    for place in torch.cartesian_prod(*map(torch.arange, logits.shape[:3])):
        image, layer, token = place.tolist()
        own = logits[image, layer, token].tolist()
        order = sorted(range(6), key=lambda index: -own[index])
        assert found.top_classes[image, layer, token].tolist() == order[:2]
        for at, index in enumerate((4, 1)):
            rank = sum(other > own[index] for other in own)
            assert found.class_ranks[image, layer, token, at] == rank
        for part, classes in (("top", order[:2]), ("class", [4, 1])):
            got = getattr(found, f"{part}_probabilities")[image, layer, token]
            expected = probabilities[image, layer, token, classes].float()
            torch.testing.assert_close(got, expected, atol=1e-6, rtol=1e-4)
    best = probabilities.amax(1)
    for image in range(2):
        for token in range(17):
            row = best[image, token].tolist()
            followed = sorted(range(6), key=lambda index: -row[index])[:3]
            assert found.followed_classes[image, token].tolist() == followed
            torch.testing.assert_close(
                found.followed_probabilities[image, :, token],
                probabilities[image, :, token][:, followed].float(),
                atol=1e-6,
                rtol=1e-4,
            )


def test_without_a_head_or_with_attention_pooling_it_says_why():
    headless = hooked_vit(GRID, num_classes=0)
    with pytest.raises(UnsupportedModelError, match="it has no classifier"):
        LogitLens(headless, run(headless, pixels(GRID, 1))[1])
    module = timm.create_model(
        "vit_base_patch16_siglip_224", depth=1, num_classes=5, img_size=32
    )
    with pytest.raises(UnsupportedModelError, match="attention of its own"):
        _ = HookedViT(module.eval()).unembedding
    both = timm.create_model(
        "vit_tiny_patch16_224", depth=1, img_size=32, global_pool="avgmax"
    )
    with pytest.raises(UnsupportedModelError, match="the maximum and the mean"):
        _ = HookedViT(both.eval()).unembedding
    cait = timm.create_model("cait_xxs24_224", depth=1, img_size=32).eval()
    with pytest.raises(UnsupportedModelError, match="class attention"):
        _ = HookedViT(cait).unembedding


def test_what_does_not_exist_is_refused():
    model = hooked_vit(GRID)
    _, cache = run(model, pixels(GRID, 1))
    with pytest.raises(ValueError, match="'own' or 'final', got 'none'"):
        LogitLens(model, cache, norm="none")  # pyright: ignore[reportArgumentType]
    lens = LogitLens(model, cache)
    with pytest.raises(IndexError, match="no layer 3: it runs from -1 to 2"):
        lens.logits(3)
    with pytest.raises(ValueError, match="no site of the residual stream"):
        lens.logits("blocks.1.hook_attn_out")
    with pytest.raises(IndexError, match="no token 17"):
        lens.logits(0, tokens=[17])
    with pytest.raises(IndexError, match="no class 6"):
        lens.readings(classes=[6])
    with pytest.raises(ValueError, match="top=7: this model has 6 classes"):
        lens.readings(top=7)
    _, other = run(model, pixels(GRID, 1), "*.hook_pattern")
    with pytest.raises(UnknownSiteError):
        LogitLens(model, other).logits(0)
