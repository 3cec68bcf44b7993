"""Files of what was measured of heads: JSON, small, and checked on reading."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from vitwidgets.methods.head_ablation import HeadAblation, How
from vitwidgets.methods.head_record_fields import (
    HeadRecordError,
    count,
    field,
    texts,
)
from vitwidgets.methods.head_record_numbers import (
    ABLATION,
    NORMS,
    Limits,
    read_number,
    read_numbers,
    statistic_limits,
)
from vitwidgets.methods.head_statistics import HeadStatistics
from vitwidgets.models import PatchGrid
from vitwidgets.models.caching.digests import digest_of_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from vitwidgets.models import HookedViT

FORMAT = "vitwidgets head record"
VERSION = 1

_DIGITS = 5
"""Significant digits that are kept: no interval is as narrow."""


@dataclass(frozen=True, eq=False)
class HeadRecord:
    """What was measured of a model's heads, as a file keeps it.

    Attributes
    ----------
    statistics
        The statistics.
    ablation
        What removing each head does, where that was measured, too.
    over
        What was measured over, in words, such as ``256 random scenes``.
    weights
        Digest of the weights of the model that was measured; empty where none was
        noted.
    """

    statistics: HeadStatistics
    ablation: HeadAblation | None
    over: str
    weights: str

    def is_of(self, model: HookedViT) -> bool:
        """Whether it was this very model that was measured: its weights, bit by bit."""
        shape = tuple(self.statistics.numbers["entropy"].shape)
        if not self.weights or shape != (model.config.n_layers, model.config.n_heads):
            return False
        return self.weights == _digest(model)


def write_head_record(
    path: str | os.PathLike[str],
    statistics: HeadStatistics,
    ablation: HeadAblation | None = None,
    *,
    over: str = "",
    model: HookedViT | None = None,
) -> None:
    """Write what was measured to a file, for `read_head_record`.

    Parameters
    ----------
    path
        The file; one of that name is replaced.
    statistics
        The statistics, kept to five significant digits.
    ablation
        What removing each head does, likewise.
    over
        What was measured over, in words; by default how many images.
    model
        The model that was measured, for a digest of its weights.

    Raises
    ------
    HeadRecordError
        If these are not of one model, or hold what could not be read again.
    OSError
        If the file cannot be written.
    """
    text = _text(
        {
            "format": FORMAT,
            "version": VERSION,
            "model": statistics.model_name,
            "weights": "" if model is None else _digest(model),
            "over": over or images_in_words(statistics.n_images),
            "n_images": statistics.n_images,
            "skipped": list(statistics.skipped),
            "grid": {
                "rows": statistics.grid.rows,
                "cols": statistics.grid.cols,
                "patch_size": list(statistics.grid.patch_size),
                "prefix_names": list(statistics.grid.prefix_names),
            },
            "numbers": _lists(statistics.numbers),
            "norms": _lists(statistics.norms),
            "ablation": None if ablation is None else _ablation_fields(ablation),
        }
    )
    _record(text, "what was measured")
    file = Path(path)
    partial = file.with_name(f".{uuid.uuid4().hex}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def read_head_record(source: str | os.PathLike[str] | bytes) -> HeadRecord:
    """Read a file that `write_head_record` wrote.

    Parameters
    ----------
    source
        Its path, or what is in it.

    Raises
    ------
    HeadRecordError
        If it is no such file, is of another version, or a field is missing or can't be
        true: the message names the field, its value and what it should be.
    OSError
        If the file cannot be read.
    """
    if isinstance(source, bytes):
        return _record(source, "the head record")
    return _record(Path(source).read_bytes(), f"the head record {os.fspath(source)!r}")


def images_in_words(n_images: int) -> str:
    """Say how many images."""
    return "1 image" if n_images == 1 else f"{n_images:,} images"


def _digest(model: HookedViT) -> str:
    return digest_of_tensors(model.module.state_dict())


def _ablation_fields(ablation: HeadAblation) -> dict[str, Any]:
    return {
        "how": ablation.how,
        "n_images": ablation.n_images,
        "accuracy": _rounded(ablation.accuracy),
        **_lists({name: getattr(ablation, name) for name in ABLATION}),
    }


def _lists(numbers: Mapping[str, Tensor]) -> dict[str, Any]:
    return {name: _rounded(values.numpy().tolist()) for name, values in numbers.items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(entry) for entry in cast("list[Any]", value)]
    return None if value != value else float(f"{value:.{_DIGITS}g}")  # noqa: PLR0124


def _text(fields: Mapping[str, Any]) -> str:
    """Write a line for each field, and for each field of a field."""
    lines: list[str] = []
    for name, value in fields.items():
        written = json.dumps(value, separators=(",", ":"))
        if isinstance(value, dict):
            inner = [
                f"  {json.dumps(key)}: {json.dumps(entry, separators=(',', ':'))}"
                for key, entry in cast("dict[str, Any]", value).items()
            ]
            written = "{\n" + ",\n".join(inner) + "\n }"
        lines.append(f" {json.dumps(name)}: {written}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _record(contents: str | bytes, what: str) -> HeadRecord:
    try:
        fields = _fields(contents)
        grid = _grid(field(fields, "grid", dict))
        lists = field(fields, "numbers", dict)
        numbers = read_numbers(lists, statistic_limits(grid))
        shape = tuple(numbers["entropy"].shape)
        norms = read_numbers(field(fields, "norms", dict), NORMS, shape[:1])
        statistics = HeadStatistics(
            model_name=field(fields, "model", str),
            grid=grid,
            n_images=count(fields, "n_images", 1),
            skipped=texts(fields, "skipped"),
            numbers=numbers,
            norms=norms,
        )
        removed = field(fields, "ablation", dict, type(None))
        return HeadRecord(
            statistics=statistics,
            ablation=None if removed is None else _ablation(removed, shape),
            over=field(fields, "over", str),
            weights=field(fields, "weights", str),
        )
    except HeadRecordError as error:
        raise HeadRecordError(f"{what}: {error}") from None


def _fields(contents: str | bytes) -> dict[str, Any]:
    try:
        fields: Any = json.loads(contents)
    except (ValueError, RecursionError) as error:
        raise HeadRecordError(
            f"it is not JSON ({error}); write it with write_head_record"
        ) from None
    if not isinstance(fields, dict) or cast("Any", fields).get("format") != FORMAT:
        raise HeadRecordError(
            f'it has no "format": {FORMAT!r}, so it is another kind of file; write one '
            f"with write_head_record"
        )
    named = cast("dict[str, Any]", fields)
    version = field(named, "version", int)
    if version != VERSION:
        raise HeadRecordError(
            f"it is of version {version}, and this vitwidgets reads version {VERSION}: "
            f"measure again, or use the vitwidgets that wrote it"
        )
    return named


def _grid(fields: Mapping[str, Any]) -> PatchGrid:
    sizes: list[Any] = field(fields, "patch_size", list)
    if len(sizes) != 2:  # noqa: PLR2004
        raise HeadRecordError(f"patch_size is {sizes!r:.60}, not [height, width]")
    height, width = ({"patch_size": size} for size in sizes)
    try:
        return PatchGrid(
            count(fields, "rows", 1),
            count(fields, "cols", 1),
            (count(height, "patch_size", 1), count(width, "patch_size", 1)),
            texts(fields, "prefix_names"),
        )
    except HeadRecordError:
        raise
    except ValueError as error:
        raise HeadRecordError(str(error)) from None


def _ablation(fields: Mapping[str, Any], shape: tuple[int, ...]) -> HeadAblation:
    how = field(fields, "how", str)
    if how not in get_args(How):
        raise HeadRecordError(f"how is {how!r:.60}, not mean, resample or zero")
    accuracy = read_number(
        "accuracy", field(fields, "accuracy", int, float), Limits(0, 1)
    )
    single = ("how", "n_images", "accuracy")
    lists = {name: value for name, value in fields.items() if name not in single}
    return HeadAblation(
        how=how,
        n_images=count(fields, "n_images", 2),
        accuracy=accuracy,
        **read_numbers(lists, ABLATION, shape),
    )
