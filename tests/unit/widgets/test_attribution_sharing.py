from __future__ import annotations

import io
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np

import vitwidgets as vw
from tests.unit.widgets.small_classifier import (
    HEADS,
    LAYERS,
    LOGITS,
    MODEL,
    PICTURE,
    SEVERAL,
    WHOLE,
    answered,
)
from vitwidgets.widgets.attribution.kept import chosen_before
from vitwidgets.widgets.logit_attribution import LogitAttribution

from .test_sharing import Reader, unpacked

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def saved(view: LogitAttribution, folder: Path) -> dict[str, Any]:
    view.to_html(folder / "view.html")
    return Reader((folder / "view.html").read_text("utf-8")).data


def test_a_saved_page_holds_every_level_of_the_present_classes(tmp_path: Path) -> None:
    view = LogitAttribution(MODEL, PICTURE, target=1, versus=4)
    page = saved(view, tmp_path)
    measures = ["logit", "difference", "log_probability"]
    choices = [{"target": 1, "versus": 4, "measure": each} for each in measures]
    assert page["state"]["readable"] == choices
    assert view.readable == []
    requests = [each["request"] for each in page["answers"]]
    assert [r for r in requests if r["kind"] == "attribution"] == [
        {"kind": "attribution", **choice} for choice in choices
    ]
    assert sum(r["kind"] == "neurons" for r in requests) == 3 * LAYERS
    assert sum(r["kind"] == "sources" for r in requests) == 3 * LAYERS * HEADS
    assert requests[-1] == {"kind": "sprites"}
    for each in page["answers"]:
        arguments = dict(each["request"])
        live = view.answers()[arguments.pop("kind")](**arguments)
        assert each["reply"]["result"] == live.result
        for array in each["reply"]["arrays"]:
            assert np.array_equal(unpacked(array), live.arrays[array["name"]])


def test_a_saved_page_can_be_undone(tmp_path: Path) -> None:
    view = LogitAttribution(MODEL, PICTURE, target=1)
    view.act("choose", target=5)
    view.act("open", component="L0.H1")
    view.act("compare", versus=2, measure="difference")
    view.undo()
    readable = saved(view, tmp_path)["state"]["readable"]
    held = {(each["target"], each["versus"], each["measure"]) for each in readable}
    assert held == {
        (5, -1, "logit"),
        (5, -1, "log_probability"),
        (1, -1, "logit"),
        (5, 2, "difference"),
    }


def test_what_was_chosen_is_found_from_the_acts() -> None:
    def act(**changes: tuple[Any, Any]) -> dict[str, Any]:
        before = {name: pair[0] for name, pair in changes.items()}
        after = {name: pair[1] for name, pair in changes.items()}
        return {"before": before, "after": after}

    acts = [
        act(target=(0, 1)),
        act(component=("", "L0")),
        act(target=(1, 2), versus=(-1, 5)),
        act(measure=("logit", "difference")),
        act(target=(2, 3)),
    ]
    assert chosen_before((2, 5, "difference"), acts, 1) == [
        (2, 5, "difference"),
        (2, 5, "logit"),
        (1, -1, "logit"),
        (0, -1, "logit"),
        (3, 5, "difference"),
    ]


def test_a_saved_page_of_a_model_whose_heads_are_one_holds_the_rest(
    tmp_path: Path,
) -> None:
    page = saved(LogitAttribution(SEVERAL, PICTURE, target=1), tmp_path)
    kinds = {each["request"]["kind"] for each in page["answers"]}
    assert kinds == {"attribution", "sprites"}


def test_the_still_paints_what_a_heads_patches_add() -> None:
    view = LogitAttribution(MODEL, PICTURE, target=1)
    plain = np.asarray(view.still())[:180, :320]
    view.component = "L1.H2"
    painted = np.asarray(view.still())[:180, :320].astype(int)
    values = answered(view, "sources", **WHOLE, layer=1, head=2)["values"][1:]
    values = values.reshape(3, 5)
    assert not np.array_equal(plain, painted)
    row, column = np.unravel_index(np.abs(values).argmax(), values.shape)
    red, _, blue = painted[row * 64 + 32, column * 64 + 32]
    assert (red > blue) == (values[row, column] > 0)


def test_the_svg_names_the_largest_terms() -> None:
    view = LogitAttribution(MODEL, PICTURE, target=1)
    root = ET.fromstring(view.svg())  # noqa: S314 (our own)
    words = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    largest = max(view.results, key=lambda name: abs(view.results[name]))
    assert words[0] == largest
    assert words[1] == f"{view.results[largest]:+.4f}"
    assert words[-1] == view.caption()
    assert words[-2] == f"{float(LOGITS[1]):+.4f}"


def test_code_opens_the_present_state(monkeypatch: pytest.MonkeyPatch) -> None:
    # It is exported by the package as soon as its view is there.
    monkeypatch.setitem(vars(vw), "LogitAttribution", LogitAttribution)
    view = LogitAttribution(
        vw.load_model(), vw.images.sample("cat-and-dog"), component="L3.H2"
    )
    names: dict[str, Any] = {}
    with redirect_stdout(io.StringIO()) as printed:
        exec(view.code(), names)  # noqa: S102
    opened = names["attribution"]
    assert repr(opened) == repr(view)
    assert printed.getvalue().startswith("{'embedding': ")
    assert opened.results == view.results
