from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
import torch
from timm.models import VisionTransformer

from vitwidgets.mice.batches import SceneBatch, render_batch
from vitwidgets.mice.evaluation import EVALUATION_SEED, Tally, evaluate, measure_batch

if TYPE_CHECKING:
    from vitwidgets.mice.sprites import Sprite

N_CLASSES = 5


def small_model(patch: int) -> VisionTransformer:
    torch.manual_seed(0)
    model = VisionTransformer(
        img_size=64,
        patch_size=patch,
        embed_dim=16,
        depth=2,
        num_heads=2,
        num_classes=N_CLASSES,
    )
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model.eval()


def random_batch(seed: int, count: int) -> SceneBatch:
    """Rectangles as masks: the figures depend on masks, classes and areas only."""
    generator = torch.Generator().manual_seed(seed)
    masks = torch.zeros(count, 64, 64, dtype=torch.uint8)
    ids = torch.full((count, 3), -1)
    areas = torch.zeros(count, 3, dtype=torch.int64)
    for row in range(count):
        n_objects = int(torch.randint(1, 4, (), generator=generator))
        for rank in range(3, 0, -1):
            y, x = torch.randint(0, 40, (2,), generator=generator).tolist()
            masks[row, y : y + 44 // rank, x : x + 50 // rank**2] = rank
        masks[row][masks[row] > n_objects] = 0
        for rank in range(n_objects):
            areas[row, rank] = (masks[row] == rank + 1).sum()
        ids[row, :n_objects] = torch.randperm(N_CLASSES, generator=generator)[
            :n_objects
        ]
    images = torch.randint(
        0, 256, (count, 64, 64, 3), dtype=torch.uint8, generator=generator
    )
    return SceneBatch(images, masks, ids, areas)


def by_hand(model: VisionTransformer, batch: SceneBatch, patch: int) -> dict:
    """The three figures, scene by scene and patch by patch, through plain hooks."""
    tallies = {"top1": [0, 0], "patch_readout": [0, 0], "second_in_top3": [0, 0]}

    def count(name: str, hit: bool) -> None:
        tallies[name][0] += hit
        tallies[name][1] += 1

    streams: list[torch.Tensor] = []
    handle = model.blocks[-1].register_forward_hook(lambda *a: streams.append(a[2]))
    side = 64 // patch
    for row in range(len(batch)):
        pixels = (batch.images[row].permute(2, 0, 1) / 255 - 0.5) / 0.5
        with torch.no_grad():
            logits = model(pixels[None])[0].tolist()
            tokens = model.norm(streams.pop())[0]
        main, second, _ = batch.class_ids[row].tolist()
        areas = batch.areas[row].tolist()
        ranking = sorted(range(N_CLASSES), key=lambda i: -logits[i])
        count("top1", ranking[0] == main)
        if second >= 0 and areas[1] >= 0.1 * sum(areas):
            count("second_in_top3", second in ranking[:3])
        for y in range(side):
            for x in range(side):
                window = batch.masks[row, y * patch :, x * patch :][:patch, :patch]
                if 2 * int((window == 1).sum()) < patch * patch:
                    continue
                readout = model.head.weight @ tokens[1 + y * side + x]
                named = int((readout + model.head.bias).argmax())
                count("patch_readout", named == main)
    handle.remove()
    return {name: Tally(*both) for name, both in tallies.items()}


@pytest.mark.parametrize("patch", [8, 16])
def test_the_three_figures_equal_a_plain_loop(patch: int) -> None:
    model, batch = small_model(patch), random_batch(1, 60)
    expected = by_hand(model, batch, patch)
    assert measure_batch(model, batch) == expected
    for tally in expected.values():
        assert 0 < tally.hits < tally.trials


def test_chunks_add_up_and_the_mode_is_given_back(
    sprites: tuple[Sprite, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vitwidgets.mice.evaluation._CHUNK", 6)
    model = small_model(16)
    model.train()
    figures = evaluate(model, sprites, count=15, seed=4)
    assert model.training
    model.eval()
    parts = [
        measure_batch(model, render_batch((EVALUATION_SEED, 4, at), size, sprites))
        for at, size in ((0, 6), (1, 6), (2, 3))
    ]
    for name, tally in figures.items():
        assert tally.hits == sum(part[name].hits for part in parts)
        assert tally.trials == sum(part[name].trials for part in parts)
    assert figures["top1"].trials == 15


def test_a_figure_without_trials_is_no_number() -> None:
    assert math.isnan(Tally().rate)
    assert (Tally(1, 2) + Tally(2, 2)).rate == 0.75
