from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import load_file
from timm.models import VisionTransformer

from tests.unit.mice.short_training import CPU, SHORT
from vitwidgets.mice.architecture import ARCHITECTURE
from vitwidgets.mice.batches import render_batch, to_pixels
from vitwidgets.mice.bundle import (
    SHIPPED,
    BundleError,
    read_bundle,
    record_evaluation,
    write_bundle,
)
from vitwidgets.mice.evaluation import THRESHOLDS, Tally
from vitwidgets.mice.training_state import start
from vitwidgets.mice.vocabulary import VOCABULARY
from vitwidgets.models.loading.load_model import DamagedModelError

if TYPE_CHECKING:
    from pathlib import Path

    from vitwidgets.mice.sprites import Sprite


@pytest.fixture
def font(tmp_path: Path) -> Path:
    path = tmp_path / "font.ttf"
    path.write_bytes(b"letters")
    return path


def card_of(folder: Path) -> dict:
    return json.loads((folder / "emoji-vit.json").read_text(encoding="utf-8"))


def test_what_is_written_is_read_back_in_half_precision(
    tmp_path: Path, font: Path
) -> None:
    state = start(SHORT, CPU)
    write_bundle(tmp_path / "new" / "one", state, font=font, device="an abacus")
    model = read_bundle(tmp_path / "new" / "one")
    assert not model.training
    trained = state.model.state_dict()
    assert model.state_dict().keys() == trained.keys()
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, trained[name].half().float()), name


def test_the_card_tells_how_to_do_it_again(tmp_path: Path, font: Path) -> None:
    write_bundle(tmp_path, start(SHORT, CPU), font=font, device="an abacus")
    card = card_of(tmp_path)
    assert card["training"]["recipes"] == [asdict(SHORT)]
    assert card["training"]["device"] == "an abacus"
    assert torch.__version__.startswith(card["training"]["versions"]["torch"])
    letters = hashlib.sha256(b"letters").hexdigest()
    assert card["training"]["font"] == {"file": "font.ttf", "sha256": letters}
    assert card["evaluation"] is None


def test_figures_are_recorded_and_nothing_else_changes(
    tmp_path: Path, font: Path
) -> None:
    write_bundle(tmp_path, start(SHORT, CPU), font=font, device="an abacus")
    before = card_of(tmp_path)
    figures = {name: Tally(30, 40) for name in THRESHOLDS}
    record_evaluation(tmp_path, figures, count=40, seed=5)
    after = card_of(tmp_path)
    evaluation = after.pop("evaluation")
    before.pop("evaluation")
    assert after == before
    assert (evaluation["scenes"], evaluation["seed"]) == (40, 5)
    assert evaluation["figures"]["top1"]["value"] == 0.75


def test_a_folder_without_a_bundle_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="mice train --output"):
        read_bundle(tmp_path)


def test_weights_that_are_not_the_card_s_are_refused(
    tmp_path: Path, font: Path
) -> None:
    write_bundle(tmp_path, start(SHORT, CPU), font=font, device="an abacus")
    weights = tmp_path / "emoji-vit.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(DamagedModelError, match="SHA-256"):
        read_bundle(tmp_path)


def test_the_shipped_card_is_that_of_the_shipped_weights() -> None:
    card = card_of(SHIPPED)
    path = SHIPPED / card["weights"]["file"]
    content = path.read_bytes()
    assert card["weights"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert card["weights"]["bytes"] == len(content) <= 3_000_000
    tensors = load_file(path)
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}
    count = sum(tensor.numel() for tensor in tensors.values())
    assert card["training"]["parameters"] == count
    assert card["architecture"] == ARCHITECTURE
    VisionTransformer(**card["architecture"]).load_state_dict(tensors)
    assert card["classes"] == [thing._asdict() for thing in VOCABULARY]


def test_the_shipped_figures_meet_what_was_asked() -> None:
    evaluation = card_of(SHIPPED)["evaluation"]
    assert evaluation["scenes"] >= 5000
    asked = {"top1": 0.97, "patch_readout": 0.38, "second_in_top3": 0.60}
    assert evaluation["figures"].keys() == asked.keys()
    for name, least in asked.items():
        figure = evaluation["figures"][name]
        assert figure["at_least"] == least
        assert figure["hits"] / figure["trials"] >= least
        assert figure["value"] == round(figure["hits"] / figure["trials"], 4)
    assert evaluation["figures"]["top1"]["trials"] == evaluation["scenes"]


def test_the_page_about_it_tells_the_card_s_figures() -> None:
    page = (SHIPPED.parents[2] / "docs" / "emoji-vit.md").read_text(encoding="utf-8")
    for figure in card_of(SHIPPED)["evaluation"]["figures"].values():
        assert f"| {figure['value']:.1%} |".replace("%", " %") in page


def test_the_shipped_figure_is_found_again_on_other_scenes(
    sprites: tuple[Sprite, ...],
) -> None:
    expected = card_of(SHIPPED)["evaluation"]["figures"]["top1"]["value"]
    batch = render_batch((77,), 400, sprites)
    with torch.inference_mode():
        logits = read_bundle(SHIPPED)(to_pixels(batch.images))
    hits = (logits.argmax(-1) == batch.class_ids[:, 0]).float().mean().item()
    deviation = math.sqrt(expected * (1 - expected) / 400)
    assert abs(hits - expected) < 4 * deviation
