from __future__ import annotations

import contextlib
import copy
import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import head_atlas
from vitwidgets import load_model
from vitwidgets.methods import attention_statistics, head_ablation, head_types
from vitwidgets.methods.head_record_fields import HeadRecordError
from vitwidgets.methods.head_records import (
    HeadRecord,
    read_head_record,
    write_head_record,
)
from vitwidgets.mice.sprites import DEFAULT_FONT

from .small_vits import GRIDS, hooked_vit, pixels, plain_patterns

SQUARE = GRIDS["square, cls"]
ABLATED = ("logit_change", "accuracy_change")


def object_masks(grid: Any, count: int) -> torch.Tensor:
    masks = torch.zeros(count, *grid.image_size, dtype=torch.bool)
    masks[:, :8, :8] = True
    return masks


def assert_same(read: Any, written: Any) -> None:
    """Five significant digits of each number, empty where it was empty."""
    for name, expected in written.items():
        assert read[name].dtype == torch.float64
        np.testing.assert_allclose(read[name], expected, rtol=5e-5, atol=0)
    assert set(read) == set(written)


@pytest.fixture(scope="module")
def fields(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give a good record to spoil."""
    model, images = hooked_vit(SQUARE), pixels(SQUARE, 3)
    path = tmp_path_factory.mktemp("record") / "heads.json"
    write_head_record(
        path,
        attention_statistics(model, images, progress=False),
        head_ablation(model, images, progress=False),
        model=model,
    )
    return json.loads(path.read_text("utf-8"))


def read(fields: Any) -> HeadRecord:
    return read_head_record(json.dumps(fields).encode())


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("masked", [True, False])
def test_what_was_written_is_read(
    grid: Any, count: int, masked: bool, tmp_path: Path
) -> None:
    model = hooked_vit(grid)
    masks = object_masks(grid, count) if masked else None
    written = attention_statistics(
        model, pixels(grid, count), masks=masks, progress=False
    )
    write_head_record(tmp_path / "heads.json", written)
    record = read_head_record(tmp_path / "heads.json")
    assert_same(record.statistics.numbers, written.numbers)
    assert_same(record.statistics.norms, written.norms)
    assert record.statistics.grid == grid
    assert record.statistics.model_name == model.name
    assert record.statistics.n_images == count
    assert record.statistics.skipped == ()
    assert record.ablation is None
    assert record.over == ("1 image" if count == 1 else "3 images")
    assert list(map(str, head_types(record.statistics))) == list(
        map(str, head_types(written))
    )


@pytest.mark.parametrize("how", ["mean", "resample", "zero"])
def test_an_ablation_is_kept_beside(how: Any, tmp_path: Path) -> None:
    model, images = hooked_vit(SQUARE), pixels(SQUARE, 4)
    statistics = attention_statistics(model, images, progress=False)
    written = head_ablation(model, images, labels=[0, 1, 2, 3], how=how, progress=False)
    write_head_record(tmp_path / "a.json", statistics, written, over="four clouds")
    record = read_head_record(str(tmp_path / "a.json"))
    assert record.over == "four clouds"
    found = record.ablation
    assert found is not None
    assert (found.how, found.n_images) == (how, 4)
    assert found.accuracy == pytest.approx(written.accuracy, rel=5e-5)
    names = [*ABLATED, *(f"{name}_ci95" for name in ABLATED)]
    assert_same(
        {n: getattr(found, n) for n in names}, {n: getattr(written, n) for n in names}
    )


def test_skipped_images_are_named(fields: dict[str, Any]) -> None:
    assert read({**fields, "skipped": ["image 3: no picture"]}).statistics.skipped == (
        "image 3: no picture",
    )


def test_a_record_knows_its_model_by_the_weights(fields: dict[str, Any]) -> None:
    record, model = read(fields), hooked_vit(SQUARE)
    assert record.is_of(model)
    assert not read({**fields, "weights": ""}).is_of(model)
    assert not record.is_of(load_model())
    with torch.no_grad():
        model.module.blocks[1].mlp.fc1.bias[0] += 1e-6
    assert not record.is_of(model)


def at(path: str, value: Any) -> Any:
    """Give what puts a value at a path of keys; without a value, removes it."""

    def spoil(fields: dict[str, Any]) -> None:
        *way, last = path.split("/")
        here: Any = fields
        for key in way:
            here = here[int(key) if isinstance(here, list) else key]
        if value is None:
            del here[last]
        else:
            here[int(last) if isinstance(here, list) else last] = value

    return spoil


SPOILT = {
    "another kind of file": (at("format", "a tour"), "another kind of file"),
    "no format": (at("format", None), "another kind of file"),
    "a later version": (at("version", 2), "of version 2, .* reads version 1"),
    "a version in words": (at("version", "1"), "version is '1', not a whole number"),
    "no images": (at("n_images", 0), "n_images is 0: it has to be from 1"),
    "half an image": (at("n_images", 2.5), "n_images is 2.5, not a whole number"),
    "true images": (at("n_images", True), "n_images is True, not a whole number"),
    "endless rows": (at("grid/rows", 10**400), "rows is 1000.*: it has to be"),
    "no grid": (at("grid", None), "'grid' is missing"),
    "grid of words": (at("grid", "4x4"), "grid is '4x4', not an object"),
    "flat patches": (at("grid/patch_size", [8, 0]), "patch_size is 0"),
    "patches of one side": (at("grid/patch_size", [8]), r"is \[8\], not \[height"),
    "twins": (at("grid/prefix_names", ["cls", "cls"]), "names repeat"),
    "numbers for names": (at("grid/prefix_names", [1]), "not a list of texts"),
    "a missing column": (at("numbers/entropy", None), "'entropy' is missing"),
    "an unknown column": (at("numbers/charm", [[1]]), "'charm' is not a column"),
    "words for a column": (at("numbers/entropy", "low"), "entropy holds 'low'"),
    "no layers": (at("numbers/entropy", []), r"entropy holds \[\] where a list"),
    "uneven layers": (at("numbers/entropy/1", [1.0]), "different numbers of heads"),
    "a head too few": (
        at("numbers/self_mass", [[0.1] * 3] * 3),
        "self_mass has 3 x 3 numbers, not 3 x 4",
    ),
    "a mass of 2": (
        at("numbers/cls_mass/2/1", 2),
        "cls_mass holds 2, not a number from 0 to 1",
    ),
    "negative entropy": (at("numbers/entropy/0/0", -1), "entropy holds -1"),
    "entropy of more tokens": (at("numbers/entropy/0/0", 2.9), "0 to 2.8332"),
    "beyond the picture": (at("numbers/mean_distance/0/0", 4.3), "0 to 4.2426"),
    "a far offset": (at("numbers/offset_row/0/0", 4), "offset_row holds 4"),
    "a negative width": (at("numbers/entropy_ci95/0/0", -0.1), "entropy_ci95 holds"),
    "a word in a column": (at("numbers/entropy/0/0", "1"), "entropy holds '1'"),
    "true for a number": (at("numbers/cls_mass/0/0", True), "cls_mass holds True"),
    "a column too deep": (at("numbers/cls_mass/0/0", [1]), r"cls_mass holds \[1\]"),
    "norms of fewer layers": (at("norms/median", [1, 2]), "2 numbers, not 3"),
    "no norms": (at("norms/outliers", None), "'outliers' is missing"),
    "an unknown how": (at("ablation/how", "freeze"), "how is 'freeze', not mean"),
    "ablation over one": (at("ablation/n_images", 1), "n_images is 1"),
    "more than all right": (at("ablation/accuracy", 1.1), "accuracy holds 1.1"),
    "no accuracy": (at("ablation/accuracy", None), "'accuracy' is missing"),
    "no change": (at("ablation/logit_change", None), "'logit_change' is missing"),
    "other changes": (at("ablation/cost", [[1]]), "'cost' is not a column"),
    "ablation of others": (
        at("ablation/accuracy_change", [[0.0] * 4] * 2),
        "accuracy_change has 2 x 4 numbers, not 3 x 4",
    ),
}


@pytest.mark.parametrize(("spoil", "message"), SPOILT.values(), ids=SPOILT)
def test_what_cannot_be_true_is_refused(
    spoil: Any, message: str, fields: dict[str, Any]
) -> None:
    spoilt = copy.deepcopy(fields)
    spoil(spoilt)
    with pytest.raises(HeadRecordError, match=f"^the head record: .*{message}"):
        read(spoilt)


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999", "null"])
def test_a_number_that_is_none_is_refused(literal: str, fields: dict[str, Any]) -> None:
    text = json.dumps(fields)
    first = json.dumps(fields["numbers"]["entropy"][0][0])
    spoilt = text.replace(f'"entropy": [[{first}', f'"entropy": [[{literal}')
    assert spoilt != text
    with pytest.raises(HeadRecordError, match=r"entropy holds (nan|-?inf|None)"):
        read_head_record(spoilt.encode())


@pytest.mark.parametrize(
    "contents", [b"", b"\xff\xfe\x00", b"[" * 100_000, b"[]", b"null", b'{"a": 1']
)
def test_what_is_no_record_is_refused(contents: bytes, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_bytes(contents)
    with pytest.raises(HeadRecordError, match=r"odd\.json'?: it (is not|has no)"):
        read_head_record(tmp_path / "odd.json")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner)
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(place=st.integers(0, 200), value=ANYTHING)
def test_nothing_but_its_own_error_comes_of_anything(
    fields: dict[str, Any], place: int, value: Any
) -> None:
    spoilt = copy.deepcopy(fields)
    parts = [spoilt, *(part for part in spoilt.values() if isinstance(part, dict))]
    places = [(part, name) for part in parts for name in part]
    part, name = places[place % len(places)]
    part[name] = value
    with contextlib.suppress(HeadRecordError):
        assert isinstance(read(spoilt), HeadRecord)


def test_what_could_not_be_read_is_not_written(tmp_path: Path) -> None:
    model, images = hooked_vit(SQUARE), pixels(SQUARE, 2)
    statistics = attention_statistics(model, images, progress=False)
    path = tmp_path / "heads.json"
    write_head_record(path, statistics)
    before = path.read_bytes()
    removed = head_ablation(model, images, progress=False)
    half = dataclasses.replace(removed, logit_change=removed.logit_change[:2])
    with pytest.raises(HeadRecordError, match="has 2 x 4 numbers, not 3 x 4"):
        write_head_record(path, statistics, half)
    statistics.numbers["entropy"][0, 0] = math.inf
    with pytest.raises(HeadRecordError, match="what was measured: entropy holds inf"):
        write_head_record(path, statistics)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["heads.json"]


def test_a_place_that_cannot_be_written_is_left_alone(tmp_path: Path) -> None:
    statistics = attention_statistics(
        hooked_vit(SQUARE), pixels(SQUARE, 1), progress=False
    )
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileNotFoundError):
        write_head_record(tmp_path / "nowhere" / "heads.json", statistics)
    with pytest.raises(OSError, match="folder"):
        write_head_record(tmp_path / "folder", statistics)
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


@pytest.fixture(scope="module")
def shipped() -> HeadRecord:
    return read_head_record(head_atlas.RECORD)


def test_the_record_that_ships_is_of_the_weights_that_ship(shipped: HeadRecord) -> None:
    assert shipped.is_of(load_model())
    assert shipped.over == "256 random scenes"
    assert shipped.statistics.n_images == 256
    assert head_atlas.RECORD.stat().st_size < 60_000


def test_the_record_that_ships_says_what_the_page_says(shipped: HeadRecord) -> None:
    assert shipped.ablation is not None
    title = "emoji-vit, as it ships"
    subject = head_atlas.Subject(
        "emoji-vit", title, load_model(), shipped.statistics, shipped.ablation
    )
    page = head_atlas.PAGE.read_text("utf-8").replace("-0.00", "+0.00")
    table = head_atlas.atlas(subject).replace("-0.00", "+0.00")
    # The first of the atlas: other mice stand after it.
    assert f"<!-- atlas -->\n{table}\n" in page


@pytest.fixture(scope="module")
def some_scenes() -> head_atlas.Scenes:
    if not Path(DEFAULT_FONT).exists():
        pytest.skip("needs Debian's package fonts-noto-color-emoji")
    return head_atlas.scenes(head_atlas.FRESH_KEY, SOME)


SOME = 32
SPREAD = math.sqrt(head_atlas.SCENES / SOME - 1) / 1.96
"""Standard deviation of what the mean of some of the scenes is off, in half widths of
the interval of the mean of all."""


def assert_near(some: Any, mean: Any, half: Any) -> None:
    off = (torch.as_tensor(some) - mean).abs() / (SPREAD * half)
    assert float(off.max()) < 4
    assert float(off.mean()) > 0.1  # or it was no test


def test_the_record_that_ships_is_what_is_measured_now(
    shipped: HeadRecord, some_scenes: head_atlas.Scenes
) -> None:
    patterns = torch.stack(plain_patterns(load_model(), some_scenes.pixels))
    from_patches = patterns[..., 1:, :].double()
    patches = from_patches[..., 1:]
    corners = [0, 7, 56, 63]
    logs = torch.xlogy(from_patches, from_patches)
    found = {
        "cls_mass": from_patches[..., 0].mean((1, 3)),
        "self_mass": patches.diagonal(dim1=-2, dim2=-1).mean((1, 3)),
        "corner_mass": patches[..., corners].sum(-1).mean((1, 3)),
        "entropy": -logs.sum(-1).mean((1, 3)),
    }
    numbers = shipped.statistics.numbers
    for name, values in found.items():
        assert_near(values, numbers[name], numbers[f"{name}_ci95"])


def test_its_ablation_is_what_taking_a_head_away_does_now(
    shipped: HeadRecord, some_scenes: head_atlas.Scenes
) -> None:
    model, target = load_model(), some_scenes.labels[:, None]
    module: Any = model.module

    def change(layer: int, head: int) -> float:
        width = model.config.d_head
        channels = slice(head * width, (head + 1) * width)

        def remove(_module: object, given: tuple[torch.Tensor]) -> tuple[torch.Tensor]:
            values = given[0].clone()
            values[..., channels] = values[..., channels].mean(0)
            return (values,)

        with torch.no_grad():
            before = module(some_scenes.pixels).gather(1, target)
            handle = module.blocks[layer].attn.proj.register_forward_pre_hook(remove)
            after = module(some_scenes.pixels).gather(1, target)
            handle.remove()
        return float((after - before).mean())

    removed = shipped.ablation
    assert removed is not None
    heads = [(1, 1), (2, 3), (3, 3), (5, 0)]
    at_heads = tuple(zip(*heads, strict=True))
    assert_near(
        [change(layer, head) for layer, head in heads],
        removed.logit_change[at_heads],
        removed.logit_change_ci95[at_heads],
    )
