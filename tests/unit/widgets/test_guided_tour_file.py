"""Tour files: what was written comes back, and whatever is wrong is refused whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from traitlets import TraitError

from vitwidgets.widgets.guided_tour import (
    ModelFacts,
    Stop,
    read_tour,
    stops_of,
    write_tour,
)

if TYPE_CHECKING:
    from pathlib import Path

MODEL = ModelFacts("tiny-vit", 3, 4, 4, 6, ("cls", "reg0"))
STOPS = [
    Stop("L1.H2 reads cls", "93 % goes there.", {"layer": 1, "pins": [[0, 1], [2, 3]]}),
    Stop("Größer ✓ <b>", "Two lines,\nof text.", {"search": "entropy>2", "region": []}),
]
RECORDS = [stop.record() for stop in STOPS]

TEXT = """{
  "format": "vitwidgets tour",
  "version": 1,
  "model": {
    "name": "tiny-vit", "layers": 3, "heads": 4, "grid": [4, 6],
    "prefix_tokens": ["cls", "reg0"]
  },
  "stops": [
    {"title": "One", "text": "See.", "state": {"layer": 1}},
    {"title": "Two", "text": "See more.", "state": {}}
  ]
}"""


def check(state: Any) -> None:
    """Know layers 0 to 2 and nothing else but what STOPS holds."""
    for name, value in state.items():
        if name not in ("layer", "pins", "search", "region"):
            raise TypeError(f"there is no state {name!r}")
        if name == "layer" and value not in (0, 1, 2):
            raise TraitError(f"layer={value} doesn't exist: layer is 0 to 2")


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "tour.json"


def changed(**changes: Any) -> str:
    return json.dumps({**json.loads(TEXT), **changes})


def with_model(**changes: Any) -> str:
    return changed(model={**json.loads(TEXT)["model"], **changes})


def with_second_stop(**changes: Any) -> str:
    first, second = json.loads(TEXT)["stops"]
    return changed(stops=[first, {**second, **changes}])


def test_what_was_written_comes_back(path: Path):
    write_tour(path, STOPS, MODEL)
    assert read_tour(path, MODEL, check) == STOPS
    assert "Größer ✓" in path.read_text("utf8")


def test_a_file_by_hand_is_read(path: Path):
    path.write_text(TEXT, "utf-8-sig")  # as some editors write it
    first, second = read_tour(str(path), MODEL, check)
    assert first == Stop("One", "See.", {"layer": 1})
    assert second.state == {}


def test_what_stands_in_the_file_is_stated(path: Path):
    stops = [Stop("One", "See.", {"layer": 1}), Stop("Two", "See more.", {})]
    write_tour(path, stops, MODEL)
    assert json.loads(path.read_text("utf8")) == json.loads(TEXT)


WRONG = {
    "": "can't be read as JSON",
    "{": "can't be read as JSON",
    "[" * 100_000: "can't be read as JSON",
    "1" * 10_000: "can't be read as JSON",
    "[]": "it is no tour",
    "{}": "it is no tour",
    changed(format="something else"): "it is no tour",
    '{"format": 1, "format": 2}': "'format' stands twice",
    changed(version=2): "version 2 .* reads version 1",
    changed(version="1"): "version '1'",
    changed(version=True): "version True",
    changed(version=None): '"version" is missing',
    changed(author="me"): "'author' is not known",
    TEXT.replace('"stops"', '"Stops"'): '"stops" is missing',
    TEXT.replace("[4, 6]", "[4, NaN]"): "NaN is no JSON",
    with_model(name="other-vit"): (
        r"made for other-vit \(3 layers x 4 heads, 4 x 6 patches, prefix tokens: cls, "
        r"reg0\), and this is tiny-vit \(3 layers x 4 heads"
    ),
    with_model(layers=12): r"made for tiny-vit \(12 layers .* this is tiny-vit \(3 ",
    with_model(grid=[6, 4]): "6 x 4 patches.* 4 x 6 patches",
    with_model(prefix_tokens=[]): "prefix tokens: none",
    with_model(layers=0): "which model",
    with_model(heads=True): "which model",
    with_model(grid=[4, 6, 1]): "which model",
    with_model(grid=4): "which model",
    with_model(prefix_tokens=[1]): "which model",
    with_model(colour="red"): "which model",
    changed(model=None): "which model",
    changed(stops={}): "a list of stops",
    changed(
        stops=[{"title": "a", "text": "b", "state": {}}] * 201
    ): "201 stops: .* 200",
    changed(stops=[]): "no stop in it",
    changed(stops=["One"]): "stop 1: 'One' is no stop",
    changed(stops=[{"title": "a", "state": {}}]): "stop 1: it has no text",
    with_second_stop(picture="x"): "stop 2: 'picture' is not known",
    with_second_stop(title=""): "stop 2: title=''",
    with_second_stop(title=" \n"): "stop 2: title=",
    with_second_stop(title=5): "stop 2: title=5",
    with_second_stop(title="a" * 121): "stop 2: title has 121 .* 120 at most",
    with_second_stop(text="a" * 2001): "stop 2: text has 2001 .* 2000 at most",
    with_second_stop(text=None): "stop 2: text=None",
    with_second_stop(title="\ud800"): "stop 2: .*half a character",
    with_second_stop(state=[]): r"stop 2: state=\[\]",
    with_second_stop(state={"layer": 3}): "stop 2: layer=3 doesn't exist",
    with_second_stop(state={"depth": 3}): "stop 2: there is no state 'depth'",
    with_second_stop(state={"search": "\ud800"}): "stop 2: .*surrogates",
    changed(stops=[], more=" " * 1_000_000): "larger than 1,000,000 bytes",
}


@pytest.mark.parametrize(
    ("text", "message"), WRONG.items(), ids=[m[:40] for m in WRONG.values()]
)
def test_what_is_wrong_is_said_with_its_place(path: Path, text: str, message: str):
    path.write_text(text, "utf8")
    with pytest.raises(ValueError, match=rf"(?s)tour\.json: .*{message}"):
        read_tour(path, MODEL, check)


def test_what_is_no_text_is_no_tour(path: Path):
    path.write_bytes(b"\x89PNG\r\n\xff\xfe")
    with pytest.raises(ValueError, match="can't be read as JSON"):
        read_tour(path, MODEL, check)


def test_a_file_that_is_not_there_is_named(path: Path):
    with pytest.raises(FileNotFoundError, match=r"tour\.json"):
        read_tour(path, MODEL, check)


@pytest.mark.parametrize(
    ("stop", "message"),
    [
        (Stop("", "See.", {}), "stop 2: title=''"),
        (Stop("Two", "See.", {"picture": object()}), "stop 2: .*not JSON serializable"),
        (Stop("Two", "See.", {"layer": float("nan")}), "stop 2: .*not JSON compliant"),
    ],
)
def test_what_could_not_be_read_is_not_written(path: Path, stop: Stop, message: str):
    path.write_text("before")
    with pytest.raises(ValueError, match=message):
        write_tour(path, [STOPS[0], stop], MODEL)
    assert path.read_text() == "before"
    assert list(path.parent.iterdir()) == [path]


def test_a_tour_without_stops_is_not_written(path: Path):
    with pytest.raises(ValueError, match="no stop to write"):
        write_tour(path, [], MODEL)
    assert not path.exists()


def test_a_tour_too_large_to_read_is_not_written(path: Path):
    stops = [Stop("One", "x" * 2000, {"search": "y" * 4000})] * 200
    with pytest.raises(ValueError, match="1,000,000 at most"):
        write_tour(path, stops, MODEL)
    assert not path.exists()


def test_records_of_the_view_are_checked_alike():
    assert stops_of(RECORDS, check) == STOPS
    with pytest.raises(ValueError, match="stop 2: layer=9 doesn't exist"):
        stops_of([RECORDS[0], {**RECORDS[1], "state": {"layer": 9}}], check)
