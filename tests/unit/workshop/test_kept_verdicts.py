"""What a page keeps of every answer is what the check says of it when it is called."""

from __future__ import annotations

import json
from itertools import permutations, product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.unit.widgets.small_classifier import HEADS, LAYERS
from tests.unit.workshop.small_lessons import bench_of
from vitwidgets.workshop.answer_space import MOST_ROWS, rows_of
from vitwidgets.workshop.checks.registry import CHECKS
from vitwidgets.workshop.kept_verdicts import ANSWER, EDITS, kept_verdicts
from vitwidgets.workshop.lesson import Question

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vitwidgets.workshop.bench import Bench
    from vitwidgets.workshop.checks.check import Verdict

TOKENS = 16
HEAD_CHOICES = [
    {"layer": layer, "head": head}
    for layer, head in product(range(LAYERS), range(HEADS))
]
LENS_CHOICES = [
    {"layer": layer, "token": token, "norm": norm}
    for layer in range(-1, LAYERS)
    for token in (0, 1, 7, 15)
    for norm in ("own", "final")
]
ATTENTION_CHOICES = [
    {**head, "query": query, **ways}
    for head in HEAD_CHOICES[::3]
    for query in (0, 5, 15)
    for ways in (
        {"direction": "row", "shown": "pattern", "region": []},
        {"direction": "column", "shown": "pattern", "region": []},
        {"direction": "row", "shown": "scores", "region": []},
        {"direction": "row", "shown": "pattern", "region": [0, 0, 1, 2]},
    )
]
TOUR: list[tuple[str, dict[str, Any], list[dict[str, Any]]]] = [
    (
        "head_stands_out",
        {"statistic": "cls_mass", "end": "most", "among": 2},
        HEAD_CHOICES,
    ),
    (
        "pinned_extremes",
        {"statistic": "entropy", "among": 2},
        [
            {"pins": [(each["layer"], each["head"]) for each in pins]}
            for count in range(3)
            for pins in permutations(HEAD_CHOICES, count)
        ],
    ),
    ("query_is", {"place": "corner"}, [{"query": token} for token in range(TOKENS)]),
    ("one_token_gets", {"percent": 8}, ATTENTION_CHOICES),
    (
        "setting_is",
        {"name": "direction", "value": "column"},
        [{"direction": "row"}, {"direction": "column"}],
    ),
]
LENS: list[tuple[str, dict[str, Any]]] = [
    ("first_layer_with_answer", {}),
    ("class_token_says", {"what": "another class"}),
    ("patch_says", {"what": "answer"}),
    ("layer_with_most_patches", {}),
    ("surest_patch", {"end": "most", "among": 3}),
    ("setting_is", {"name": "layer", "value": -1}),
    ("setting_is", {"name": "mode", "value": "entropy"}),
]
PATCHER: list[tuple[str, dict[str, Any]]] = [
    ("strongest_single_head", {"among": 1}),
    ("flips_with", {"parts": "heads", "times": 1}),
    ("flips_with", {"parts": "patches", "times": 1}),
    ("harmless_edit", {"kind": "zero"}),
    ("harmless_edit", {"kind": "mean"}),
]


@pytest.fixture(scope="module")
def tour() -> Bench:
    return bench_of("AttentionHeadTour")


@pytest.fixture(scope="module")
def lens() -> Bench:
    return bench_of("EmojiLogitLens")


@pytest.fixture(scope="module")
def patcher() -> Bench:
    return bench_of("ClickToPatch")


def asked(check: str, arguments: Mapping[str, object]) -> Question:
    return Question("?", check, arguments)


def called(bench: Bench, check: str, arguments: Mapping[str, Any]) -> Verdict:
    """Call a check by hand, of what the view really shows."""
    found: Any = CHECKS[check].function(bench, **arguments)
    return found


def kept_of(
    kept: list[dict[str, Any]], seen: Mapping[str, object]
) -> dict[str, Any] | None:
    """Find the first of which all is seen, as a page does."""
    for each in kept:
        if all(seen[name] == value for name, value in each["seen"].items()):
            return each
    return None


def as_json(value: object) -> Any:
    return json.loads(json.dumps(value))


def settings(bench: Bench) -> dict[str, Any]:
    view = bench.view
    return as_json({name: getattr(view, name) for name in view.settable_names()})


def in_common(bench: Bench) -> dict[str, Any]:
    """Say of the view's edits what `answer_space` says that a page sees."""
    acting = [each for each in bench.view.interventions if each["switch"] == "on"]

    def sole(values: Iterator[str]) -> str:
        found = set(values)
        return found.pop() if len(found) == 1 else ""

    sites = (each["address"].partition(".")[2] for each in acting)
    return {
        "edits.number": len(acting),
        "edits.places": len(
            {(e["address"], token) for e in acting for token in e["tokens"] or [None]}
        ),
        "edits.whole": any(not each["tokens"] for each in acting),
        "edits.kind": sole(each["kind"] for each in acting),
        "edits.source": sole(each["source"] for each in acting),
        "edits.site": sole("head" if s[1:].isdigit() else s for s in sites),
        "edits.address": sole(each["address"] for each in acting),
        "says": bench.view.prediction.top,
    }


def assert_same(kept: dict[str, Any] | None, wanted: Verdict, bench: Bench) -> None:
    assert kept is not None
    text, what = kept["text"], kept["what"]
    if EDITS in what or EDITS in text or ANSWER in text:
        edits, answer = bench.told_edits(), bench.told_answer()
        what = what.replace(EDITS, edits)
        text = text.replace(EDITS, edits).replace(ANSWER, answer)
    assert (kept["right"], what, text) == (wanted.right, wanted.what, wanted.text)


@pytest.mark.parametrize(("check", "arguments", "answers"), TOUR)
def test_in_the_tour(
    tour: Bench, check: str, arguments: dict[str, Any], answers: list[dict[str, Any]]
):
    kept = kept_verdicts(asked(check, arguments), tour)
    rights = set()
    for answer in answers:
        tour.view.act("answer", **answer)
        wanted = called(tour, check, arguments)
        rights.add(wanted.right)
        assert_same(kept_of(kept, settings(tour)), wanted, tour)
    assert rights == {True, False}


@pytest.mark.parametrize(("check", "arguments"), LENS)
def test_in_the_lens(lens: Bench, check: str, arguments: dict[str, Any]):
    kept = kept_verdicts(asked(check, arguments), lens)
    for mode in ("emoji", "entropy"):
        for answer in LENS_CHOICES:
            lens.view.act("answer", mode=mode, **answer)
            wanted = called(lens, check, arguments)
            assert_same(kept_of(kept, settings(lens)), wanted, lens)
    assert {each["right"] for each in kept} == {True, False}


def edit_lists() -> list[list[dict[str, Any]]]:
    """Give edits of all sorts: single heads, copies of a site, and mixtures."""
    chance = np.random.default_rng(0)
    heads = [f"L{layer}.H{h}" for layer, h in product(range(LAYERS), range(HEADS))]
    labels = ["cls", "(0,0)", "(1,2)", "(2,4)"]

    def made(address: str, kind: str = "patch", *tokens: str, switch: str = "on"):
        source = "donor" if kind in ("patch", "steer") else ""
        fields = {"kind": kind, "strength": 1, "source": source, "seed": 0}
        return {
            "address": address,
            "tokens": list(tokens),
            "switch": switch,
            **fields,
        }

    def drawn() -> dict[str, Any]:
        site = f"L{chance.integers(LAYERS)}.{chance.choice(['resid_pre', 'MLP'])}"
        address = str(chance.choice([*heads, site, f"{heads[0]}.q"]))
        kind = str(chance.choice(["patch", "patch", "patch", "zero", "mean"]))
        tokens = chance.permutation(labels)[: chance.integers(3)].tolist()
        switch = str(chance.choice(["on", "on", "off"]))
        return made(address, kind, *tokens, switch=switch)

    singles = [
        [made(head, kind)] for head in heads[::2] for kind in ("patch", "zero", "mean")
    ]
    several = [[made(head) for head in heads[:count]] for count in range(len(heads))]
    patches = [
        [made("L0.resid_pre", "patch", *(f"({at // 5},{at % 5})" for at in range(n)))]
        for n in (0, 1, 2, 5, 9, 15)
    ]
    mixed = [[drawn() for _ in range(chance.integers(1, 4))] for _ in range(25)]
    twice = [[made("L0.resid_pre", "patch", "(0,0)")] * 2]
    return [*singles, *several, *patches, *mixed, *twice]


def test_in_click_to_patch(patcher: Bench):
    kept = [kept_verdicts(asked(*each), patcher) for each in PATCHER]
    for edits in edit_lists():
        patcher.view.interventions = edits
        seen = in_common(patcher)
        for each, verdicts in zip(PATCHER, kept, strict=True):
            assert_same(kept_of(verdicts, seen), called(patcher, *each), patcher)
    assert all(any(each["right"] for each in verdicts) for verdicts in kept)


def test_a_guess_is_judged_for_each_choice(lens: Bench):
    choices = (("the class token", "A"), ("a patch", "B"), ("together", "C"))
    question = Question("?", "who_says_it_first", choices=choices)
    outcome: Any = CHECKS["who_says_it_first"].function(lens)
    kept = kept_verdicts(question, lens)
    assert [each["seen"] for each in kept] == [{"choice": name} for name, _ in choices]
    right = [each for each in kept if each["right"]]
    assert [each["seen"]["choice"] for each in right] == [outcome.name]
    assert right[0]["text"] == outcome.text
    assert all(outcome.text not in each["text"] for each in kept if not each["right"])


def test_the_view_is_left_alone(patcher: Bench):
    patcher.view.interventions = []
    before, history = settings(patcher), list(patcher.view.history)
    kept_verdicts(asked("strongest_single_head", {"among": 1}), patcher)
    assert settings(patcher) == before
    assert patcher.view.history == history


@pytest.mark.parametrize(
    ("check", "arguments"),
    [
        ("setting_is", {"name": "search", "value": "L1"}),
        ("edits_are", {"edits": "fewest heads"}),
    ],
)
def test_what_has_no_end_is_not_listed(
    tour: Bench, check: str, arguments: dict[str, Any]
):
    assert rows_of(check, tour, arguments) == []


def test_what_is_too_much_is_not_listed(tour: Bench, monkeypatch: pytest.MonkeyPatch):
    arguments = {"statistic": "entropy", "among": 1}
    listed = 1 + 8 + 8 * 7
    assert len(rows_of("pinned_extremes", tour, arguments)) == listed < MOST_ROWS
    monkeypatch.setattr("vitwidgets.workshop.answer_space.MOST_ROWS", listed - 1)
    assert rows_of("pinned_extremes", tour, arguments) == []
