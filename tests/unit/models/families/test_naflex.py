"""NaFlexVit, whose patches, positions and prefix tokens are in one module."""

from __future__ import annotations

import pytest
import timm
import torch
from torch.testing import assert_close

from tests.parity.plain_hooks import forward
from tests.parity.variants import about
from tests.unit.models.random_weights import randomise
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import HookError, UnsupportedModelError

SMALL = {"embed_dim": 32, "depth": 2, "num_heads": 4, "num_classes": 5}
VARIANTS = {
    "factorized": ("naflexvit_base_patch16_parfac_gap", {}),
    "class token": ("naflexvit_base_patch16_gap", {"class_token": True}),
    "convolution": ("naflexvit_base_patch16_gap", {"embed_proj_type": "conv"}),
    "no positions": ("naflexvit_base_patch16_gap", {"pos_embed": "none"}),
    "norm of patches": (
        "naflexvit_base_patch16_gap",
        {"embed_norm_layer": "layernorm", "pre_norm": True},
    ),
    "another grid": (
        "naflexvit_base_patch16_radio_v3",
        {"pos_embed_grid_size": (5, 7)},
    ),
    "classic": ("vit_tiny_patch16_224", {"use_naflex": True, "img_size": 48}),
    "DINOv3": ("vit_small_patch16_dinov3", {"use_naflex": True, "img_size": 48}),
}


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


def build(name, dtype=torch.float64, **options):
    entry, changes = VARIANTS[name]
    module = timm.create_model(entry, **{**SMALL, **changes, **options})
    return randomise(module).to(dtype).eval()


def images(height=48, width=32, dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(2, 3, height, width, generator=generator).to(dtype)


@pytest.mark.parametrize("name", [name for name in VARIANTS if name != "factorized"])
def test_every_site_of_an_oblong_image_is_what_plain_hooks_find(name):
    module, x = build(name), images()
    expected = forward(module, x)
    logits, cache = HookedViT(module).run_with_cache(x)
    assert torch.equal(logits, module(x))
    assert set(cache) == set(expected)
    for site, value in expected.items():
        # timm resamples positions in float32.
        assert_close(cache[site], value, rtol=1e-6, atol=1e-6, msg=about(site))


@pytest.mark.parametrize("name", ["factorized", "class token", "norm of patches"])
def test_what_is_embedded_is_as_it_was_before_positions_are_added(name):
    module, x = build(name, torch.float32), images(dtype=torch.float32)
    seen = []
    hook = module.embeds.norm.register_forward_hook(
        lambda *args: seen.append(args[2].clone())
    )
    plain = module(x)
    hook.remove()
    _, cache = HookedViT(module).run_with_cache(x)
    n_prefix = module.num_prefix_tokens
    assert torch.equal(cache["hook_embed"][:, n_prefix:], seen[0])
    total = cache["hook_embed"] + cache["hook_pos_embed"]
    assert torch.equal(total, cache["hook_full_embed"])
    assert not cache["hook_pos_embed"][:, :n_prefix].any()
    assert torch.equal(module(x), plain)


def test_images_that_are_no_whole_number_of_patches_are_padded_where_it_is_asked_for():
    padding = HookedViT(build("class token", dynamic_img_pad=True))
    x = images(50, 33)
    logits, cache = padding.run_with_cache(x)
    assert torch.equal(logits, padding.module(x))
    assert cache["hook_embed"].shape == (2, 5 + 4 * 3, 32)
    with pytest.raises(ValueError, match="multiples of the patch size"):
        HookedViT(build("class token"))(x)


def test_batches_of_patches_are_refused():
    model = HookedViT(build("factorized"))
    patches = {
        "patches": torch.randn(2, 6, 768, dtype=torch.float64),
        "patch_coord": torch.tensor([[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]])
        .expand(2, -1, -1)
        .contiguous(),
        "patch_valid": torch.tensor([[True] * 6, [True] * 4 + [False] * 2]),
    }
    plain = model.module(patches)
    with pytest.raises(TypeError, match=r"images must be a tensor.*got dict"):
        model(patches)
    for site in ("hook_embed", "blocks.1.attn.hook_pattern"):
        hooks = [(site, lambda value, hook: None)]
        with (
            pytest.raises(HookError, match="can be read for images only"),
            model.hooks(hooks),
        ):
            model.module(patches)
    assert torch.equal(model.module(patches), plain)


def test_what_the_model_is_made_for_is_in_its_config():
    config = HookedViT(build("class token")).config
    assert config.prefix_names == ("cls", "reg0", "reg1", "reg2", "reg3")
    assert (config.image_size, config.grid) == ((384, 384), (24, 24))
    assert config.dynamic_size
    assert HookedViT(build("classic")).config.grid == (3, 3)


def test_a_model_without_blocks_is_refused():
    module = build("classic")
    module.blocks = torch.nn.Sequential()
    with pytest.raises(UnsupportedModelError, match="no blocks"):
        HookedViT(module)
