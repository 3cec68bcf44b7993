"""The long work of click-to-patch finds what it should."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import vitwidgets as vw
from tests.unit.widgets.small_classifier import HEADS, LAYERS, MODEL, TOKENS
from tests.unit.widgets.small_patcher import (
    CLEAN,
    DONOR,
    REFERENCE,
    SHOWN,
    THEIRS,
    edit,
    on,
    opened,
    picture,
    plain_logits,
    predicted,
    question,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from vitwidgets.widgets.click_to_patch import ClickToPatch


WAIT = 60


@pytest.fixture
def view() -> Iterator[ClickToPatch]:
    view = opened()
    yield view
    view.close()


def difference(logits: torch.Tensor) -> float:
    return float(logits[THEIRS] - logits[SHOWN])


def share(logits: torch.Tensor) -> float:
    """Give the value of a sweep: 0 as in the clean run, 1 as in the donor's."""
    clean, donor = (difference(plain_logits(each)) for each in (CLEAN, DONOR))
    return (difference(logits) - clean) / (donor - clean)


def test_a_sweep_is_what_each_click_does(view: ClickToPatch) -> None:
    answer = view.answers()["sweep"](**question())
    assert answer.result["cancelled"] is False
    values = answer.arrays["values"].reshape(LAYERS, HEADS)
    for layer in range(LAYERS):
        for head in range(HEADS):
            expected = share(predicted(view, edit(f"L{layer}.H{head}")))
            assert values[layer, head] == pytest.approx(expected, abs=1e-4)
    assert np.array_equal(view.sweep["values"], answer.arrays["values"])
    assert {k: view.sweep[k] for k in question()} == question()
    assert view.task["kind"] == ""


@pytest.mark.parametrize(
    ("over", "layer", "address"),
    [("resid_mid", -1, "L1.resid_mid"), ("mlp_out", -1, "L1.MLP"), ("v", 1, "L1.H1.v")],
)
def test_sweeps_of_tokens_are_flattened_row_by_row(
    view: ClickToPatch, over: str, layer: int, address: str
) -> None:
    asked = question(over, layer=layer)
    values = view.answers()["sweep"](**asked).arrays["values"]
    preview = view.answers()["preview"](**asked)
    assert "approximation" in str(preview.result["label"])
    assert preview.arrays["values"].shape == values.shape
    values = values.reshape(-1, TOKENS)
    for token in (0, 7):
        label = MODEL.grid.label(token)
        expected = share(predicted(view, edit(address, label)))
        assert values[1, token] == pytest.approx(expected, abs=1e-4)


def test_a_class_of_ones_own_is_measured(view: ClickToPatch) -> None:
    target = next(i for i in range(7) if i not in (SHOWN, THEIRS))
    asked = question(target=target, metric="logit", direction="noising")
    values = view.answers()["sweep"](**asked).arrays["values"]
    clean, donor = (float(plain_logits(x)[target]) for x in (CLEAN, DONOR))
    other = opened()
    swapped = type(other)(MODEL, DONOR, {"c": CLEAN})
    logits = predicted(swapped, edit("L1.H2", source="c"))
    expected = (float(logits[target]) - clean) / (donor - clean)
    assert values[HEADS + 2] == pytest.approx(expected, abs=1e-4)


def test_what_was_done_is_answered_without_a_new_run(view: ClickToPatch) -> None:
    edits = [edit("L1.resid_pre")]
    requests: list[tuple[str, dict[str, Any]]] = [
        ("sweep", question()),
        ("controls", {"interventions": edits, "target": THEIRS}),
        ("replay", {"interventions": edits, "target": THEIRS, "n": 3}),
        ("flip", {"over": "heads", "source": "d", "target": THEIRS, "limit": 8}),
        ("preview", question()),
    ]
    first = [view.answers()[kind](**asked) for kind, asked in requests]
    runs: list[object] = []
    handle = MODEL.module.register_forward_pre_hook(lambda *_: runs.append(1))
    try:
        again = [view.answers()[kind](**asked) for kind, asked in requests]
    finally:
        handle.remove()
    assert runs == []
    assert [a.result for a in again] == [a.result for a in first]


def test_controls_say_what_else_does_the_same(view: ClickToPatch) -> None:
    view.interventions = on(edit("L1.resid_pre"))
    view.add_donor(picture(7), "other")
    rows = {row.name: row for row in view.controls()}
    assert rows["as done"].flips == 1
    expected = float(plain_logits(DONOR).softmax(-1)[THEIRS])
    assert rows["as done"].probability == pytest.approx(expected, abs=1e-5)
    assert rows["own value"].same is True
    other = difference(plain_logits(picture(7)))
    assert rows["another donor"].difference == pytest.approx(other, abs=1e-4)
    assert {"zero", "mean", "noise", "random place"} <= rows.keys()
    asked = {"interventions": [edit("L1.resid_pre")], "target": THEIRS}
    answer = view.answers()["controls"](**asked).result
    assert answer["cancelled"] is False
    listed: Any = answer["rows"]
    assert [row["name"] for row in listed] == list(rows)
    assert view.task["kind"] == ""


def test_a_replay_counts_the_flips_of_other_images(view: ClickToPatch) -> None:
    view.interventions = on(edit("L0.resid_pre"))
    found = view.replay(n=2)
    flips = [int(plain_logits(each).argmax()) != THEIRS for each in REFERENCE[:2]]
    assert (found.n, found.flipped, found.skipped) == (sum(flips), sum(flips), 0)
    given = view.replay(images=[picture(21), DONOR])
    assert (given.n, given.flipped, given.skipped) == (1, 1, 1)
    asked = {"interventions": [edit("L0.resid_pre")], "target": THEIRS, "n": 2}
    answer = view.answers()["replay"](**asked).result
    assert answer["images"] == "2 reference images"
    assert (answer["n"], answer["rate"]) == (2, 1)


def test_the_bundled_model_is_shown_new_scenes() -> None:
    cat, dog = vw.images.sample("cat-alone"), vw.images.sample("dog-alone")
    view = vw.ClickToPatch(vw.load_model(), cat, dog)
    asked = {"interventions": [edit("L0.resid_pre", source="dog-alone")]}
    answer = view.answers()["replay"](**asked, target=view.wanted, n=4).result
    assert answer["images"] == "4 new scenes of cat"
    assert answer["flipped"] == 4


def test_the_smallest_flip_is_found_and_can_be_clicked(view: ClickToPatch) -> None:
    asked = {"over": "patches", "source": "d", "target": THEIRS, "limit": 15}
    answer = view.answers()["flip"](**asked).result
    assert answer["found"] is True
    steps: Any = answer["steps"]
    edits = [edit(step["address"], *step["tokens"]) for step in steps]
    assert int(predicted(view, *edits).argmax()) == THEIRS
    assert all(int(predicted(view, *edits[:n]).argmax()) != THEIRS for n in (0, 1))
    assert str(answer["text"]).startswith(f"With {len(steps)} patch")
    assert view.smallest_flip("patches", 15).n_runs == answer["n_runs"]
