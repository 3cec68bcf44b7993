"""Judgements against brute force on the plain module, for every possible answer."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.unit.widgets.small_classifier import BEST, CLASSES, HEADS, LAYERS, make
from tests.unit.widgets.small_patcher import THEIRS, plain_logits
from tests.unit.workshop.small_lessons import (
    attention,
    bench_of,
    read,
    with_heads,
)
from vitwidgets.workshop.checks.check import NotHereError
from vitwidgets.workshop.checks.heads import (
    head_stands_out,
    last_layer_has,
    one_token_gets,
    pinned_extremes,
    query_is,
)
from vitwidgets.workshop.checks.lens import (
    class_token_says,
    first_layer_with_answer,
    layer_with_most_patches,
    patch_says,
    share_of_patches,
    surest_patch,
    who_says_it_first,
)
from vitwidgets.workshop.checks.patching import (
    edits_are,
    flips_with,
    harmful_heads,
    harmless_edit,
    strongest_single_head,
    will_it_flip,
)
from vitwidgets.workshop.edits import NAMED_EDITS

if TYPE_CHECKING:
    import torch

ALL_HEADS = list(product(range(LAYERS), range(HEADS)))
ROWS, COLUMNS = 3, 5
CORNERS = [1 + row * COLUMNS + col for row in (0, 2) for col in (0, 4)]


@pytest.fixture(scope="module")
def tour() -> Any:
    return bench_of("AttentionHeadTour")


@pytest.fixture(scope="module")
def lens() -> Any:
    return bench_of("EmojiLogitLens")


@pytest.fixture
def patcher() -> Any:
    return bench_of("ClickToPatch")


@pytest.mark.parametrize("end", ["most", "least"])
@pytest.mark.parametrize("among", [1, 3])
def test_heads_by_their_attention_to_corners(tour: Any, end: str, among: int):
    mass = attention()[:, :, 1:, CORNERS].sum(-1).mean(-1).flatten()
    best = mass.argsort(descending=end == "most")[:among].tolist()
    for at, (layer, head) in enumerate(ALL_HEADS):
        tour.view.act("choose", layer=layer, head=head)
        verdict = head_stands_out(tour, "corner_mass", end, among)
        assert verdict.right == (at in best)
        assert f"L{layer}.H{head} has {100 * float(mass[at]):.0f} %" in verdict.text


def test_a_measure_that_nobody_took_has_no_answer(tour: Any):
    with pytest.raises(NotHereError, match="generality was not measured"):
        head_stands_out(tour, "generality", "most", 1)


def test_both_ends_have_to_be_pinned(tour: Any):
    mass = attention()[:, :, 1:, 0].mean(-1).flatten()
    high, low = ALL_HEADS[int(mass.argmax())], ALL_HEADS[int(mass.argmin())]
    other = next(each for each in ALL_HEADS if each not in (high, low))
    for pins, right in (
        ([], False),
        ([high], False),
        ([high, other], False),
        ([other, low], False),
        ([low, other, high], True),
    ):
        tour.view.pins = pins
        assert pinned_extremes(tour, "cls_mass", 1).right == right


def test_one_token_gets_as_much_as_its_row_says(tour: Any):
    most = 100 * attention().amax(-1)
    limit = int(most.median())
    tour.view.act("reset", direction="row", shown="pattern", region=[])
    for layer, head, query in product(range(LAYERS), range(HEADS), range(16)):
        tour.view.act("look", layer=layer, head=head, query=query)
        right = bool(most[layer, head, query] >= limit)
        assert one_token_gets(tour, limit).right == right
    tour.view.direction = "column"
    assert not one_token_gets(tour, 1).right
    tour.view.direction = "row"
    too_much = int(most.max()) + 1
    if too_much <= 100:
        with pytest.raises(NotHereError):
            one_token_gets(tour, too_much)


def test_places_of_patches(tour: Any):
    for token in range(16):
        tour.view.query = token
        row, col = divmod(token - 1, COLUMNS)
        edge = token > 0 and (row in (0, ROWS - 1) or col in (0, COLUMNS - 1))
        assert query_is(tour, "corner").right == (token in CORNERS)
        assert query_is(tour, "edge").right == edge
        assert query_is(tour, "class token").right == (token == 0)


def test_first_and_last_layer_are_compared(tour: Any):
    mass = attention()[:, :, 1:, 0].mean((1, 2))
    wanted = "more" if mass[-1] > mass[0] else "less"
    assert last_layer_has(tour, "cls_mass").name == wanted


def test_layers_of_the_class_token(lens: Any):
    said = read()[:, 0].argmax(-1)
    first = int((said == BEST).nonzero()[0]) - 1
    for layer in range(-1, LAYERS):
        lens.view.layer = layer
        assert first_layer_with_answer(lens).right == (layer == first)
        right = bool(said[layer + 1] == BEST)
        assert class_token_says(lens, "answer").right == right
        if (said != BEST).any():
            assert class_token_says(lens, "another class").right == (not right)


def test_what_each_patch_says(lens: Any):
    said = read().argmax(-1)
    runner_up = int(read()[-1, 0].topk(2).indices[1])
    agree = said[:, 1:] == BEST
    for layer, token in product(range(-1, LAYERS), range(16)):
        lens.view.act("look", layer=layer, token=token)
        own = int(said[layer + 1, token])
        for what, right in (
            ("answer", own == BEST),
            ("runner-up", own == runner_up),
            ("another class", own != BEST),
        ):
            wanted = {"answer": said == BEST, "runner-up": said == runner_up}
            possible = wanted.get(what, said != BEST)[:, 1:].any()
            if possible:
                assert patch_says(lens, what).right == (right and token > 0)
            else:
                with pytest.raises(NotHereError):
                    patch_says(lens, what)
    if agree.any():
        for layer in range(-1, LAYERS):
            lens.view.layer = layer
            best = agree.sum(1) == agree.sum(1).max()
            assert layer_with_most_patches(lens).right == bool(best[layer + 1])
    share = float(agree[-1].float().mean())
    names = ("under a quarter", "a quarter to a half", "over a half")
    assert share_of_patches(lens).name == names[(share >= 0.25) + (share > 0.5)]


def test_who_is_first(lens: Any):
    agree = read().argmax(-1) == BEST
    layers = [
        [*part.nonzero().flatten().tolist(), 99][0]
        for part in (agree[:, 0], agree[:, 1:].any(1))
    ]
    names = {-1: "the class token", 0: "together", 1: "a patch"}
    wanted = names[int(np.sign(layers[0] - layers[1]))]
    assert who_says_it_first(lens).name == wanted


@pytest.mark.parametrize("end", ["most", "least"])
def test_the_surest_patches(lens: Any, end: str):
    shares = read().double().softmax(-1)
    entropy = -(shares * shares.log()).sum(-1)[:, 1:]
    for layer in range(-1, LAYERS):
        order = entropy[layer + 1].argsort(descending=end == "least")[:4].tolist()
        for token in range(16):
            lens.view.act("look", layer=layer, token=token)
            assert surest_patch(lens, end, 4).right == (token - 1 in order)


def test_another_lens_is_no_answer(lens: Any):
    lens.view.norm = "final"
    try:
        assert "plain lens" in class_token_says(lens, "answer").text
        assert not class_token_says(lens, "answer").right
    finally:
        lens.view.norm = "own"


def edit(layer: int, head: int, **more: Any) -> dict[str, Any]:
    return {
        "address": f"L{layer}.H{head}",
        "tokens": [],
        "kind": "patch",
        "strength": 1,
        "source": "donor",
        "seed": 0,
        "switch": "on",
        **more,
    }


def difference(logits: torch.Tensor) -> float:
    return float(logits[THEIRS] - logits[BEST])


def test_the_strongest_head_is_the_one_that_moves_the_logits_most(patcher: Any):
    moved = {at: difference(with_heads({at[0]: [at[1]]})) for at in ALL_HEADS}
    best = sorted(ALL_HEADS, key=lambda at: -moved[at])
    for layer, head in ALL_HEADS:
        patcher.view.interventions = [edit(layer, head)]
        right = (layer, head) in best[:2]
        assert strongest_single_head(patcher, 2).right == right
    patcher.view.interventions = [edit(*best[0]), edit(*best[1])]
    assert not strongest_single_head(patcher, 2).right
    patcher.view.interventions = [edit(*best[0], tokens=["cls"])]
    assert not strongest_single_head(patcher, 2).right
    patcher.view.interventions = [edit(*best[0]), edit(*best[1], switch="off")]
    assert strongest_single_head(patcher, 1).right
    assert NAMED_EDITS["strongest head"](patcher) == [edit(*best[0])]


def test_heads_that_change_the_answer_alone(patcher: Any):
    flips = [with_heads({layer: [head]}).argmax() != BEST for layer, head in ALL_HEADS]
    names = ("none", "some", "all")
    found = harmful_heads(patcher)
    assert found.name == names[any(flips) + all(flips)]
    assert found.text.startswith(f"{sum(map(bool, flips))} of {len(flips)} heads")


def test_a_flip_is_predicted_as_the_plain_module_makes_it(patcher: Any):
    moved = {at: difference(with_heads({at[0]: [at[1]]})) for at in ALL_HEADS}
    layer, head = max(moved, key=moved.__getitem__)
    flips = int(with_heads({layer: [head]}).argmax()) == THEIRS
    assert will_it_flip(patcher, "strongest head").name == ("yes" if flips else "no")


def test_few_heads_flip(patcher: Any):
    patcher.view.interventions = []
    units = patcher.smallest_flip("heads").units
    assert not flips_with(patcher, "heads", 1).right
    patcher.view.interventions = NAMED_EDITS["fewest heads"](patcher)
    verdict = flips_with(patcher, "heads", 1)
    copied: dict[int, list[int]] = {}
    for unit in units:
        copied.setdefault(unit.layer, []).append(unit.index)
    assert int(with_heads(copied).argmax()) == THEIRS
    assert verdict.right
    assert edits_are(patcher, "fewest heads").right
    assert not flips_with(patcher, "patches", 1).right
    every = [edit(layer, head) for layer, head in ALL_HEADS]
    patcher.view.interventions = every
    assert flips_with(patcher, "heads", 1).right == (len(units) == len(every))
    assert not edits_are(patcher, "fewest heads").right


def test_a_harmless_edit_leaves_the_answer(patcher: Any):
    for layer, head in ALL_HEADS:
        zero = edit(layer, head, kind="zero", source="")
        patcher.view.interventions = [zero]
        stays = int(patcher.view.prediction.logits.argmax()) == BEST
        assert harmless_edit(patcher, "zero").right == stays
    patcher.view.interventions = [edit(0, 0)]
    assert not harmless_edit(patcher, "zero").right


def test_the_answers_are_those_of_the_plain_module(patcher: Any):
    assert patcher.answer == BEST
    assert patcher.donor_answer == THEIRS == int(plain_logits(patcher._donor).argmax())
    assert patcher.runner_up == int(plain_logits(patcher.image).topk(2).indices[1])
    assert CLASSES > 2


def test_without_a_class_token_questions_about_it_have_no_answer():
    model = make(class_token=False, global_pool="avg")
    with pytest.raises(NotHereError, match="no class token"):
        first_layer_with_answer(bench_of("EmojiLogitLens", model))
