"""Going through the reference images: told of, cancelled, and in nobody's way."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import torch

from tests.unit.widgets.small_classifier import MODEL
from tests.unit.widgets.small_patcher import (
    CLEAN,
    DONOR,
    REFERENCE,
    THEIRS,
    edit,
    on,
    opened,
    predicted,
    question,
)
from vitwidgets.widgets.click_to_patch import ClickToPatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from .conftest import Page

WAIT = 60
MEAN = edit("L1.H2", kind="mean")
RANDOM = edit("L1.MLP", kind="resample", seed=3)
LIKE_MEAN = edit("L0.H1", kind="mean")


class SlowImages:
    """Images that are read only when they may be; more than are run at a time."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.may_go_on = threading.Event()
        self.reads = 0

    def __len__(self) -> int:
        return 4 * len(REFERENCE)

    def __getitem__(self, index: int) -> Image.Image:
        self.reads += 1
        self.began.set()
        assert self.may_go_on.wait(WAIT)
        return REFERENCE[index % len(REFERENCE)]


@pytest.fixture
def images() -> Iterator[SlowImages]:
    images = SlowImages()
    yield images
    images.may_go_on.set()


@pytest.fixture
def view(images: SlowImages) -> Iterator[ClickToPatch]:
    view = ClickToPatch(MODEL, CLEAN, {"d": DONOR}, reference=images)
    yield view
    images.may_go_on.set()
    view.close()


class Clicked:
    """A prediction that the page waits for."""

    def __init__(self, page: Page, view: ClickToPatch, *edits: dict[str, Any]) -> None:
        self._page, self._id = page, f"c-{id(self)}"
        asked = {"kind": "predict", "interventions": list(edits)}
        content = {"type": "request", "id": self._id, **asked}
        page.send(view, {"method": "custom", "content": content})

    def replies(self) -> list[Any]:
        return [
            message
            for message in list(self._page.received)
            if (message["data"].get("content") or {}).get("id") == self._id
        ]

    def wait(self) -> Any:
        until = time.monotonic() + WAIT
        while not self.replies():
            assert time.monotonic() < until
            time.sleep(0.005)
        return self.replies()[0]


def logits(reply: Any) -> torch.Tensor:
    data = b"".join(map(bytes, reply["buffers"]))
    return torch.frombuffer(bytearray(data), dtype=torch.float32)


@pytest.mark.parametrize("first", [MEAN, RANDOM])
def test_the_kernel_goes_on_while_the_images_are_gone_through(
    page: Page, view: ClickToPatch, images: SlowImages, first: dict[str, Any]
) -> None:
    told: list[dict[str, Any]] = []
    view.observe(lambda change: told.append(change["new"]), "task")
    clicked = Clicked(page, view, first)
    assert images.began.wait(WAIT)
    assert view.task["kind"] == "reference"
    other = Clicked(page, view, edit("L0.H3"))
    assert torch.equal(logits(other.replies()[0]), predicted(view, edit("L0.H3")))
    with pytest.raises(RuntimeError, match="a pass over the reference images is run"):
        view.run_sweep()
    images.may_go_on.set()
    assert torch.equal(logits(clicked.wait()), predicted(opened(), first))
    assert view.receipt().is_clean
    while view.task["kind"]:
        time.sleep(0.005)
    shares = [(each["done"], each["total"]) for each in told]
    assert shares[0] == shares[-1] == (0, 0)
    assert ((8, 12) in shares) == (first is MEAN)  # one pass is all of the other


def test_what_is_known_is_answered_at_once(
    page: Page, view: ClickToPatch, images: SlowImages
) -> None:
    images.may_go_on.set()
    Clicked(page, view, MEAN).wait()
    reads = images.reads
    assert logits(Clicked(page, view, LIKE_MEAN).replies()[0]).isfinite().all()
    assert images.reads == reads


def test_several_that_wait_share_one_pass(
    page: Page, view: ClickToPatch, images: SlowImages
) -> None:
    clicks = [Clicked(page, view, each) for each in (MEAN, LIKE_MEAN)]
    images.may_go_on.set()
    found = [logits(each.wait()) for each in clicks]
    for each, asked in zip(found, (MEAN, LIKE_MEAN), strict=True):
        assert torch.equal(each, predicted(opened(), asked))
    assert images.reads == len(images)


def test_it_can_be_cancelled_and_done_anew(
    page: Page, view: ClickToPatch, images: SlowImages
) -> None:
    view.interventions = on(edit("L0.H0"))
    clicked = Clicked(page, view, MEAN)
    assert images.began.wait(WAIT)
    view.answers()["cancel"]()
    images.may_go_on.set()
    error = clicked.wait()["data"]["content"]["error"]
    assert "a pass over the reference images was cancelled" in error
    assert torch.equal(view.prediction.logits, predicted(opened(), edit("L0.H0")))
    assert torch.equal(predicted(view, MEAN), predicted(opened(), MEAN))


def test_a_sweep_does_not_wait_for_it_nor_it_for_a_sweep(
    page: Page, view: ClickToPatch, images: SlowImages
) -> None:
    clicked: list[Clicked] = []

    def click(change: dict[str, Any]) -> None:
        if change["new"]["done"] > 0 and not clicked:
            clicked.append(Clicked(page, view, MEAN))

    view.observe(click, "task")
    answer = view.answers()["sweep"](**question())
    assert answer.result["cancelled"] is False
    images.may_go_on.set()
    assert torch.equal(logits(clicked[0].wait()), predicted(opened(), MEAN))


def test_controls_go_through_the_images_themselves_and_can_be_cancelled_there(
    view: ClickToPatch, images: SlowImages
) -> None:
    asked = {"interventions": [edit("L0.H1")], "target": THEIRS}
    answers: list[Any] = []

    def ask() -> None:
        answers.append(view.answers()["controls"](**asked))

    asking = threading.Thread(target=ask)
    asking.start()
    assert images.began.wait(WAIT)
    assert view.task["kind"] == "controls"
    view.answers()["cancel"]()
    images.may_go_on.set()
    asking.join(WAIT)
    assert answers[0].result == {"rows": [], "cancelled": True}


def test_closing_ends_it(page: Page, view: ClickToPatch, images: SlowImages) -> None:
    clicked = Clicked(page, view, MEAN)
    assert images.began.wait(WAIT)
    closing = threading.Thread(target=view.close)
    closing.start()
    images.may_go_on.set()
    closing.join(WAIT)
    assert not closing.is_alive()
    assert not clicked.replies() or "error" in clicked.wait()["data"]["content"]


def test_what_makes_no_sense_is_answered_with_the_reason_at_once(
    page: Page, view: ClickToPatch, images: SlowImages
) -> None:
    clicked = Clicked(page, view, {**MEAN, "address": "L9.H2"})
    assert "no block 9" in clicked.replies()[0]["data"]["content"]["error"]
    assert not images.began.is_set()
