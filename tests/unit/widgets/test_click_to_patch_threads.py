"""The long work of click-to-patch: one at a time, and never in the way."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
import torch

from tests.unit.widgets.small_classifier import HEADS, LAYERS, MODEL
from tests.unit.widgets.small_patcher import (
    CLEAN,
    THEIRS,
    edit,
    on,
    opened,
    pixels_of,
    plain_logits,
    predicted,
    question,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vitwidgets.widgets.click_to_patch import ClickToPatch

    from .conftest import Page

WAIT = 60


class Held:
    """Keeps long work in its thread from going on after its first run."""

    def __init__(self, view: ClickToPatch) -> None:
        self.began = threading.Event()
        self.may_go_on = threading.Event()
        self._view = view
        view.observe(self._hold, "task")

    def _hold(self, change: dict[str, Any]) -> None:
        if change["new"]["done"] > 0:
            self.began.set()
            assert self.may_go_on.wait(WAIT)

    def go_on(self) -> None:
        self._view.unobserve(self._hold, "task")
        self.may_go_on.set()


class Asked:
    """A request that is answered in a thread of its own, as from a page."""

    def __init__(self, view: ClickToPatch, kind: str, **asked: Any) -> None:
        self.answer: Any = None
        self._call: Callable[..., Any] = view.answers()[kind]
        self._asked = asked
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.answer = self._call(**self._asked)
        except RuntimeError as error:
            self.answer = error

    def wait(self) -> Any:
        self._thread.join(WAIT)
        assert not self._thread.is_alive()
        return self.answer


@pytest.fixture
def view() -> Iterator[ClickToPatch]:
    view = opened()
    yield view
    view.close()


def test_one_thing_is_done_at_a_time_and_clicks_are_answered_meanwhile(
    view: ClickToPatch,
) -> None:
    held = Held(view)
    sweep = Asked(view, "sweep", **question())
    assert held.began.wait(WAIT)
    assert view.task["kind"] == "sweep"
    edits = [edit("L0.H1")]
    expected = predicted(opened(), *edits)
    assert torch.equal(predicted(view, *edits), expected)
    for kind, asked in (
        ("controls", {"interventions": edits, "target": THEIRS}),
        ("flip", {"over": "heads", "source": "d", "target": THEIRS, "limit": 3}),
        ("sweep", question("attn_out")),
    ):
        with pytest.raises(RuntimeError, match="a sweep is running: wait or cancel it"):
            view.answers()[kind](**asked)
    view.interventions = on(*edits)
    with pytest.raises(RuntimeError, match="a sweep is running"):
        view.controls()
    held.go_on()
    answer = sweep.wait()
    assert answer.result["cancelled"] is False
    assert not np.isnan(answer.arrays["values"]).any()
    assert view.controls()


def test_a_cancelled_sweep_keeps_what_it_found_and_can_go_on(
    view: ClickToPatch,
) -> None:
    held = Held(view)
    asked = question("mlp_out")
    sweep = Asked(view, "sweep", **asked)
    assert held.began.wait(WAIT)
    view.answers()["cancel"]()
    held.go_on()
    answer = sweep.wait()
    assert answer.result["cancelled"] is True
    values = answer.arrays["values"]
    assert 0 < np.isnan(values).sum() < values.size
    assert view.task["kind"] == ""
    whole = view.answers()["sweep"](**asked)
    assert whole.result["cancelled"] is False
    known = ~np.isnan(values)
    assert np.array_equal(whole.arrays["values"][known], values[known])
    fresh = opened().answers()["sweep"](**asked)
    np.testing.assert_allclose(
        whole.arrays["values"], fresh.arrays["values"], atol=1e-5
    )


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("controls", {"interventions": [edit("L0.H1")], "target": THEIRS}),
        ("replay", {"interventions": [edit("L0.H1")], "target": THEIRS, "n": 3}),
        ("flip", {"over": "heads", "source": "d", "target": THEIRS, "limit": 8}),
    ],
)
def test_other_work_that_is_cancelled_says_so_and_can_be_done_anew(
    view: ClickToPatch, kind: str, asked: dict[str, Any]
) -> None:
    held = Held(view)
    work = Asked(view, kind, **asked)
    assert held.began.wait(WAIT)
    view.answers()["cancel"]()
    held.go_on()
    assert work.wait().result["cancelled"] is True
    assert view.task["kind"] == ""
    assert view.answers()[kind](**asked).result["cancelled"] is False


def test_proofs_are_right_while_other_threads_run_the_model(
    view: ClickToPatch,
) -> None:
    done = threading.Event()

    def keep_busy() -> None:
        metrics = ("difference", "logit", "probability", "kl")
        for over in ("heads", "resid_pre", "resid_mid", "attn_out", "mlp_out"):
            for metric in metrics:
                view.answers()["sweep"](**question(over, metric=metric))
        done.set()

    busy = threading.Thread(target=keep_busy)
    busy.start()
    proofs = 0
    while not done.is_set() or not proofs:
        edits = [edit(f"L{proofs % LAYERS}.H{proofs % HEADS}")]
        predicted(view, *edits)
        proof = view.answers()["receipt"](interventions=edits).result
        assert proof["problems"] == []
        proofs += 1
    busy.join(WAIT)
    with torch.no_grad():
        assert torch.equal(MODEL.module(pixels_of(CLEAN))[0], plain_logits(CLEAN))


def test_python_that_watches_edits_may_look_at_them_while_much_goes_on(
    page: Page, view: ClickToPatch
) -> None:
    seen: list[float] = []

    def look(_: object) -> None:
        seen.append(float(view.prediction.logits.max()))

    view.observe(look, "interventions")
    done = threading.Event()

    def prove() -> None:
        while not done.is_set():
            view.answers()["receipt"](interventions=[edit("L0.H1")])

    proving = threading.Thread(target=prove)
    proving.start()
    sweeps = [Asked(view, "sweep", **question("resid_mid"))]
    for head in range(HEADS):
        page.set(view, interventions=on(edit(f"L0.H{head}")))
    answers = [each.wait() for each in sweeps]
    done.set()
    proving.join(WAIT)
    assert not proving.is_alive()
    assert len(seen) == HEADS
    assert answers[0].result["cancelled"] is False


@pytest.mark.parametrize("work", ["run_sweep", "controls", "replay", "smallest_flip"])
def test_an_interrupt_leaves_everything_as_it_was(
    view: ClickToPatch, work: str
) -> None:
    def interrupt(change: dict[str, Any]) -> None:
        if change["new"]["done"] > 0:
            view.unobserve(interrupt, "task")
            raise KeyboardInterrupt

    view.interventions = on(edit("L0.H1"))
    before = view.prediction.logits
    view.observe(interrupt, "task")
    with pytest.raises(KeyboardInterrupt):
        getattr(view, work)()
    assert view.task["kind"] == ""
    assert torch.equal(view.prediction.logits, before)
    assert view.receipt().is_clean
    assert getattr(view, work)()


def test_closing_ends_what_runs() -> None:
    view = opened()
    held = Held(view)
    sweep = Asked(view, "sweep", **question("resid_mid"))
    assert held.began.wait(WAIT)
    closing = threading.Thread(target=view.close)
    closing.start()
    reason = ""
    while "was closed" not in reason:
        with pytest.raises(RuntimeError) as refused:
            view.answers()["sweep"](**question())
        reason = str(refused.value)
    assert closing.is_alive()
    held.go_on()
    closing.join(WAIT)
    assert not closing.is_alive()
    answer = sweep.wait()
    assert isinstance(answer, RuntimeError) or answer.result["cancelled"]
    with pytest.raises(RuntimeError, match="was closed"):
        view.answers()["sweep"](**question())


def test_who_watches_what_a_page_sets_may_close_the_view_while_something_runs(
    page: Page,
) -> None:
    view = opened()
    began, may_go_on = threading.Event(), threading.Event()

    def hold(*_: object) -> None:
        began.set()
        assert may_go_on.wait(WAIT)

    def close(_: object) -> None:
        may_go_on.set()
        view.close()

    handle = cast("Any", MODEL.module).norm.register_forward_pre_hook(hold)
    try:
        sweep = Asked(view, "sweep", **question("resid_mid"))
        assert began.wait(WAIT)
        view.observe(close, "marked")
        setting = threading.Thread(
            target=page.set, args=[view], kwargs={"marked": ["L0.H1"]}, daemon=True
        )
        setting.start()
        setting.join(WAIT)
        assert not setting.is_alive()
        answer = sweep.wait()
    finally:
        handle.remove()
    assert isinstance(answer, RuntimeError) or answer.result["cancelled"]


def test_a_page_gets_slow_answers_and_progress(page: Page) -> None:
    view = opened()
    answer = page.ask(view, "sweep", **question())
    assert answer["cancelled"] is False
    assert answer["values"].shape == (LAYERS * HEADS,)
    time.sleep(0.1)  # the last state is sent a thirtieth of a second later
    kinds = [state["task"]["kind"] for state in page.updates() if "task" in state]
    assert kinds[-1] == ""
    sweeps = [state["sweep"] for state in page.updates() if "sweep" in state]
    assert sweeps[-1]["over"] == "heads"
