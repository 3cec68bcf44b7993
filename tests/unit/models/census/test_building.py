"""Models of the census are cut to what two of them can hold side by side."""

from __future__ import annotations

import pytest
import timm

from vitwidgets.models.census.building import Cut, structure
from vitwidgets.models.census.entries import Entry
from vitwidgets.models.families.layout import resolve


def n_parameters(module):
    return sum(weights.numel() for weights in module.parameters())


@pytest.mark.parametrize(
    ("name", "kv_heads"),
    # The smallest has no block whose heads share keys and values.
    [("vit_5b_patch16_sapiens2", [32, 16]), ("vit_base_patch16_sapiens2", [12, 12])],
)
def test_a_model_of_two_kinds_of_blocks_keeps_one_of_each(name, kv_heads):
    module = structure(Entry("timm", "eva", name), Cut.BOTH)
    assert [block.attn.num_kv_heads for block in module.blocks] == kv_heads
    assert n_parameters(module) < 400e6
    assert resolve(module).config.image_size == (64, 64)


@pytest.mark.parametrize(
    ("group", "name", "side"),
    [
        ("vision_transformer", "vit_base_patch16_384", 64),
        ("naflexvit", "naflexvit_base_patch16_gap", 64),
        # It pools cells of 3 x 3 patches of 16 pixels: two by two cells are left.
        ("gemma4_vit", "gemma4_vit_167m_enc", 96),
    ],
)
def test_images_are_small_where_a_family_takes_any_size(group, name, side):
    entry = Entry("timm", group, name)
    assert resolve(structure(entry, Cut.BOTH)).config.image_size == (side, side)
    whole = resolve(structure(entry)).config.image_size
    assert whole == timm.get_pretrained_cfg(name).input_size[1:]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ViT-bigG-14-worldwide", "TextTransformer"),
        ("ViT-SO400M-14-SigLIP2", "TextTransformer"),
        ("coca_ViT-B-32", "TextTransformer"),
    ],
)
def test_a_text_tower_keeps_few_of_its_words(name, kind):
    entry = Entry("open_clip", kind, name, "text")
    assert resolve(structure(entry, Cut.BOTH)).config.n_words == 256
    assert resolve(structure(entry, Cut.BLOCKS)).config.n_words > 32000
    assert n_parameters(structure(entry, Cut.BOTH)) < 50e6


def test_depth_alone_leaves_the_image_and_patches_alone_leave_the_blocks():
    entry = Entry("timm", "vision_transformer", "vit_tiny_patch16_224")
    for cut, n_blocks, side in ((Cut.BLOCKS, 2, 224), (Cut.PATCHES, 12, 64)):
        config = resolve(structure(entry, cut)).config
        assert (config.n_layers, config.image_size) == (n_blocks, (side, side))
