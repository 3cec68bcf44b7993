"""Small random classifiers whose answers a written word changes."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image

from tests.unit.methods.small_vits import hooked_vit
from vitwidgets.images import Preprocessing
from vitwidgets.images.lettering import write_label
from vitwidgets.methods.typographic_attack import TypographicAttack
from vitwidgets.methods.typography.pictures import LabelledPictures
from vitwidgets.models import HookedViT, PatchGrid

NAMES = ("cat", "dog", "car", "key", "owl", "pig")
GRID = PatchGrid(4, 4, (8, 8), ("cls",))
PREPROCESSING = Preprocessing(
    input_size=(32, 32),
    interpolation="bicubic",
    crop_pct=1.0,
    crop_mode="center",
    mean=(0.5, 0.4, 0.3),
    std=(0.2, 0.3, 0.4),
)


def named_vit() -> HookedViT:
    """Give three blocks of four heads whose six classes have names."""
    module = hooked_vit(GRID).module
    return HookedViT(module, preprocessing=PREPROCESSING, class_names=NAMES)


def with_one_reader(model: HookedViT, layer: int, head: int) -> HookedViT:
    """Leave one head alone that tells the class token of patches, loudly."""
    with torch.no_grad():
        for number, block in enumerate(model.module.blocks):
            factor = torch.zeros(4, 8)
            factor[head] = 8 * (number == layer)
            block.attn.proj.weight.mul_(factor.flatten())
    return model


def random_pictures(count: int, seed: int = 0) -> list[Image.Image]:
    """Give pictures of a few plain colours, 32 x 32 pixels."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (count, 4, 4, 3), np.uint8)
    return [Image.fromarray(each).resize((32, 32), 0) for each in small]


@torch.no_grad()
def plain_logits(model: HookedViT, pictures: np.ndarray) -> torch.Tensor:
    """Run the plain module on pictures of its own size, one by one."""
    mean, std = np.array(PREPROCESSING.mean), np.array(PREPROCESSING.std)
    values = torch.from_numpy((pictures / 255 - mean) / std).float()
    return torch.cat([model.module(each.permute(2, 0, 1)[None]) for each in values])


def attack_that_flips(model: HookedViT, count: int = 60) -> TypographicAttack:
    """Take as written what a model says of labelled pictures, where that changed.

    Pictures that the label leaves as they were named have another word.
    """
    plain = np.stack([np.asarray(each) for each in random_pictures(count)])
    words = [NAMES[index % len(NAMES)] for index in range(count)]
    pairs = list(zip(plain, words, strict=True))
    blank = np.stack([write_label(*pair, area=0.3, ink="white") for pair in pairs])
    lettered = np.stack([write_label(*pair, area=0.3) for pair in pairs])
    said = [plain_logits(model, each).argmax(-1) for each in (plain, blank, lettered)]
    true = said[0].clone()
    true[::7] = (true[::7] + 1) % len(NAMES)  # so that some are wrong to begin with
    written = torch.where(said[2] == true, (true + 1) % len(NAMES), said[2])
    pictures = LabelledPictures(plain, blank, lettered)
    return TypographicAttack(NAMES, true, written, *said, pictures)
