from __future__ import annotations

import io
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

import vitwidgets as vw
from tests.unit.widgets.small_classifier import HEADS, LAYERS, MODEL, NAMES, TOKENS
from tests.unit.widgets.small_patcher import (
    SHOWN,
    THEIRS,
    edit,
    on,
    opened,
    predicted,
    question,
)
from vitwidgets.methods import Intervention
from vitwidgets.widgets.patcher.kept import predictions_ahead, undone_edits

from .test_sharing import Reader, unpacked

if TYPE_CHECKING:
    from pathlib import Path

    from vitwidgets.widgets.click_to_patch import ClickToPatch


def saved(view: ClickToPatch, folder: Path) -> dict[str, Any]:
    view.to_html(folder / "view.html")
    return Reader((folder / "view.html").read_text("utf-8")).data


def asked_in(page: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    requests = [dict(each["request"]) for each in page["answers"]]
    return [each for each in requests if each.pop("kind") == kind]


def test_a_saved_page_holds_single_clicks_and_what_undo_leads_to(
    tmp_path: Path,
) -> None:
    view = opened(kind="zero", strength=0.5, layer=1, site="mlp_out")
    first, second = on(edit("L0.H1")), on(edit("L0.H1"), edit("L1.H2"))
    view.act("add", "L0.H1", interventions=first)
    view.act("add", "L1.H2", interventions=second)
    view.undo()
    page = saved(view, tmp_path)
    lists = [each["interventions"] for each in asked_in(page, "predict")]
    assert lists[:3] == [
        [],
        [edit("L0.H1")],
        [edit("L0.H1"), edit("L1.H2")],
    ]
    zero = {"kind": "zero", "strength": 0.5}
    clicks = [
        *(
            edit(f"L{layer}.H{head}", **zero)
            for layer in range(LAYERS)
            for head in range(HEADS)
        ),
        *(edit("L1.MLP", MODEL.grid.label(token), **zero) for token in range(TOKENS)),
    ]
    assert lists[3:] == [[each] for each in clicks]
    assert asked_in(page, "receipt") == [{"interventions": [edit("L0.H1")]}]
    assert page["answers"][-1]["request"] == {"kind": "sprites"}


def test_a_saved_page_answers_as_the_kernel_does(tmp_path: Path) -> None:
    view = opened(interventions=on(edit("L1.resid_pre")), layer=1)
    view.run_sweep()
    view.controls()
    view.replay(n=2)
    view.smallest_flip("patches", 15)
    page = saved(view, tmp_path)
    previews = asked_in(page, "preview")
    streams = ("resid_pre", "resid_mid", "resid_post", "attn_out", "mlp_out")
    assert previews == [
        question("heads"),
        *(question(site) for site in streams),
        *(question(part, layer=1) for part in ("z", "q", "k", "v")),
    ]
    assert asked_in(page, "sweep") == [question()]
    edits = [edit("L1.resid_pre")]
    asked = {"interventions": edits, "target": THEIRS}
    assert asked_in(page, "controls") == [asked]
    assert asked_in(page, "replay") == [{**asked, "n": 2}]
    (flip,) = asked_in(page, "flip")
    assert flip == {"over": "patches", "source": "d", "target": THEIRS, "limit": 15}
    for each in page["answers"]:
        arguments = dict(each["request"])
        live = view.answers()[arguments.pop("kind")](**arguments)
        assert each["reply"]["result"] == live.result
        assert len(each["reply"]["arrays"]) == len(live.arrays)
        for array in each["reply"]["arrays"]:
            found = unpacked(array)
            # Clicks are run together, which rounds otherwise.
            tolerance = 1e-5 if array["name"] == "logits" else 0
            assert np.allclose(
                found,
                live.arrays[array["name"]],
                rtol=0,
                atol=tolerance,
                equal_nan=True,
            )


def test_saving_leaves_the_sweep_on_show(tmp_path: Path) -> None:
    view = opened(grid_shown="tokens")
    view.run_sweep()
    view.grid_shown = "heads"
    view.run_sweep()
    page = saved(view, tmp_path)
    assert len(asked_in(page, "sweep")) == 2
    assert page["state"]["sweep"]["over"] == view.sweep["over"] == "heads"
    assert page["state"]["task"]["kind"] == ""


def test_of_a_preview_that_cannot_be_a_page_holds_why(tmp_path: Path) -> None:
    page = saved(opened(metric="kl"), tmp_path)
    replies = [
        each["reply"]
        for each in page["answers"]
        if each["request"]["kind"] == "preview"
    ]
    assert len(replies) == 10
    assert all("its gradient is zero" in reply["error"] for reply in replies)
    assert len(asked_in(page, "predict")) == 1 + LAYERS * HEADS + TOKENS


def test_a_page_that_has_no_time_says_which_clicks_it_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = opened(kind="zero", strength=0.5, layer=1)
    view.to_html(tmp_path / "all.html")
    clock = iter(range(0, 1_000, 20))
    monkeypatch.setattr(
        "vitwidgets.widgets.patcher.kept.time.thread_time", lambda: next(clock)
    )
    view.to_html(tmp_path / "few.html")
    words = "Clicks that it answers, zero at strength 0.5:"
    whole = (tmp_path / "all.html").read_text("utf8")
    assert f"{words} all {LAYERS * HEADS} heads; all {TOKENS} patches" in whole
    few = (tmp_path / "few.html").read_text("utf8")
    held = asked_in(Reader(few).data, "predict")
    heads = sum(".H" in each["address"] for [each] in clicks_in(held))
    assert 0 < heads < LAYERS * HEADS
    assert f"{words} {heads} of {LAYERS * HEADS} heads; none of {TOKENS} pat" in few


def clicks_in(predictions: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [each["interventions"] for each in predictions if each["interventions"]]


def test_a_page_holds_as_many_predictions_as_fit() -> None:
    clicks = [edit(f"L{layer}.H{head}") for layer in range(12) for head in range(12)]
    present, before = [clicks[5]], [[], [clicks[7]]]
    small = predictions_ahead(present, before, clicks, 1_000)
    assert small == [
        [],
        [clicks[5]],
        [clicks[7]],
        *([c] for c in clicks if c not in (clicks[5], clicks[7])),
    ]
    large = predictions_ahead(present, before, clicks, 50_000)
    assert large == small[:12]


def test_what_undo_leads_to_is_found_from_the_acts() -> None:
    def act(**changes: Any) -> dict[str, Any]:
        return {
            when: {name: pair[n] for name, pair in changes.items()}
            for n, when in enumerate(("before", "after"))
        }

    one, two = on(edit("L0.H1")), on(edit("L0.H1"), edit("L1.H1"))
    off = [{**two[0], "switch": "off"}, two[1]]
    acts = [
        act(interventions=([], one)),
        act(layer=(0, 1)),
        act(interventions=(one, two)),
        act(interventions=(two, off)),
    ]
    now = [edit("L0.H1"), edit("L1.H1")]
    assert undone_edits(now, acts, 1) == [
        [edit("L0.H1")],
        [edit("L0.H1")],
        [],
        [edit("L1.H1")],
    ]


@pytest.mark.parametrize("donors", ["one", "several"])
def test_code_opens_the_present_state(donors: str, tmp_path: Path) -> None:
    dog = vw.images.sample("dog-alone")
    path = tmp_path / "a # b.png"
    dog.image.resize((90, 70)).save(path)
    given: Any = dog if donors == "one" else {"one": dog, "it's": str(path)}
    view = vw.ClickToPatch(vw.load_model(), vw.images.sample("cat-alone"), given)
    view.interventions = [
        Intervention("L3.H2", source=view.source),
        Intervention("L1.resid_pre", tokens=("(1,2)",), kind="noise", strength=0.5),
        Intervention("L2.MLP", kind="mean", source="mean"),
    ]
    view.marked = ["L3.H1"]
    names: dict[str, Any] = {}
    with redirect_stdout(io.StringIO()) as printed:
        exec(view.code(), names)  # noqa: S102
    again = names["patcher"]
    assert repr(again) == repr(view)
    assert again.donor_names() == view.donor_names()
    assert again.results == view.results
    assert printed.getvalue() == f"{view.results}\n"


def test_code_says_what_it_cannot_know() -> None:
    code = opened().code()
    assert "    'd': ...,  # put your image here; it was given as 'Image'\n" in code
    assert "# Give reference= again, as you did." in code
    compile(code, "code", "exec")


def test_the_still_and_the_svg_show_before_and_after(tmp_path: Path) -> None:
    view = opened(interventions=on(edit("L1.H2", "cls"), edit("L0.resid_pre")))
    view.to_png(tmp_path / "view.png")
    root = ET.fromstring(view.svg())  # noqa: S314 (our own)
    words = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert words[-1] == view.caption()
    assert {
        "donor: d",
        "patch L1.H2 at cls from d",
        "patch L0.resid_pre from d",
    } <= set(words)
    for name in (NAMES[SHOWN], NAMES[THEIRS]):
        before, after = view.results[name]
        assert f"{before:.3f} -> {after:.3f}" in words
    assert {f"L{layer}" for layer in range(LAYERS)} <= set(words)
    assert {f"H{head}" for head in range(HEADS)} <= set(words)
    pixels = np.asarray(view.still()).astype(int)
    orange = (pixels == (217, 95, 14)).all(-1)
    view.interventions = on(edit("L0.resid_pre"))
    without = (np.asarray(view.still()) == (217, 95, 14)).all(-1)
    grid = slice(50, 50 + 24 * LAYERS), slice(-24 * HEADS - 414, None)
    assert orange[grid].sum() - without[grid].sum() >= 23 * 23


def test_a_page_says_that_it_holds_single_clicks() -> None:
    view = opened()
    assert "single clicks" in view.page_note
    assert np.array_equal(predicted(view).numpy(), view.logits)
