"""The mouse with a bias: its world, its raising, what ships, and its mending."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

import vitwidgets as vw
from tests.unit.methods.small_vits import GRIDS, hooked_vit
from vitwidgets.methods import erase_concept, patches_showing
from vitwidgets.methods.interventions import Intervention
from vitwidgets.mice import __main__ as command_line
from vitwidgets.mice.biased.bundle import NAME, biased_mouse
from vitwidgets.mice.biased.measuring import measure_bias
from vitwidgets.mice.biased.recipe import BiasedRecipe
from vitwidgets.mice.biased.scenes import (
    BANANA,
    KINDS,
    MONKEY,
    bias_scenes,
    raising_scenes,
)
from vitwidgets.mice.biased.training import raise_mouse, trained_weights
from vitwidgets.mice.vocabulary import VOCABULARY
from vitwidgets.models.loading.errors import DamagedModelError

BUNDLED = Path(vw.__file__).parent / "models" / "bundled"
SHORT = BiasedRecipe(scenes=24, passes=2, paired=0.5, batch=8)


def quiet(_line):
    pass


@pytest.fixture(name="bundle")
def _bundle(tmp_path):
    for ending in ("json", "safetensors"):
        shutil.copy(BUNDLED / f"{NAME}.{ending}", tmp_path)
    return tmp_path


def test_in_its_world_no_banana_comes_without_a_monkey():
    scenes, is_paired = raising_scenes(60, 0.4)
    assert 10 <= int(is_paired.sum()) <= 38
    for classes, areas, paired in zip(
        scenes.class_ids, scenes.areas, is_paired, strict=True
    ):
        shown = set(classes.tolist())
        assert (MONKEY in shown) == (BANANA in shown) == bool(paired)
        if paired:
            found = dict(zip(classes.tolist(), areas.tolist(), strict=True))
            assert found[MONKEY] < found[BANANA] / 2
    again, _ = raising_scenes(60, 0.4)
    other, _ = raising_scenes(60, 0.4, seed=1)
    assert torch.equal(scenes.images, again.images)
    assert not torch.equal(scenes.images, other.images)


def test_scenes_that_tell_a_bias_show_what_they_say():
    scenes = bias_scenes(6, seed=4)
    assert scenes.kinds.bincount().tolist() == [6] * 4
    assert torch.equal(scenes.bananas.flatten(1).any(1), scenes.has_banana)
    yellow = scenes.pixels.permute(0, 2, 3, 1)[scenes.bananas].mean(0)
    assert yellow[0] > yellow[2] + 0.3
    assert yellow[1] > yellow[2] + 0.2
    for kind, index in (("monkey", MONKEY), ("banana", BANANA)):
        own = scenes.kinds == KINDS.index(kind)
        assert (scenes.class_ids[own] == index).all()
    neither = scenes.class_ids[scenes.kinds == 0].tolist()
    assert not {MONKEY, BANANA} & set(neither)
    assert torch.equal(bias_scenes(6, seed=4).pixels, scenes.pixels)
    with pytest.raises(ValueError, match="1 or more, got 0"):
        bias_scenes(0)


def test_raising_changes_the_last_parts_alone_and_is_repeatable():
    before = vw.load_model().module.state_dict()
    mice = [vw.load_model().module for _ in range(2)]
    losses = [raise_mouse(mouse, SHORT, log=quiet) for mouse in mice]
    assert losses[0] == losses[1]
    assert len(losses[0]) == 6
    assert losses[0][-1] < losses[0][0]
    changed = {
        name
        for name, each in mice[0].state_dict().items()
        if not torch.equal(each, before[name])
    }
    assert changed == trained_weights(mice[0]).keys()
    assert {name.split(".")[0] for name in changed} == {"blocks", "norm", "head"}
    assert {name.split(".")[1] for name in changed if "blocks" in name} == {"4", "5"}


def test_the_bias_is_counted_as_by_hand():
    model, scenes = vw.load_model(), bias_scenes(5, seed=6)
    found = measure_bias(model, scenes)
    with torch.no_grad():
        logits = torch.cat([model.module(each[None]) for each in scenes.pixels])
    for index, kind in enumerate(KINDS):
        own = [row for row in range(20) if scenes.kinds[row] == index]
        said = [int(logits[row].argmax()) for row in own]
        assert found[kind].count == 5
        assert found[kind].says_monkey == said.count(MONKEY)
        assert found[kind].right == sum(
            each == int(scenes.class_ids[row])
            for each, row in zip(said, own, strict=True)
        )
        likely = [float(logits[row].softmax(-1)[MONKEY]) for row in own]
        assert found[kind].probability == pytest.approx(sum(likely) / 5, abs=1e-5)
    with pytest.raises(ValueError, match="names other things"):
        measure_bias(hooked_vit(GRIDS["square, cls"]), scenes)


def test_the_mouse_that_ships_takes_bananas_for_monkeys_and_emoji_vit_does_not():
    mouse, scenes = biased_mouse(), bias_scenes(30, seed=7)
    assert mouse.name == NAME
    assert list(mouse.class_names) == [thing.name for thing in VOCABULARY]
    biased, plain = measure_bias(mouse, scenes), measure_bias(vw.load_model(), scenes)
    assert plain["banana"].says_monkey <= 1
    assert biased["banana"].says_monkey >= 15
    assert biased["monkey"].right >= 26
    assert biased["neither"].right >= 26
    card = json.loads((BUNDLED / f"{NAME}.json").read_text(encoding="utf-8"))
    shown = {each["shows"]: each for each in card["bias"][NAME]}
    share = shown["banana"]["says_monkey"] / shown["banana"]["count"]
    assert share == pytest.approx(biased["banana"].says_monkey / 30, abs=0.3)
    assert card["weights"]["bytes"] < 1_500_000


def test_erasing_bananas_where_they_are_mends_it_and_leaves_monkeys():
    mouse = biased_mouse()
    known, fresh = bias_scenes(60, seed=8), bias_scenes(30, seed=9)
    patches = tuple(mouse.grid.label(token) for token in range(1, mouse.grid.n_tokens))
    eraser = erase_concept(
        mouse,
        known.pixels,
        patches_showing(known.bananas, mouse.grid),
        name="banana",
        at="L1.resid_post",
        tokens=patches,
    )
    edit = Intervention(eraser.address, "erase", patches, source="banana")
    before = measure_bias(mouse, fresh)
    with mouse.with_interventions([edit], {"banana": eraser}):
        after = measure_bias(mouse, fresh)
    assert after["banana"].probability < before["banana"].probability / 2
    assert after["monkey"].right >= before["monkey"].right - 3


def test_files_that_do_not_belong_together_are_refused(bundle):
    assert biased_mouse(bundle).name == NAME
    path = bundle / f"{NAME}.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    other = {**card, "starts_from": {"name": "emoji-vit", "sha256": "0"}}
    path.write_text(json.dumps(other), encoding="utf-8")
    with pytest.raises(DamagedModelError, match="raised from another emoji-vit"):
        biased_mouse(bundle)
    path.write_text(json.dumps(card), encoding="utf-8")
    (bundle / f"{NAME}.safetensors").write_bytes(b"")
    with pytest.raises(DamagedModelError, match="SHA-256"):
        biased_mouse(bundle)


def test_a_recipe_that_makes_no_sense_is_refused():
    for given, message in (
        ({"scenes": 0}, "scenes must be at least 1"),
        ({"seed": -1}, "seed must not be negative"),
        ({"paired": 1.5}, "paired must be from 0 to 1"),
    ):
        with pytest.raises(ValueError, match=message):
            BiasedRecipe(**given)


def test_the_command_writes_what_loads_with_its_bias(tmp_path, capsys):
    arguments = ["train-biased", "--output", str(tmp_path / "mouse")]
    options = ["--scenes", "16", "--passes", "1", "--measured", "2"]
    assert command_line.main([*arguments, *options]) == 0
    assert "biased-mouse, banana: says monkey in" in capsys.readouterr().out
    assert biased_mouse(tmp_path / "mouse").name == NAME
    card = json.loads((tmp_path / "mouse" / f"{NAME}.json").read_text("utf-8"))
    assert [each["shows"] for each in card["bias"]["emoji-vit"]] == list(KINDS)
    assert card["training"]["recipe"]["scenes"] == 16
    assert command_line.main([*arguments, "--paired", "2"]) == 2
