"""What a site consists of, and what can't be published."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image

import vitwidgets as vw
from tests.unit.widgets.small_classifier import MODEL, PICTURE, make
from tests.unit.widgets.small_patcher import CLEAN, DONOR, edit, on, opened
from tests.unit.widgets.test_sharing import Reader
from vitwidgets.__main__ import main
from vitwidgets.publishing import publish
from vitwidgets.widgets import AttentionHeadTour, ClickToPatch

if TYPE_CHECKING:
    from pathlib import Path


def page_data(path: Path) -> dict[str, Any]:
    return Reader(path.read_text("utf8")).data


def predictions(path: Path) -> list[list[str]]:
    """Return the kinds of the edits of each prediction that a page holds."""
    asked = [kept["request"] for kept in page_data(path)["answers"]]
    return [
        [each["kind"] for each in request["interventions"]]
        for request in asked
        if request["kind"] == "predict"
    ]


def test_it_is_there_under_its_short_name():
    assert vw.publish is publish


def test_pages_share_scripts_and_every_model_is_there_once(tmp_path: Path):
    views = [opened(), AttentionHeadTour(MODEL, PICTURE), opened(kind="zero")]
    site = publish(tmp_path / "site", views)
    assert [page.path.name for page in site.pages] == [
        "1-click-to-patch.html",
        "2-attention-head-tour.html",
        "3-click-to-patch.html",
    ]
    assert [page.is_live for page in site.pages] == [True, False, True]
    scripts = sorted(path.name for path in (tmp_path / "site/assets").glob("*.js"))
    assert re.sub(r"-[0-9a-f]{8}", "", " ".join(scripts)) == (
        "attention-head-tour.js click-to-patch.js host.js live.js "
        "model-visiontransformer.js"
    )
    for page in site.pages:
        named = re.findall(r'(?:src|href)="([^"]+)"', page.path.read_text("utf8"))
        assert all((page.path.parent / each).is_file() for each in named)
        assert ("assets/live.js" in named) == page.is_live


def test_words_of_people_are_text_and_no_markup(tmp_path: Path):
    view = ClickToPatch(MODEL, CLEAN, {"</script><b>": DONOR})
    site = publish(tmp_path / "site", [view], title="A <b> & B")
    for path in (site.index, site.pages[0].path):
        text = path.read_text("utf8")
        assert "<b>" not in text
        assert "A &lt;b&gt; &amp; B" in text


def test_a_live_page_holds_the_predictions_that_it_can_not_compute(tmp_path: Path):
    view = opened(kind="patch", interventions=on(edit("L0.H1", kind="noise")))
    view.act(
        "add", "L1.H0", interventions=on(edit("L1.H0"), edit("L0.H1", kind="mean"))
    )
    site = publish(tmp_path / "site", [view])
    assert predictions(site.pages[0].path) == [["noise"]]


def test_without_reference_images_of_whole_levels_means_are_held(tmp_path: Path):
    between = torch.rand(2, 3, 24, 40, generator=torch.Generator().manual_seed(0))
    reference = list(between)
    view = ClickToPatch(MODEL, CLEAN, {"d": DONOR}, reference=reference, kind="mean")
    site = publish(tmp_path / "site", [view])
    data = page_data(site.pages[0].path)
    assert data["live"]["references"]["shape"] == [0, 24, 40, 3]
    kept = predictions(site.pages[0].path)
    assert len(kept) > 8
    assert all(kinds == ["mean"] for kinds in kept)


@pytest.mark.parametrize(
    ("views", "error", "says"),
    [
        (3, TypeError, r"publish\(folder, \[tour, lens\]\), not int"),
        ([PICTURE], TypeError, "number 1 is Image"),
        ([], ValueError, "there is none"),
    ],
)
def test_what_is_no_view_is_refused(
    tmp_path: Path, views: Any, error: type[Exception], says: str
):
    with pytest.raises(error, match=says):
        publish(tmp_path / "site", views)
    assert list(tmp_path.iterdir()) == []


def test_one_view_is_no_list(tmp_path: Path):
    view: Any = AttentionHeadTour(MODEL, PICTURE)
    with pytest.raises(TypeError, match="not AttentionHeadTour"):
        publish(tmp_path / "site", view)


def test_a_title_is_needed(tmp_path: Path):
    with pytest.raises(ValueError, match="give the site a title"):
        publish(tmp_path / "site", [AttentionHeadTour(MODEL, PICTURE)], title=" ")


def test_a_closed_view_is_refused_and_nothing_is_written(tmp_path: Path):
    view = opened()
    view.close()
    with pytest.raises(RuntimeError, match="was closed"):
        publish(tmp_path / "site", [AttentionHeadTour(MODEL, PICTURE), view])
    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_looked_at_before_any_view_is_opened(tmp_path: Path):
    (tmp_path / "mine.txt").write_text("mine")

    def views() -> Any:
        raise AssertionError
        yield

    with pytest.raises(FileExistsError, match="is not empty"):
        publish(tmp_path, views())


def test_it_shows_how_far_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    publish(tmp_path / "loud", [AttentionHeadTour(MODEL, PICTURE), opened()])
    said = capsys.readouterr().err
    assert "publish: 100%" in said
    assert "2/2" in said
    assert "2-click-to-patch.html" in said
    publish(tmp_path / "still", [opened()], progress=False)
    assert capsys.readouterr().err == ""


def test_the_index_has_pictures_without_paper(tmp_path: Path):
    views = [
        AttentionHeadTour(MODEL, PICTURE),
        vw.EmojiLogitLens(MODEL, PICTURE),
        vw.LogitAttribution(MODEL, PICTURE),
        opened(),
    ]
    site = publish(tmp_path / "site", views, progress=False)
    text = site.index.read_text("utf8")
    for number, view in enumerate(views):
        name = f"assets/{site.pages[number].path.stem}.png"
        assert name in text
        assert view.caption() not in text
        with Image.open(tmp_path / "site" / name) as card:
            assert card.size == (656, 320)
            middle = np.asarray(card)[:, 320:336, 3]
            seen = np.asarray(card)[64:256, :320]
        assert (middle == 0).all()
        # The picture, 24 x 40, fills its tile from left to right.
        wanted = np.kron(np.array(view.picture), np.ones((8, 8, 1), np.uint8))
        assert np.array_equal(seen[..., :3], wanted)


def test_why_a_page_does_not_compute_is_said_in_it_and_to_python(tmp_path: Path):
    view = ClickToPatch(make(global_pool="avg"), CLEAN, {"d": DONOR})
    (page,) = publish(tmp_path / "site", [view]).pages
    assert not page.is_live
    assert "can't be computed in a page" in page.why_not
    assert escape(page.why_not) in page.path.read_text("utf8")
    assert "live" not in page_data(page.path)
    assert len(predictions(page.path)) > 8


def test_the_command_says_in_a_sentence_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["publish", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert "is not empty" in said.err
    assert "--overwrite" in said.err
    assert said.out == ""


def test_the_command_writes_the_gallery(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    tour = AttentionHeadTour(MODEL, PICTURE)
    monkeypatch.setattr("vitwidgets.publishing.gallery.gallery", lambda: [tour])
    folder = tmp_path / "site"
    assert main(["publish", str(folder)]) == 0
    assert "site" in capsys.readouterr().out
    assert (folder / "index.html").is_file()
    assert main(["publish", str(folder), "--overwrite"]) == 0
