from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import open_clip
import pytest
import torch

from tests.unit.mice.clip.planted import Planted
from vitwidgets.mice.batches import render_batch
from vitwidgets.mice.clip import evaluation
from vitwidgets.mice.clip.architecture import build_clip, tokenizer
from vitwidgets.mice.clip.evaluation import DEFINITIONS, evaluate_clip, fresh_pool
from vitwidgets.mice.vocabulary import VOCABULARY

if TYPE_CHECKING:
    from vitwidgets.mice.clip.drawings import Drawings

SEED = 4
COUNT = 30
READ = tokenizer()  # a tenth of a second to make


def tokens_of(text: str) -> tuple[int, ...]:
    return tuple(READ([text])[0].tolist())


def answers(drawings: Drawings, *, lie: bool = False) -> dict[bytes, list]:
    """What belongs to each picture; with lies, the wrong caption of each pair."""
    known: dict[bytes, list] = {}
    plain = render_batch((1_000_003, SEED, 0), COUNT, drawings.sprites[:64])
    for image, main in zip(plain.images, plain.class_ids[:, 0].tolist(), strict=True):
        named = VOCABULARY[(main + lie) % 64].name
        prompts = [template(named) for template in evaluation.TEMPLATES]
        known[image.numpy().tobytes()] = [tokens_of(text) for text in prompts]
    rng = np.random.default_rng(np.random.SeedSequence((3_000_029, SEED, 0)))
    scenes, texts = fresh_pool(rng, drawings, COUNT)
    for scene, text in zip(scenes, texts, strict=True):
        known[scene.scene.image.tobytes()] = [] if lie else [tokens_of(text)]
    for wrong in evaluation._WRONG.values():
        for scene in scenes:
            pair = wrong(rng, scene)
            if pair is not None:
                known[scene.scene.image.tobytes()].append(tokens_of(pair[int(lie)]))
    return known


def test_a_model_that_knows_the_answers_is_always_right(drawings: Drawings) -> None:
    figures = evaluate_clip(Planted(answers(drawings)), drawings, COUNT, SEED)
    assert figures.keys() == DEFINITIONS.keys()
    for name, tally in figures.items():
        assert tally.rate == 1, name
    for name in ("zero_shot_top1", "caption_of_picture_r1", "count"):
        assert figures[name].trials >= COUNT - 1
    assert 0 < figures["word"].trials < COUNT


def test_a_model_that_knows_the_contrary_is_always_wrong(drawings: Drawings) -> None:
    figures = evaluate_clip(Planted(answers(drawings, lie=True)), drawings, COUNT, SEED)
    for name in ("zero_shot_top1", "colour", "position", "place", "count", "word"):
        assert figures[name].hits == 0, name


def test_naming_is_open_clip_s_zero_shot(drawings: Drawings) -> None:
    torch.manual_seed(1)
    model = build_clip()
    torch.nn.init.normal_(model.token_embedding.weight)
    model.train()
    figures = evaluate_clip(model, drawings, COUNT, SEED)
    assert model.training
    model.eval()
    plain = render_batch((1_000_003, SEED, 0), COUNT, drawings.sprites[:64])
    pixels = (plain.images.permute(0, 3, 1, 2) / 255 - 0.5) / 0.5
    hits = 0
    with torch.no_grad():
        columns = []
        for thing in VOCABULARY:
            prompts = [template(thing.name) for template in evaluation.TEMPLATES]
            read = model.encode_text(open_clip.tokenize(prompts, context_length=32))
            mean = (read / read.norm(dim=-1, keepdim=True)).mean(dim=0)
            columns.append(mean / mean.norm())
        scores = model.encode_image(pixels) @ torch.stack(columns).T
        hits = int((scores.argmax(-1) == plain.class_ids[:, 0]).sum())
    assert figures["zero_shot_top1"].hits == hits
    assert figures["zero_shot_top1"].trials == COUNT


@pytest.mark.parametrize(("among", "hits"), [(1, 1), (2, 2), (3, 3)])
def test_ranks_are_counted(among: int, hits: int) -> None:
    likeness = torch.tensor([[0.9, 0.1, 0.2], [0.5, 0.4, 0.3], [0.9, 0.8, 0.7]])
    assert evaluation._retrieved(likeness, among).hits == hits


def test_no_caption_of_a_pool_comes_twice(drawings: Drawings) -> None:
    _, texts = fresh_pool(np.random.default_rng(0), drawings, 60)
    assert len(set(texts)) == 60
