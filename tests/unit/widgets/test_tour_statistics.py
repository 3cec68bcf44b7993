"""What was measured of heads: given, known or measured, once and beside the view."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import vitwidgets as vw
from vitwidgets.methods import attention_statistics, head_ablation
from vitwidgets.widgets import AttentionHeadTour, side_measurements
from vitwidgets.widgets.head_measurements import measurements_for

from .test_attention_source import PICTURE, PLAIN
from .test_tour_compare import BARE, ELSEWHERE, patterns

if TYPE_CHECKING:
    from collections.abc import Callable

    from vitwidgets.models import HookedViT

PATIENCE = 60  # seconds; a busy machine is slow, not wrong


def wait_for(what: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.005)
    pytest.fail("it did not come")


def request(page: Any, tour: AttentionHeadTour, identity: str, **more: Any) -> None:
    content = {"type": "request", "id": identity, "kind": "statistics", **more}
    page.send(tour, {"method": "custom", "content": content})


def reply(page: Any, identity: str) -> dict[str, Any]:
    def found() -> list[dict[str, Any]]:
        return [c for c in page.messages("reply") if c["id"] == identity]

    return wait_for(found)[0]


def cls_mass(model: HookedViT, picture: Any, prefix: int) -> np.ndarray:
    """Give what patches give to the first token on average, by the plain module."""
    return patterns(model, picture)[:, :, prefix:, 0].mean(-1)


def column(tour: AttentionHeadTour, name: str) -> np.ndarray:
    measured = tour.measurements
    names = [each.name for each in measured.columns]
    return measured.values[names.index(name)]


def test_a_model_of_which_nothing_is_known_is_measured_on_its_image() -> None:
    tour = AttentionHeadTour(PLAIN, PICTURE)
    assert tour.measurements.over == "this image alone"
    found = column(tour, "cls_mass")
    np.testing.assert_allclose(found, cls_mass(PLAIN, PICTURE, 3), atol=1e-6)
    assert tour.measurements is tour.measurements


def test_what_is_given_is_shown_on_any_image_of_that_model(page: Any) -> None:
    images = [PICTURE, ELSEWHERE]
    statistics = attention_statistics(PLAIN, images, progress=False)
    ablation = head_ablation(PLAIN, images, progress=False)
    tour = AttentionHeadTour(
        PLAIN, PICTURE, compare=ELSEWHERE, statistics=statistics, ablation=ablation
    )
    assert tour.measurements.statistics is statistics
    found = (cls_mass(PLAIN, PICTURE, 3) + cls_mass(PLAIN, ELSEWHERE, 3)) / 2
    np.testing.assert_allclose(column(tour, "cls_mass"), found, atol=1e-6)
    for side in (0, 1):
        request(page, tour, f"s-{side}", side=side)
        result = reply(page, f"s-{side}")["result"]
        assert result["over"] == "2 images"
        assert "logit_change" in [each["name"] for each in result["columns"]]


def test_what_is_given_is_not_passed_off_as_the_other_models(page: Any) -> None:
    statistics = attention_statistics(PLAIN, [PICTURE, ELSEWHERE], progress=False)
    tour = AttentionHeadTour(PLAIN, PICTURE, compare=BARE, statistics=statistics)
    request(page, tour, "s-1", side=1)
    answer = reply(page, "s-1")
    assert answer["result"]["over"] == "this image alone"
    assert answer["arrays"][0]["shape"][1:] == [2, 3]
    types = answer["result"]["types"]
    assert [len(layer) for layer in types] == [3, 3]


def test_the_bundled_model_brings_its_own(page: Any) -> None:
    scene = vw.images.sample(vw.images.sample_names()[0])
    tour = AttentionHeadTour(vw.load_model(), scene)
    request(page, tour, "s-1", side=0)
    result = reply(page, "s-1")["result"]
    assert result["over"] == tour.measurements.over == "256 random scenes"


def test_what_is_of_another_model_opens_nothing(page: Any) -> None:
    of_other = attention_statistics(BARE, PICTURE, progress=False)
    with pytest.raises(ValueError, match=r"statistics is of 2 layers x 3 heads; reg"):
        AttentionHeadTour(PLAIN, PICTURE, statistics=of_other)
    with pytest.raises(ValueError, match=r"statistics is of 2 layers x 3 heads; reg"):
        AttentionHeadTour(PLAIN, PICTURE, compare=BARE, statistics=of_other)
    removed = head_ablation(BARE, [PICTURE, ELSEWHERE], progress=False)
    with pytest.raises(ValueError, match=r"ablation is of 2 layers x 3 heads; reg"):
        AttentionHeadTour(PLAIN, PICTURE, ablation=removed)
    assert page.received == []


def test_a_table_of_statistics_is_refused_with_what_to_give(page: Any) -> None:
    frame = attention_statistics(PLAIN, PICTURE, progress=False).frame()
    with pytest.raises(TypeError, match=r"statistics: .*not DataFrame"):
        AttentionHeadTour(PLAIN, PICTURE, statistics=frame)
    with pytest.raises(TypeError, match=r"ablation: .*not DataFrame"):
        AttentionHeadTour(PLAIN, PICTURE, ablation=frame)
    assert page.received == []


def test_the_kernel_goes_on_while_heads_are_measured_once_for_all_who_ask(
    page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, may_end = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    def measured(*arguments: Any) -> Any:
        threads.append(threading.current_thread())
        started.set()
        assert may_end.wait(PATIENCE)
        return measurements_for(*arguments)

    monkeypatch.setattr(side_measurements, "measurements_for", measured)
    tour = AttentionHeadTour(PLAIN, PICTURE)
    request(page, tour, "first", side=0)
    assert started.wait(PATIENCE)
    request(page, tour, "second", side=0)
    value = page.ask(
        tour, "value", side=0, shown="pattern", layer=0, head=0, query=0, key=0
    )
    assert value["value"] > 0
    assert page.messages("reply")[-1]["id"] == "t-1"
    may_end.set()
    for identity in ("first", "second"):
        assert reply(page, identity)["result"]["over"] == "this image alone"
    assert tour.measurements.over == "this image alone"
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()


def test_a_failure_is_answered_and_the_next_request_tries_again(
    page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise ValueError("the disk is on fire")

    tour = AttentionHeadTour(PLAIN, PICTURE)
    with monkeypatch.context() as patch:
        patch.setattr(side_measurements, "measurements_for", fails)
        request(page, tour, "first", side=0)
        assert reply(page, "first")["error"] == "the disk is on fire"
        before = repr(tour), tour.history
        with pytest.raises(ValueError, match="on fire"):
            tour.tour()
        assert (repr(tour), tour.history) == before
    request(page, tour, "second", side=0)
    assert reply(page, "second")["result"]["over"] == "this image alone"


@pytest.mark.parametrize("side", [1, -1, "0", None, True])
def test_a_side_that_there_is_not_is_answered_with_its_fault(
    page: Any, side: object
) -> None:
    request(page, AttentionHeadTour(PLAIN, PICTURE), "first", side=side)
    assert f"side={side!r}" in reply(page, "first")["error"]
