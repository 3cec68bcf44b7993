"""What the patching notebook says of the bundled model is true of it.

Heads are copied and silenced here with PyTorch's own hooks, on many images at once.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
import torch
from PIL import Image

import vitwidgets as vw
from tests.examples.patch_bench import Bench
from vitwidgets.methods import Intervention
from vitwidgets.mice.fresh_scenes import fresh_scenes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from vitwidgets.models import HookedViT

CLEAN, DONOR, LONELY = "cat-and-dog", "dog-alone", "cat-alone"
THREE = ("L3.H0", "L5.H3", "L3.H2")
FIVE = ("L4.H3", "L2.H0", "L5.H3", "L3.H0", "L3.H2")
CLS = slice(0, 1)


@pytest.fixture(scope="module")
def model() -> HookedViT:
    return vw.load_model()


@pytest.fixture(scope="module")
def view(model: HookedViT) -> Iterator[vw.ClickToPatch]:
    view = vw.ClickToPatch(model, vw.images.sample(CLEAN), vw.images.sample(DONOR))
    yield view
    view.close()


@pytest.fixture(scope="module")
def bench(model: HookedViT) -> Bench:
    return Bench(model, CLEAN, DONOR)


def test_a_cat_with_a_little_dog_and_a_dog(bench: Bench) -> None:
    chances = bench.logits(bench.pixels(CLEAN, DONOR)).softmax(-1)
    assert chances[0].argmax() == bench.cat
    assert chances[1].argmax() == bench.dog


def test_heads_speak_for_what_they_look_at(bench: Bench) -> None:
    scene = vw.images.sample(CLEAN)
    who = vw.LogitAttribution(
        bench.model, scene, "dog", versus="cat", measure="difference"
    )
    terms = {name: value for name, value in who.results.items() if ".H" in name}
    by_value = sorted(terms, key=lambda name: terms[name])
    assert (by_value[-1], by_value[0]) == ("L4.H3", "L3.H2")
    assert -3 < terms["L3.H2"] < -2.7
    for_dog = sum(value > 1 for value in terms.values())
    assert sum(value < -1 for value in terms.values()) > for_dog
    rows, cols = bench.model.config.grid
    for name, layer, head in (("dog", 4, 3), ("cat", 3, 2)):
        mask = scene.masks[name].reshape(rows, 64 // rows, cols, -1).mean((1, 3))
        sources = who.attribution.head_sources(layer, head)[0, 1:].reshape(rows, cols)
        on_it = float(sources[torch.from_numpy(mask >= 0.5)].sum())
        assert on_it == pytest.approx(terms[f"L{layer}.H{head}"], rel=0.02)
        assert (mask >= 0.5).sum() == {"dog": 3, "cat": 19}[name]


def test_copied_alone_they_do_next_to_nothing(bench: Bench) -> None:
    before = bench.ahead()
    for head in ("L4.H3", "L2.H0", "L3.H2", "L2.H3"):
        assert abs(bench.ahead(head) - before) < 0.25


def test_no_head_and_no_pair_turns_it_and_nor_do_the_three_strongest(
    bench: Bench,
) -> None:
    alone = {head: bench.ahead(head) for head in bench.heads}
    assert len(alone) == 24
    assert max(alone.values()) < 0
    strongest = sorted(alone, key=lambda head: -alone[head])[:3]
    assert strongest == ["L3.H0", "L5.H3", "L3.H1"]
    assert bench.ahead(*strongest) < 0
    pixels = bench.pixels(CLEAN)
    pairs = list(combinations(bench.heads, 2))
    assert [pair for pair in pairs if bench.dogs(pixels, pair)] == []


def test_three_heads_turn_it_and_others_with_one_of_them(
    bench: Bench, view: vw.ClickToPatch
) -> None:
    assert tuple(map(str, view.smallest_flip().units)) == THREE
    pixels = bench.pixels(CLEAN)
    assert bench.dogs(pixels, THREE) == 1
    assert bench.dogs(pixels, THREE, tokens=CLS) == 1
    assert bench.dogs(pixels, ("L1.H2", "L3.H0", "L5.H3")) == 1


def test_a_later_head_makes_up_for_an_earlier_one(bench: Bench) -> None:
    before = bench.ahead()
    alone = bench.ahead("L3.H2") - before
    beside_one = bench.ahead("L5.H3", "L3.H2") - bench.ahead("L5.H3")
    beside_two = bench.ahead(*THREE) - bench.ahead(*THREE[:2])
    assert alone < 0.15
    assert beside_one > 4 * alone
    assert beside_two > 2 * beside_one

    assert all(bench.says(head) < -1 for head in THREE)
    changes = {
        head: bench.says(head, "L3.H2") - bench.says(head) for head in bench.heads
    }
    first, second = sorted(changes, key=lambda head: -abs(changes[head]))[:2]
    assert (first, second) == ("L3.H2", "L5.H3")
    assert changes[second] < -1 < 2 < changes[first]


def test_the_three_of_the_flip_write_most_and_the_first_mlp_does_most(
    view: vw.ClickToPatch,
) -> None:
    view.interventions = []
    chart = vw.dashboards.agreement(view)
    rows = chart.found.rows()
    chart.close()
    heads = sorted((row for row in rows if ".H" in row.address), key=lambda r: r.direct)
    assert {row.address for row in heads[-3:]} == set(THREE)
    assert all(row.total < row.direct / 4 for row in heads[-3:])
    most = max(rows, key=lambda row: row.total)
    assert most.address == "L0.MLP"
    assert most.direct < 0.1 < most.total


def test_zeros_do_it_and_other_heads_noise_and_means_do_not(
    bench: Bench, view: vw.ClickToPatch
) -> None:
    assert bench.ahead(*THREE, zero=True) > 0
    view.interventions = [Intervention(head, source=DONOR) for head in THREE]
    assert view.receipt().is_clean
    rows = {row.name: row for row in view.controls()}
    assert (rows["as done"].flips, rows["zero"].flips) == (1, 1)
    assert [rows[name].flips for name in ("random place", "noise", "mean")] == [0] * 3
    assert rows["own value"].same is True


def test_it_holds_where_there_is_a_dog(bench: Bench, view: vw.ClickToPatch) -> None:
    pictures = fresh_scenes(bench.model, bench.cat, 100)
    assert bench.dogs(bench.pixels(*pictures), THREE) < 10
    view.interventions = [Intervention(head, source=DONOR) for head in THREE]
    assert view.replay(100).rate < 0.1

    donor = vw.images.sample(DONOR)
    outline = Image.fromarray(donor.masks["dog"])
    box = outline.getbbox()
    small, shape = (each.crop(box).resize((16, 16)) for each in (donor.image, outline))
    for each in pictures:
        each.paste(small, (46, 2), shape)
    pixels = bench.pixels(*pictures)
    assert bench.dogs(pixels) < 10
    assert bench.dogs(pixels, THREE) > 85
    assert 45 < bench.dogs(pixels, THREE, zero=True) < bench.dogs(pixels, THREE)


def test_a_cat_alone_needs_five_and_they_bring_the_dog(bench: Bench) -> None:
    lonely = vw.ClickToPatch(
        bench.model, vw.images.sample(LONELY), vw.images.sample(DONOR)
    )
    assert tuple(map(str, lonely.smallest_flip().units)) == FIVE
    lonely.interventions = [Intervention(head, source=DONOR) for head in FIVE]
    rows = {row.name: row for row in lonely.controls()}
    names = ("random place", "another donor", "zero", "mean")
    assert [rows[name].flips for name in names] == [0] * len(names)
    lonely.interventions = [Intervention("L0.MLP", source=DONOR)]
    assert bench.model.class_names[lonely.prediction.top] == "banana"
    lonely.close()

    pixels = bench.pixels(LONELY)
    assert bench.dogs(pixels, FIVE) == 1
    assert bench.dogs(pixels, FIVE, zero=True) == 0
    cats = bench.pixels(*fresh_scenes(bench.model, bench.cat, 100))
    assert 85 <= bench.dogs(cats, FIVE) <= 95


def test_the_first_mlp_goes_two_thirds_of_the_way(bench: Bench) -> None:
    kept: list[Tensor] = []
    mlp: Any = bench.module.blocks[0].mlp
    keep = mlp.register_forward_hook(lambda _, __, out: kept.append(out))
    away = bench.ahead(scene=DONOR)
    keep.remove()
    before = bench.ahead(scene=LONELY)
    put = mlp.register_forward_hook(lambda *_: kept[0])
    now = bench.ahead(scene=LONELY)
    put.remove()
    assert (now - before) / (away - before) == pytest.approx(2 / 3, abs=0.03)
