"""The emoji-clip that ships is what its card says."""

from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING

import pytest
import torch

from vitwidgets.mice.batches import render_batch, to_pixels
from vitwidgets.mice.bundle import SHIPPED
from vitwidgets.mice.clip.architecture import ARCHITECTURE, tokenizer
from vitwidgets.mice.clip.evaluation import DEFINITIONS, evaluate_clip
from vitwidgets.mice.vocabulary import VOCABULARY
from vitwidgets.models.loading.bundled_clip import read_clip

if TYPE_CHECKING:
    from vitwidgets.mice.clip.drawings import Drawings

PAGE = SHIPPED.parents[2] / "docs" / "emoji-clip.md"


@pytest.fixture(scope="module")
def card() -> dict:
    return json.loads((SHIPPED / "emoji-clip.json").read_text(encoding="utf-8"))


def test_the_card_is_that_of_the_weights(card: dict) -> None:
    content = (SHIPPED / card["weights"]["file"]).read_bytes()
    assert card["weights"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert card["weights"]["bytes"] == len(content)
    assert card["architecture"] == ARCHITECTURE


def test_it_is_small_enough(card: dict) -> None:
    assert card["weights"]["bytes"] <= 6_000_000


def test_it_names_nine_things_in_ten(card: dict) -> None:
    evaluation = card["evaluation"]
    assert evaluation["scenes"] >= 5_000
    named = evaluation["figures"]["zero_shot_top1"]
    assert named["at_least"] == 0.9
    assert named["trials"] == evaluation["scenes"]
    assert named["hits"] / named["trials"] >= 0.9


def test_the_page_about_it_tells_the_figures_of_the_card(card: dict) -> None:
    page = PAGE.read_text(encoding="utf-8")
    figures = card["evaluation"]["figures"]
    assert figures.keys() == DEFINITIONS.keys()
    for figure in figures.values():
        assert figure["value"] == round(figure["hits"] / figure["trials"], 4)
        assert f"| {figure['value']:.1%} |".replace("%", " %") in page


def test_naming_is_found_again_by_hand_on_other_scenes(
    card: dict, drawings: Drawings
) -> None:
    clip, read = read_clip(), tokenizer()
    plain = [drawings.sprites[drawings.plain(i)] for i in range(len(VOCABULARY))]
    batch = render_batch((78,), 400, plain)
    with torch.inference_mode():
        seen = clip.encode_image(to_pixels(batch.images), normalize=True)
        words = read([f"a photo of {thing.name}." for thing in VOCABULARY])
        said = clip.encode_text(words, normalize=True)
    hits = ((seen @ said.T).argmax(-1) == batch.class_ids[:, 0]).float().mean().item()
    expected = card["evaluation"]["figures"]["zero_shot_top1"]["value"]
    # One prompt without an article is a little worse than the mean of several.
    assert abs(hits - expected) < 4 * math.sqrt(expected * (1 - expected) / 400) + 0.03


def test_its_other_figures_are_found_again_on_other_scenes(
    card: dict, drawings: Drawings
) -> None:
    count = 300
    found = evaluate_clip(read_clip(), drawings, count, seed=79)
    for name in ("colour", "count", "word"):
        expected = card["evaluation"]["figures"][name]["value"]
        deviation = math.sqrt(expected * (1 - expected) / found[name].trials)
        assert abs(found[name].rate - expected) < 4 * deviation + 0.01, name
