"""What a saved page holds of the grown tour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from vitwidgets.widgets import AttentionHeadTour

from .test_attention_source import PICTURE, PLAIN, TRUTH
from .test_sharing import Reader, unpacked
from .test_tour_compare import WITH_CLS, patterns

if TYPE_CHECKING:
    from pathlib import Path

LAYERS, HEADS, TOKENS = 3, 4, 18


def saved(tour: AttentionHeadTour, folder: Path) -> dict[str, Any]:
    tour.to_html(folder / "tour.html")
    return Reader((folder / "tour.html").read_text("utf-8")).data


def kept(page: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each for each in page["answers"] if each["request"]["kind"] == kind]


def decoded(answer: dict[str, Any]) -> np.ndarray:
    arrays = {each["name"]: unpacked(each) for each in answer["reply"]["arrays"]}
    shares = arrays["codes"] / 255.0
    if "lows" in arrays:
        return arrays["lows"][..., None] + arrays["scales"][..., None] * shares
    return arrays["scales"][..., None] * shares**2


def assert_is(answer: dict[str, Any], truth: np.ndarray) -> None:
    spread = truth.max(-1, keepdims=True) - np.minimum(truth.min(-1, keepdims=True), 0)
    assert (np.abs(decoded(answer) - truth) <= 0.004 * spread + 2e-6).all()


def stop(**state: Any) -> dict[str, Any]:
    return {"title": "a", "text": "b", "state": state}


@pytest.mark.parametrize(
    ("state", "stops", "offered"),
    [
        ({}, [], ["pattern"]),
        ({"shown": "scores"}, [], ["pattern", "scores"]),
        ({}, [stop(shown="rollout"), stop(layer=0)], ["pattern", "rollout"]),
        (
            {"shown": "written"},
            [stop(shown="scores"), stop(shown="rollout")],
            ["pattern", "scores", "written", "rollout"],
        ),
    ],
)
def test_a_page_holds_what_is_shown_now_and_at_the_stops(
    state: dict[str, Any], stops: list[Any], offered: list[str], tmp_path: Path
) -> None:
    tour = AttentionHeadTour(PLAIN, PICTURE, **state)
    tour.stops = stops
    page = saved(tour, tmp_path)
    assert page["state"]["offered"] == offered
    assert tour.offered == ["pattern", "scores", "written", "rollout"]
    answers = kept(page, "attention")
    wanted = [(shown, layer) for shown in offered for layer in range(LAYERS)]
    got = [(each["request"]["shown"], each["request"]["layer"]) for each in answers]
    assert got == wanted
    for (shown, layer), answer in zip(wanted, answers, strict=True):
        assert_is(answer, TRUTH[shown][layer])


def test_a_page_of_two_models_holds_both(tmp_path: Path) -> None:
    tour = AttentionHeadTour(PLAIN, PICTURE, compare=WITH_CLS, side=1)
    page = saved(tour, tmp_path)
    places = [
        (each["request"]["side"], each["request"]["layer"])
        for each in kept(page, "attention")
    ]
    assert places == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]
    truth = [*patterns(PLAIN), *patterns(WITH_CLS)]
    for answer, expected in zip(kept(page, "attention"), truth, strict=True):
        assert_is(answer, expected)
    shapes = [
        each["reply"]["arrays"][0]["shape"][1:] for each in kept(page, "statistics")
    ]
    assert shapes == [[3, 4], [2, 3]]
    assert page["state"]["side"] == 1
    (beside,) = page["state"]["compared"]
    assert (beside["model_name"], beside["n_tokens"]) == ("other-1", 25)


def test_nothing_more_comes_to_a_page_so_it_waits_for_no_rows(tmp_path: Path) -> None:
    sizes = [LAYERS * HEADS * TOKENS * (TOKENS + 4), 2 * 3 * 25 * (25 + 4)]
    tour = AttentionHeadTour(
        PLAIN, PICTURE, compare=WITH_CLS, payload_budget=sum(sizes)
    )
    assert (tour.delivery, tour.compared[0]["delivery"]) == ("layers", "layers")
    below = AttentionHeadTour(
        PLAIN, PICTURE, compare=WITH_CLS, payload_budget=sum(sizes) - 1
    )
    assert (below.delivery, below.compared[0]["delivery"]) == ("rows", "rows")
    with pytest.raises(ValueError, match=f"hold {sum(sizes):,} bytes of pattern"):
        below.to_html(tmp_path / "tour.html")
    assert list(tmp_path.iterdir()) == []
    page = saved(tour, tmp_path)
    assert page["state"]["delivery"] == "layers"


def test_one_budget_is_asked_for_that_is_enough(tmp_path: Path) -> None:
    pattern = LAYERS * HEADS * TOKENS * (TOKENS + 4)
    scores = LAYERS * HEADS * TOKENS * (TOKENS + 8)
    path = tmp_path / "tour.html"
    path.write_text("here before")
    tour = AttentionHeadTour(PLAIN, PICTURE, payload_budget=pattern - 1)
    tour.stops = [stop(shown="scores")]
    with pytest.raises(ValueError, match=rf"of scores.*payload_budget={scores},"):
        tour.to_html(path)
    assert path.read_text() == "here before"
    enough = AttentionHeadTour(PLAIN, PICTURE, payload_budget=scores)
    enough.stops = tour.stops
    enough.to_html(path)
    assert path.stat().st_size > 1000


def test_a_page_has_the_whole_state(tmp_path: Path) -> None:
    tour = AttentionHeadTour(PLAIN, PICTURE)
    state = {
        "region": [0, 1, 2, 3],
        "pins": [[0, 1], [2, 3]],
        "large": "matrix",
        "sort": "entropy",
        "search": "</script>L1",
        "selection": [[1, 1]],
        "stops": [stop(layer=1)],
        "stop": 0,
    }
    tour.act("set", **state)
    page = saved(tour, tmp_path)
    assert {name: page["state"][name] for name in state} == state
    assert page["state"]["history"][0]["after"] == state
