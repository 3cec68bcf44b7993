"""What click-to-patch does not take, and what it says then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from traitlets import TraitError

from tests.unit.widgets.small_classifier import CLASSES, MODEL, PICTURE, make
from tests.unit.widgets.small_patcher import (
    CLEAN,
    DONOR,
    SHOWN,
    THEIRS,
    edit,
    on,
    opened,
    predicted,
)
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.widgets.click_to_patch import ClickToPatch

if TYPE_CHECKING:
    from .conftest import Page


@pytest.fixture(scope="module")
def view() -> ClickToPatch:
    return opened()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"address": "L2.H0"}, "edit 2 of 2: there is no block 2"),
        ({"address": "L0.H4"}, "heads run from 0 to 3"),
        ({"address": "L0.banana"}, "is no address"),
        ({"tokens": ["(9,9)"]}, r"no token '\(9,9\)'"),
        ({"source": "e"}, "there is no donor 'e'; the donors are 'd'"),
        ({"source": ""}, "there is no donor ''"),
        ({"kind": "zero"}, "takes nothing from a donor"),
        ({"strength": 1.5}, "runs from 0"),
        ({"strength": 100, "kind": "mean", "source": ""}, "of mean runs from 0"),
        ({"kind": "noise", "source": "", "strength": -1}, "not below 0"),
        ({"kind": "push"}, "push"),
        ({"strength": float("nan")}, "finite number"),
        ({"seed": -1}, "seed must be"),
        ({"switch": "maybe"}, "switch"),
    ],
)
def test_an_edit_that_has_no_place_is_refused_and_nothing_changes(
    page: Page, changes: dict[str, Any], message: str
) -> None:
    good = on(edit("L0.H1"))
    view = opened(interventions=good)
    bad = [*good, {**on(edit("L1.H2"))[0], **changes}]
    with pytest.raises(TraitError, match=message):
        view.interventions = bad
    page.set(view, interventions=bad)
    (refusal,) = page.messages("refused")
    assert refusal["message"]
    assert view.interventions == good
    asked = [{k: v for k, v in each.items() if k != "switch"} for each in bad]
    if "switch" not in changes:
        answer = page.ask(view, "predict", interventions=asked)
        assert "error" in answer
    assert torch.equal(view.prediction.logits, predicted(view, edit("L0.H1")))


@pytest.mark.parametrize(
    ("name", "bad", "message"),
    [
        ("source", "e", "the donors are 'd'"),
        ("layer", 2, "layer=2 doesn't exist"),
        ("target", CLASSES, "doesn't exist"),
        ("target", "unicorn", "unicorn"),
        ("kind", "push", "push"),
        ("strength", True, "strength"),
        ("strength", 100, r"strength=100: the strength of patch runs from 0 .* to 1"),
        ("strength", -0.5, "runs from 0"),
        ("marked", ["L9.H1"], "no block 9"),
        ("marked", ["L1.H1@cls"], "without its token"),
        ("grid_shown", "neurons", "neurons"),
    ],
)
def test_state_that_does_not_exist_is_refused(
    view: ClickToPatch, name: str, bad: object, message: str
) -> None:
    before = getattr(view, name)
    with pytest.raises((TraitError, ValueError), match=message):
        setattr(view, name, bad)
    assert getattr(view, name) == before


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"strength": 100}, "of patch runs from 0"),
        ({"kind": "mean", "strength": 1.01}, "of mean runs from 0"),
        ({"strength": -1, "kind": "noise"}, "of noise must be finite and not below 0"),
    ],
)
def test_a_strength_that_its_kind_cannot_have_is_refused_wherever_it_comes(
    page: Page, state: dict[str, Any], message: str
) -> None:
    with pytest.raises(TraitError, match=message):
        opened(**state)
    view = opened(strength=0.5)
    with pytest.raises(TraitError, match=message):
        view.act("try", **state)
    page.set(view, **state)
    (refusal,) = page.messages("refused")
    assert "strength" in refusal["message"]
    assert (view.kind, view.strength, view.history) == ("patch", 0.5, [])


def test_a_kind_that_cannot_have_the_present_strength_is_refused() -> None:
    view = opened(kind="steer", strength=-3)
    with pytest.raises(TraitError, match=r"kind='zero': .*; set strength first"):
        view.kind = "zero"
    assert (view.kind, view.strength) == ("steer", -3)
    view.act("choose", kind="zero", strength=1)
    view.undo()
    assert (view.kind, view.strength) == ("steer", -3)


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        ("predict", {"interventions": "L0.H1"}, "a list of edits"),
        ("predict", {"interventions": [3]}, "a dictionary"),
        ("predict", {"interventions": [{"address": "L0.H1"}]}, "missing or unknown"),
        ("controls", {"interventions": [], "target": THEIRS}, "there is no edit"),
        ("controls", {"interventions": [edit("L0.H1")], "target": 9}, "target=9"),
        (
            "controls",
            {"interventions": [edit("L0.H1")], "target": SHOWN},
            "choose another class",
        ),
        ("replay", {"interventions": [], "target": 1, "n": 3}, "there is no edit"),
        ("replay", {"interventions": [edit("L0.H1")], "target": 1, "n": 0}, "n=0"),
        (
            "flip",
            {"over": "toes", "source": "d", "target": THEIRS, "limit": 3},
            "'heads', 'patches'",
        ),
        (
            "flip",
            {"over": "heads", "source": "d", "target": SHOWN, "limit": 3},
            "already",
        ),
    ],
)
def test_requests_that_make_no_sense_are_answered_with_the_reason(
    view: ClickToPatch, page: Page, kind: str, arguments: dict[str, Any], message: str
) -> None:
    answer = page.ask(view, kind, **arguments)
    assert message in answer["error"]
    assert view.task["kind"] == ""


@pytest.mark.parametrize(
    ("donor", "message"), [([], "no donor"), ({"": DONOR}, "name")]
)
def test_donors_that_cannot_be_are_refused(donor: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ClickToPatch(MODEL, CLEAN, donor)


def test_a_model_without_classes_is_refused() -> None:
    with pytest.raises(UnsupportedModelError, match="no classifier"):
        ClickToPatch(make(num_classes=0), PICTURE, DONOR)


def test_a_closed_view_says_so() -> None:
    view = opened(interventions=on(edit("L0.H1")))
    view.close()
    view.close()
    for call in (
        view.receipt,
        view.run_sweep,
        view.controls,
        view.replay,
        view.smallest_flip,
        view.caption,
        view.still,
        view.kept_answers,
        lambda: view.prediction,
        lambda: view.add_donor(DONOR),
    ):
        with pytest.raises(RuntimeError, match="was closed"):
            call()
