"""What the lens's notebook says of the bundled model is true of it.

The model is cut off and its heads are silenced here with PyTorch's own hooks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

import vitwidgets as vw

if TYPE_CHECKING:
    from torch import Tensor, nn

    from vitwidgets.models import HookedViT

SCENE = "elephant-and-penguin"


@pytest.fixture(scope="module")
def model() -> HookedViT:
    return vw.load_model()


def pixels_of(model: HookedViT, scene: str) -> Tensor:
    preprocessing: Any = model.preprocessing
    return vw.images.prepare_image(vw.images.sample(scene), preprocessing).pixels


@torch.no_grad()
def cut_off(model: HookedViT, scene: str) -> list[list[str]]:
    """Name each token's likeliest class where the model ends after each block."""
    streams: list[Tensor] = []
    module: Any = model.module
    hooks = [
        block.register_forward_hook(lambda _, __, out: streams.append(out))
        for block in module.blocks
    ]
    module(pixels_of(model, scene))
    for hook in hooks:
        hook.remove()
    likeliest = [module.head(module.norm(each))[0].argmax(-1) for each in streams]
    return [[model.class_names[index] for index in each] for each in likeliest]


@torch.no_grad()
def answer_without(model: HookedViT, layer: int, head: int) -> str:
    """Name the answer when nothing of one head reaches the output projection."""
    width = model.config.d_head
    mine = slice(head * width, (head + 1) * width)

    def silence(_: nn.Module, inputs: tuple[Tensor]) -> Tensor:
        left = inputs[0].clone()
        left[..., mine] = 0
        return left

    module: Any = model.module
    hook = module.blocks[layer].attn.proj.register_forward_pre_hook(silence)
    logits = module(pixels_of(model, SCENE))[0]
    hook.remove()
    return model.class_names[int(logits.argmax())]


def test_the_class_token_turns_from_penguin_to_elephant(model: HookedViT) -> None:
    says = cut_off(model, SCENE)
    assert [each[0] for each in says[3:]] == ["penguin", "elephant", "elephant"]
    counts = [each[1:].count("elephant") for each in says]
    assert max(counts[:4]) <= 1
    assert min(counts[4:]) >= 63


def test_a_head_makes_it_turn(model: HookedViT) -> None:
    assert answer_without(model, layer=4, head=1) == "penguin"
    assert answer_without(model, layer=3, head=1) == "elephant"
    who = vw.LogitAttribution(
        model, vw.images.sample(SCENE), versus="penguin", measure="difference"
    )
    by_size = sorted(who.results, key=lambda address: who.results[address])
    assert (by_size[0], by_size[-1]) == ("L3.H1", "L4.H1")


def test_the_mask_is_good_early_and_everything_late(model: HookedViT) -> None:
    scene = vw.images.sample(SCENE)
    lens = vw.EmojiLogitLens(model, scene, lens="tuned", mask=["elephant"])
    iou = lens.overlap()["iou"]
    assert iou.argmax() == 2, "after L1"
    assert iou.max() > 0.7
    assert iou[-1] == pytest.approx(scene.masks["elephant"].mean(), abs=1e-6)


def test_no_patch_of_the_frog_says_frog(model: HookedViT) -> None:
    cls, *patches = cut_off(model, "frog-and-butterfly")[-1]
    assert cls == "frog"
    assert "frog" not in patches
    assert patches.count("butterfly") > len(patches) / 2
