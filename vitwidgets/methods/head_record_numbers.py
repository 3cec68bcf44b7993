"""The numbers in a head record: which there are, and what each of them can be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch

from vitwidgets.methods.head_record_fields import HeadRecordError
from vitwidgets.methods.statistic_columns import MEASURED, OVER_ALL, WITHOUT_UNIFORM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from vitwidgets.models import PatchGrid

_SLACK = 1e-3
"""For rounding: of the number when written, of the attention when measured."""
_HUGE = 1e9
"""No norm and no logit is as large."""


@dataclass(frozen=True)
class Limits:
    """What a number can be.

    Attributes
    ----------
    low, high
        The least and the most.
    empty
        Whether there need not be a number.
    """

    low: float
    high: float
    empty: bool = False

    def allow(self, value: float | None) -> bool:
        """Whether a number (or that there is none) is possible."""
        if value is None:
            return self.empty
        low = self.low - _SLACK * max(1, abs(self.low))
        return low <= value <= self.high + _SLACK * max(1, abs(self.high))

    def __str__(self) -> str:
        numbers = f"a number from {self.low:.5g} to {self.high:.5g}"
        return f"{numbers}, or null" if self.empty else numbers


_SHARE = Limits(0, 1)
_SHARE_IF_ANY = Limits(0, 1, empty=True)
_CORRELATION = Limits(-1, 1, empty=True)
_SIZE = Limits(0, _HUGE)
_HALF_WIDTH = Limits(0, _HUGE, empty=True)

NORMS: Mapping[str, Limits] = {"median": _SIZE, "highest": _SIZE, "outliers": _SHARE}

ABLATION: Mapping[str, Limits] = {
    "logit_change": Limits(-_HUGE, _HUGE),
    "logit_change_ci95": _SIZE,
    "accuracy_change": Limits(-1, 1),
    "accuracy_change_ci95": _SIZE,
}


def statistic_limits(grid: PatchGrid) -> dict[str, Limits]:
    """Give what each of the head statistics can be on a grid."""
    diagonal = math.hypot(grid.rows - 1, grid.cols - 1)
    special = {
        "mean_distance": Limits(0, diagonal, empty=True),
        "entropy": Limits(0, math.log(grid.n_tokens)),
        "sink_mass": _SHARE_IF_ANY,
        "object_auroc": _SHARE_IF_ANY,
        "object_auroc_elsewhere": _SHARE_IF_ANY,
        "offset_row": Limits(1 - grid.rows, grid.rows - 1),
        "offset_col": Limits(1 - grid.cols, grid.cols - 1),
        "position_r2": _CORRELATION,
        "generality": _CORRELATION,
    }
    limits: dict[str, Limits] = {}
    for name in MEASURED:
        limits[name] = special.get(name, _SHARE)
        limits[f"{name}_ci95"] = _HALF_WIDTH
        if name not in WITHOUT_UNIFORM:
            limits[f"{name}_uniform"] = limits[name]
    return limits | {name: special[name] for name in OVER_ALL}


def read_numbers(
    fields: Mapping[str, Any],
    limits: Mapping[str, Limits],
    shape: tuple[int, ...] | None = None,
) -> dict[str, Tensor]:
    """Read lists of numbers as float64, null as NaN.

    Parameters
    ----------
    fields
        The lists by name.
    limits
        Which names there have to be, and what their numbers can be.
    shape
        Of each; by default that of the first name's, ``(layer, head)``.

    Raises
    ------
    HeadRecordError
        If a name is missing or unknown, or its numbers can't be right.
    """
    missing = [name for name in limits if name not in fields]
    unknown = [name for name in fields if name not in limits]
    if missing or unknown:
        raise HeadRecordError(
            f"{missing[0]!r} is missing"
            if missing
            else f"{unknown[0]!r:.60} is not a column of this version"
        )
    numbers: dict[str, Tensor] = {}
    for name, limit in limits.items():
        rank = 2 if shape is None else len(shape)
        values = _values(name, fields[name], limit, rank)
        shape = shape or tuple(values.shape)
        if tuple(values.shape) != shape:
            raise HeadRecordError(
                f"{name} has {_size(values.shape)} numbers, not {_size(shape)}, as "
                f"there are layers and heads"
            )
        numbers[name] = values
    return numbers


def read_number(name: str, value: Any, limits: Limits) -> float:
    """Read one number, null as NaN.

    Raises
    ------
    HeadRecordError
        If it is none, or can't be right.
    """
    kind = isinstance(value, (int, float, type(None))) and not isinstance(value, bool)
    if not kind or not limits.allow(value):
        raise HeadRecordError(f"{name} holds {value!r:.60}, not {limits}")
    return math.nan if value is None else float(value)


def _values(name: str, value: Any, limits: Limits, rank: int) -> Tensor:
    """Read lists of lists (of `rank`) that are all equally long and not empty."""
    if not isinstance(value, list) or not value:
        raise HeadRecordError(f"{name} holds {value!r:.60} where a list belongs")
    entries = cast("list[Any]", value)
    if rank == 1:
        numbers = [read_number(name, entry, limits) for entry in entries]
        return torch.tensor(numbers, dtype=torch.float64)
    rows = [_values(name, entry, limits, rank - 1) for entry in entries]
    if len({row.shape for row in rows}) > 1:
        raise HeadRecordError(f"{name} has layers of different numbers of heads")
    return torch.stack(rows)


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
