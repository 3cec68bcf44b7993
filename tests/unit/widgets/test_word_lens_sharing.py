"""What of a word lens leaves the notebook, and what stays behind when it is closed."""

from __future__ import annotations

import gc
import json
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import vitwidgets as vw
from tests.unit.widgets.small_clip import SCENE, TOWER
from vitwidgets.widgets.word_lens import WordLens

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ["cat", "dog", "a red car"]
DOG = 1


@pytest.fixture(name="lens")
def _lens():
    lens = WordLens(TOWER, SCENE, WORDS)
    yield lens
    lens.close()


def saved(lens: WordLens, folder: Path) -> dict[str, Any]:
    lens.to_html(folder / "lens.html")
    text = (folder / "lens.html").read_text("utf-8")
    return json.loads(text.split('type="application/json">')[1].split("</script>")[0])


def test_a_page_holds_maps_of_all_words(lens: WordLens, tmp_path: Path):
    lens.words = [f"word {number}" for number in range(40)]
    data = saved(lens, tmp_path)
    assert data["state"]["words"] == lens.words
    assert sorted(data["state"]["readable_classes"]) == list(range(40))
    asked = [each["request"] for each in data["answers"]]
    for norm in ("own", "final"):
        targets = [
            each["target"]
            for each in asked
            if each["kind"] == "class" and each["norm"] == norm
        ]
        assert sorted(targets) == list(range(40))
    assert not [each for each in asked if each["kind"] == "words"]
    page = (tmp_path / "lens.html").read_text("utf-8")
    assert "Other words need a kernel" in page


def test_a_page_can_undo_all_but_other_words(lens: WordLens, tmp_path: Path):
    lens.act("choose", target=2)
    lens.act("words", words=["ship"])
    lens.act("show", mode="heat")
    lens.act("choose", target=0)
    lens.act("words", words=["ship", "tree"])
    lens.act("look", layer=0)
    lens.undo()
    lens.undo()
    state = saved(lens, tmp_path)["state"]
    assert [act["verb"] for act in state["history"]] == ["show", "choose"]
    assert state["undone"] == 0
    lens.undo()
    state = saved(lens, tmp_path)["state"]
    assert [act["verb"] for act in state["history"]] == ["show", "choose"]
    assert (state["undone"], state["target"]) == (1, -1)


def test_a_page_writes_text_of_the_reader_as_data_alone(lens: WordLens, tmp_path: Path):
    lens.words = ["<b>cat</b>", "</script><img src=x>"]
    data = saved(lens, tmp_path)
    assert data["state"]["class_names"] == lens.words
    page = (tmp_path / "lens.html").read_text("utf-8")
    assert "<b>" not in page
    assert "<img src=x>" not in page
    lens.to_svg(tmp_path / "lens.svg")
    assert "<b>" not in (tmp_path / "lens.svg").read_text("utf-8")


def test_code_makes_the_same_numbers(capsys: Any):
    lens = WordLens(vw.load_model("emoji-clip"), SCENE, ["cat", 'a "red" car', "дом"])
    lens.templates = ["{}", "a photo of a {}."]
    lens.act("look", layer=2, mode="heat", target=1, versus=0, norm="final")
    scope: dict[str, Any] = {}
    exec(lens.code(), scope)  # noqa: S102
    again = scope["lens"]
    for name in lens.settable_names():
        assert getattr(again, name) == getattr(lens, name)
    for name, value in lens.results.items():
        np.testing.assert_array_equal(again.results[name], value)
    assert capsys.readouterr().out
    assert "templates" not in WordLens(TOWER, SCENE, WORDS).code()


def test_code_asks_for_what_it_can_t_say():
    lens = WordLens(TOWER, SCENE.image, WORDS, masks={"cat": SCENE.masks["cat"]})
    assert "    # Give masks= again, as you did.\n" in lens.code()


def test_stills_and_words(lens: WordLens, tmp_path: Path):
    pictures = set()
    for mode in ("emoji", "class", "heat", "entropy", "mask"):
        lens.target, lens.mask, lens.mode = DOG, [DOG], mode
        pictures.add(lens.still().tobytes())
        lens.to_svg(tmp_path / "lens.svg")
        svg = (tmp_path / "lens.svg").read_text("utf-8")
        index = lens.results["top_classes"][-1, 1, 0]
        assert f"(0,0) {lens.words[index]}" in svg
    assert len(pictures) == 5
    lens.to_png(tmp_path / "lens.png")
    assert Image.open(tmp_path / "lens.png").size == (192, 192)
    best = WORDS[int(lens.probabilities.argmax())]
    assert (
        f"of these 3 words the image is most like {lens.named(lens.find(best))} ("
        in (lens.caption())
    )


def test_closing_frees_and_says_so():
    lens = WordLens(TOWER, SCENE, WORDS)
    lens.words = ["ship", "cat"]
    cache = weakref.ref(lens._live.run.cache)  # pyright: ignore[reportPrivateUsage]
    lens.close()
    gc.collect()
    assert cache() is None
    with pytest.raises(RuntimeError, match="closed"):
        _ = lens.results
    with pytest.raises(RuntimeError, match="closed"):
        lens.words = ["tree"]
    assert lens.words == ["ship", "cat"]
    with pytest.raises(RuntimeError, match="closed"):
        lens.to_html("never.html")
    lens.close()
