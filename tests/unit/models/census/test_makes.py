"""Models of one make run the same code on the same shapes."""

from __future__ import annotations

import copy

import timm
import torch

from vitwidgets.models.census.makes import make_of


def test_a_make_is_told_by_options_and_shapes_and_not_by_weights():
    module = timm.create_model("test_vit")
    other = copy.deepcopy(module)
    with torch.no_grad():
        other.pos_embed += 1
    assert make_of(other) == make_of(module)
    other.global_pool = "avg"
    assert make_of(other) != make_of(module)
    deeper = copy.deepcopy(module)
    deeper.blocks.append(copy.deepcopy(deeper.blocks[0]))
    assert make_of(deeper) != make_of(module)
    rounded = copy.deepcopy(module)
    rounded.blocks[0].norm1.eps = 1e-3
    assert make_of(rounded) != make_of(module)


def test_models_that_differ_in_training_alone_are_of_one_make():
    names = ("vit_tiny_patch16_224", "vit_base_patch16_224", "deit_base_patch16_224")
    tiny, vit, deit = (make_of(timm.create_model(name, depth=1)) for name in names)
    assert vit == deit
    assert vit != tiny
