"""What lessons and verdicts say: true of the model at hand, in whole sentences."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import vitwidgets as vw
from tests.unit.widgets.small_classifier import make
from tests.unit.workshop.small_lessons import attention, bench_of
from vitwidgets.workshop.checks.check import NotHereError, Verdict, counted
from vitwidgets.workshop.checks.heads import head_stands_out, removal_matters
from vitwidgets.workshop.checks.patching import (
    flips_with,
    harmless_edit,
    strongest_single_head,
)
from vitwidgets.workshop.checks.settings import setting_is
from vitwidgets.workshop.facts import filled
from vitwidgets.workshop.judging import judged
from vitwidgets.workshop.lesson import Question

WRONG_NUMBER = re.compile(r"\b[01] (other )?(heads|patches)\b")


def test_counts_are_said_in_whole_words():
    said = [counted(count, "head goes", "heads go") for count in (0, 1, 2)]
    assert said == ["no head goes", "1 head goes", "2 heads go"]


def test_facts_of_the_tour_are_those_of_the_plain_module():
    bench = bench_of("AttentionHeadTour")
    patterns = attention()
    most = patterns.flatten(1).amax(1).argmax()
    assert filled("{block_of_one_token}", bench) == str(int(most))
    tokens = patterns.shape[-1]
    assert filled("{by_chance}", bench) == f"{100 / tokens:.0f} %"
    assert filled("{tokens_before}", bench) == "1 other token stands"
    with pytest.raises(NotHereError, match="object_auroc_elsewhere was not measured"):
        filled("{usual_places}", bench)


def test_tokens_before_the_patches_are_counted():
    none = bench_of("AttentionHeadTour", make(class_token=False, global_pool="avg"))
    assert filled("{tokens_before}", none) == "no other token stands"
    registers = bench_of("AttentionHeadTour", make(reg_tokens=2))
    assert filled("{tokens_before}", registers) == "3 other tokens stand"


@pytest.fixture(scope="module")
def bundled() -> Any:
    lesson = vw.workshop("attention-heads")
    yield lesson.bench
    lesson.close()


def test_what_is_said_of_the_bundled_model(bundled: Any):
    numbers = bundled.view.measurements.statistics.numbers
    offset, usual = (
        numbers[name].numpy() for name in ("offset_mass", "object_auroc_elsewhere")
    )
    assert filled("{most_offset}", bundled) == f"{100 * offset.max():.0f} %"
    # The rule of the docs: at least 0.409 of attention at the best offset.
    assert filled("{offset_heads}", bundled) == str(int((offset >= 0.409).sum()))
    assert filled("{usual_places}", bundled) == f"{np.mean(usual):.2f}"


def test_an_object_head_is_compared_with_usual_places(bundled: Any):
    numbers = bundled.view.measurements.statistics.numbers
    bundled.view.act("choose", layer=3, head=1)
    verdict = head_stands_out(bundled, "object_auroc", "most", 5)
    usual = float(numbers["object_auroc_elsewhere"][3, 1])
    assert f"(knowing where objects usually are: {usual:.2f})" in verdict.text


def test_verdicts_on_all_heads_have_no_wrong_number(bundled: Any):
    for layer in range(6):
        for head in range(4):
            bundled.view.act("choose", layer=layer, head=head)
            for verdict in (
                head_stands_out(bundled, "cls_mass", "most", 1),
                removal_matters(bundled, 3),
            ):
                assert not WRONG_NUMBER.search(verdict.text), verdict.text


def test_the_embedding_is_called_so():
    bench = bench_of("EmojiLogitLens")
    bench.view.layer = 1
    verdict = setting_is(bench, "layer", -1)
    assert verdict.text == "The view shows block 1: the embedding is asked for."
    bench.view.layer = -1
    assert setting_is(bench, "layer", -1) == Verdict(
        True, "layer: the embedding", "The view shows the embedding: that is it."
    )
    assert "entropy is asked for" in setting_is(bench, "mode", "entropy").text


def test_nothing_yet_is_not_too_much():
    bench = bench_of("ClickToPatch")
    bench.view.interventions = []
    for verdict in (
        strongest_single_head(bench, 1),
        flips_with(bench, "heads", 1),
        flips_with(bench, "patches", 1),
        harmless_edit(bench, "zero"),
    ):
        assert not verdict.right
        assert "nothing else" not in verdict.text
        assert "yet" in verdict.text


def test_a_wrong_guess_is_said_once():
    bench = bench_of("AttentionHeadTour")
    choices = (("more", "Yes"), ("less", "No"))
    question = Question("?", "last_layer_has", {"statistic": "cls_mass"}, choices)
    mass = attention()[:, :, 1:, 0].mean((1, 2))
    wrong = "less" if mass[-1] > mass[0] else "more"
    text = judged(question, bench, wrong).text
    assert text == "Think again, or try it in the view."
