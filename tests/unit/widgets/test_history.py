"""Undo and redo, against a list of the states that were."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traitlets import Enum, Int, List, TraitError, Unicode, observe, validate

from vitwidgets.widgets.explorer import Explorer
from vitwidgets.wire import Index, owned

if TYPE_CHECKING:
    from tests.unit.widgets.conftest import Page


class View(Explorer):
    _esm = "export default {}"
    layer = owned(Index(), "both")
    shown = owned(Enum(("pattern", "scores"), "pattern"), "both")
    pins = owned(List(List(Int())), "both", in_code="changed")
    search = owned(Unicode(), "both")
    size = owned(Int(6), "py")

    def __init__(self, **state: Any) -> None:
        self.noted: list[tuple[int, int]] = []
        super().__init__({"code_frame": ("view = View(\n", ")\n")}, state)

    @validate("layer")
    def _validate_layer(self, proposal: dict[str, Any]) -> int:
        if proposal["value"] >= self.size:
            raise TraitError(f"layer={proposal['value']} doesn't exist")
        return proposal["value"]

    @observe("layer")
    def _note(self, _change: object) -> None:
        self.noted.append((self.layer, len(self.history)))


def state(view: View) -> dict[str, Any]:
    return {name: getattr(view, name) for name in view.settable_names()}


def act(**changes: Any) -> dict[str, Any]:
    return {
        "verb": "pin",
        "address": "L1.H2",
        "before": {"layer": 0},
        "after": {"layer": 3},
        "time": "2026-01-02T03:04:05.678Z",
        **changes,
    }


@pytest.fixture
def view() -> View:
    return View()


def test_an_act_is_remembered_with_what_was_before(view: View) -> None:
    start = datetime.now(timezone.utc).replace(microsecond=0)
    view.act("pin", "L1.H2", pins=[[1, 2]], layer=1)
    (only,) = view.history
    time = datetime.fromisoformat(only.pop("time"))
    assert start <= time <= datetime.now(timezone.utc)
    assert only == {
        "verb": "pin",
        "address": "L1.H2",
        "before": {"pins": [], "layer": 0},
        "after": {"pins": [[1, 2]], "layer": 1},
    }
    assert (view.pins, view.layer, view.undone) == ([[1, 2]], 1, 0)


def test_undo_and_redo_go_back_and_forth(view: View) -> None:
    view.act("open", layer=2)
    view.act("search", search="corner")
    assert view.undo()["verb"] == "search"
    assert (view.layer, view.search, view.undone) == (2, "", 1)
    assert view.undo()["verb"] == "open"
    assert (view.layer, view.undone) == (0, 2)
    with pytest.raises(IndexError, match="nothing to undo"):
        view.undo()
    assert view.redo()["verb"] == "open"
    assert (view.layer, view.search, view.undone) == (2, "", 1)
    assert view.redo()["verb"] == "search"
    assert (view.search, view.undone) == ("corner", 0)
    with pytest.raises(IndexError, match="nothing to redo"):
        view.redo()


STEPS = st.lists(
    st.one_of(
        st.just("undo"),
        st.just("redo"),
        st.fixed_dictionaries({"layer": st.integers(0, 5)}),
        st.fixed_dictionaries({"search": st.sampled_from("ab")}),
        st.fixed_dictionaries(
            {
                "pins": st.lists(st.tuples(st.integers(0, 2)).map(list), max_size=2),
                "shown": st.sampled_from(["pattern", "scores"]),
            }
        ),
    ),
    max_size=30,
)


@settings(deadline=None, max_examples=50)
@given(STEPS)
def test_any_sequence_walks_the_states_that_were(steps: list[Any]) -> None:
    view = View()
    states, at = [state(view)], 0
    for step in steps:
        if step == "undo" and at > 0:
            view.undo()
            at -= 1
        elif step == "redo" and at < len(states) - 1:
            view.redo()
            at += 1
        elif isinstance(step, dict) and {**states[at], **step} != states[at]:
            view.act("do", **step)
            states[at + 1 :] = [{**states[at], **step}]
            at += 1
        elif isinstance(step, dict):
            view.act("do", **step)
        assert state(view) == states[at]
        assert len(view.history) - view.undone == at
    view.close()


def test_undo_restores_exactly_what_was_before_the_act(view: View) -> None:
    view.layer = 4  # as hovering does: no act
    view.act("open", layer=2)
    view.layer = 5
    view.undo()
    assert view.layer == 4
    view.layer = 1
    view.redo()
    assert view.layer == 2


def test_a_new_act_forgets_the_undone_ones(view: View) -> None:
    view.act("open", layer=2)
    view.act("open", layer=3)
    view.undo()
    view.act("search", search="x")
    assert [each["after"] for each in view.history] == [{"layer": 2}, {"search": "x"}]
    assert view.undone == 0


def test_the_oldest_acts_are_forgotten(view: View) -> None:
    view.history = [act(address=str(number)) for number in range(199)]
    for number in range(199, 202):
        view.act("search", str(number), search=str(number))
    kept = [each["address"] for each in view.history]
    assert kept == [str(number) for number in range(2, 202)]


def test_large_acts_leave_room_for_fewer(view: View) -> None:
    for letter in "abcd":
        view.act("search", search=letter * 100_000)
    assert [each["after"]["search"][0] for each in view.history] == ["d"]
    view.undo()
    assert view.search[0] == "c"


def test_a_list_that_is_changed_later_does_not_change_history(view: View) -> None:
    pins = [[1, 2]]
    view.act("pin", pins=pins)
    pins[0][0] = 5
    view.undo()
    view.redo()
    view.pins[0][0] = 4
    assert view.history[0]["after"] == {"pins": [[1, 2]]}


def test_an_act_copies_no_more_with_a_long_history_than_with_a_short_one(
    view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []

    def counted(value: Any) -> Any:
        copied.append(json.dumps(value))
        return deepcopy(value)

    monkeypatch.setattr("vitwidgets.widgets.history.deepcopy", counted)
    view.act("search", search="a")
    few = list(copied)
    view.history = [act(address=str(number)) for number in range(150)]
    view.search = ""
    copied.clear()
    view.act("search", search="a")
    assert copied == few


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"search": "x", "layer": 9}, TraitError, "layer=9 doesn't exist"),
        ({"search": "x", "shown": "odd"}, TraitError, "shown"),
        ({"search": "x", "size": 2}, TypeError, "no state 'size'.*layer, pins, search"),
        ({"search": "x", "undone": 1}, TypeError, "no state 'undone'"),
    ],
)
def test_a_refused_act_changes_nothing(
    view: View, changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    view.act("open", layer=2)
    view.undo()
    before = (state(view), view.history, view.undone)
    with pytest.raises(error, match=message):
        view.act("do", **changes)
    assert (state(view), view.history, view.undone) == before


def test_an_undo_that_is_refused_changes_nothing(view: View) -> None:
    old = act(before={"search": "x", "layer": 99}, after={"search": "", "layer": 0})
    view.history = [old]
    with pytest.raises(TraitError, match="layer=99 doesn't exist"):
        view.undo()
    assert (view.search, view.layer, view.undone) == ("", 0, 0)


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ([act()] * 201, "201 acts; it keeps 200"),
        ([act(), act(before={"size": 1}, after={"size": 2})], r"\[1\].*'size'"),
        ([act(after={"shown": "scores"})], "layer and shown"),
        ([act(before={}, after={})], "none and none"),
        ([act(time="yesterday")], "time='yesterday' is no ISO 8601 time"),
        ([act(time="2026-01-02T03:04:05")], "with a zone"),
        ([act(verb=3)], "3"),
        ([act(before=[0])], "dict"),
        ([{**act(), "who": "me"}], "who missing or unknown"),
        (["pin"], "'pin'"),
        ("pin", "'pin'"),
    ],
)
def test_a_history_that_can_not_be_is_refused(
    view: View, history: Any, message: str
) -> None:
    view.history = [act()]
    with pytest.raises(TraitError, match=message):
        view.history = history
    assert view.history == [act()]


def test_no_more_than_all_acts_can_be_undone(view: View) -> None:
    view.history = [act(), act()]
    view.undone = 2
    with pytest.raises(TraitError, match="undone=3, but history has 2 acts"):
        view.undone = 3
    with pytest.raises(TraitError, match="undone=2, but history has 1 acts"):
        view.history = [act()]
    assert (len(view.history), view.undone) == (2, 2)


def test_observers_see_the_act_already_remembered(view: View) -> None:
    view.act("open", layer=2)
    assert view.noted == [(2, 1)]


def test_history_is_neither_in_code_nor_in_repr(view: View) -> None:
    view.act("pin", pins=[[1, 2]])
    assert view.code() == (
        'view = View(\n    layer=0,\n    pins=[[1, 2]],\n    search="",\n'
        '    shown="pattern",\n)\n'
    )
    assert "history" not in repr(view)
    with pytest.raises(TypeError, match="no state 'history'"):
        View(history=[act()])


def test_python_undoes_what_the_page_did(view: View, page: Page) -> None:
    page.set(view, layer=3, history=[act()], undone=0)
    assert view.undo() == act()
    assert view.layer == 0
    page.set(view, layer=3, undone=0)
    assert (view.layer, view.undone) == (3, 0)


def test_an_act_reaches_the_page_in_one_message(view: View, page: Page) -> None:
    view.act("open", layer=3)
    (update,) = page.updates()
    assert (update["layer"], len(update["history"])) == (3, 1)


def test_a_page_whose_act_is_refused_is_put_right(view: View, page: Page) -> None:
    page.set(view, layer=99, history=[act(after={"layer": 99})], undone=0)
    (refusal,) = page.messages("refused")
    assert "layer=99 doesn't exist" in refusal["message"]
    assert (view.layer, view.history) == (0, [])
    assert page.updates() == [{"layer": 0, "history": [], "undone": 0}]


def test_a_page_without_kernel_gets_the_history(view: View) -> None:
    view.act("open", layer=3)
    assert view._page_state()["history"] == view.history


def test_what_the_page_has_said_is_not_sent_back(page: Page) -> None:
    view = View(layer=1)
    until_open = len(page.received)
    page.set(view, pins=[[1, 2]], history=[act()], undone=0)
    assert view.pins == [[1, 2]]
    sent = [m["data"].get("state", {}) for m in page.received[until_open:]]
    assert not any({"pins", "history"} & state.keys() for state in sent)


def test_what_became_of_the_page_s_value_is_sent_back(page: Page) -> None:
    view = View(layer=1)
    view.observe(lambda change: setattr(view, "layer", min(3, change["new"])), "layer")
    page.set(view, layer=5)
    view._flush()
    sent = [m["data"].get("state", {}) for m in page.received]
    assert view.layer == 3
    assert [state["layer"] for state in sent if "layer" in state][-1] == 3
