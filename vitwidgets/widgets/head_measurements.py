"""What was measured of each head, ready for the page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from vitwidgets.methods import attention_statistics, head_types
from vitwidgets.methods.head_records import images_in_words, read_head_record
from vitwidgets.methods.statistic_columns import COLUMNS
from vitwidgets.models.loading.load_model import BUNDLED
from vitwidgets.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from numpy.typing import NDArray

    from vitwidgets.images import ImageSource, PreparedImage
    from vitwidgets.methods import HeadAblation, HeadStatistics, HeadType
    from vitwidgets.methods.head_records import HeadRecord
    from vitwidgets.models import HookedViT, PatchGrid

ALONE = "this image alone"
"""What measurements are over where nobody measured more."""

_TITLES: Mapping[str, str] = {
    "mean_distance": "mean distance",
    "entropy": "spread (entropy)",
    "relative_entropy": "spread, 1 is even",
    "cls_mass": "to CLS",
    "register_mass": "to other prefix tokens",
    "self_mass": "to itself",
    "row_mass": "same row",
    "column_mass": "same column",
    "border_mass": "border",
    "corner_mass": "corners",
    "sink_mass": "sinks",
    "offset_mass": "best offset",
    "object_auroc": "object",
    "object_auroc_elsewhere": "object, by place alone",
    "position_r2": "set by position",
    "generality": "alike between images",
}
_CAUSAL_TITLES: Mapping[str, str] = {
    "logit_change": "answer without it: logit",
    "logit_change_ci95": "answer without it: logit, ±",
    "accuracy_change": "answer without it: right answers",
    "accuracy_change_ci95": "answer without it: right answers, ±",
}
RANKED = tuple(name for name in (*_TITLES, *_CAUSAL_TITLES) if "_ci95" not in name)
"""Names of what heads can be sorted by, where it was measured."""

_REPLACED: Mapping[str, str] = {
    "mean": "its mean over the images",
    "resample": "that of another image",
    "zero": "zero",
}


@dataclass(frozen=True)
class HeadColumn:
    """A column of the table of heads.

    Attributes
    ----------
    name
        What Python calls it, such as ``corner_mass``.
    title
        A few words for a list.
    help
        A sentence that says what is measured.
    """

    name: str
    title: str
    help: str


@dataclass(frozen=True, eq=False)
class HeadMeasurements:
    """What was measured of each head of a model.

    Attributes
    ----------
    statistics
        What heads attend to.
    ablation
        What becomes of the answer without each, where that was measured.
    over
        What was measured over, in words: ``256 random scenes``.
    """

    statistics: HeadStatistics
    ablation: HeadAblation | None
    over: str

    @cached_property
    def head_types(self) -> list[list[HeadType]]:
        """What kind each head is of, by layer and head."""
        n_heads = self.statistics.numbers["entropy"].shape[1]
        every = head_types(self.statistics)
        return [every[at : at + n_heads] for at in range(0, len(every), n_heads)]

    @cached_property
    def types(self) -> list[list[dict[str, str]]]:
        """By layer and head: its ``type``, ``evidence`` and ``runner_up`` in words."""
        return [
            [
                {
                    "type": kind.type.name,
                    "evidence": str(kind.type),
                    "runner_up": str(kind.runner_up or ""),
                }
                for kind in layer
            ]
            for layer in self.head_types
        ]

    @cached_property
    def columns(self) -> list[HeadColumn]:
        """What a person can sort and filter heads by.

        Attention to tokens that the model doesn't have is left out.
        """
        absent = _absent(self.statistics.grid)
        columns = [
            HeadColumn(name, title, _sentence(COLUMNS[name]))
            for name, title in _TITLES.items()
            if name not in absent
        ]
        if self.ablation is not None:
            columns += _causal_columns(self.ablation)
        return columns

    @cached_property
    def values(self) -> NDArray[np.float32]:
        """The table: ``(column, layer, head)``, NaN where there is no number."""
        found = [self._numbers(column.name) for column in self.columns]
        return np.stack(found).astype(np.float32)

    def answer(self) -> Answer:
        """Give all of it as the page gets it."""
        columns = [asdict(column) for column in self.columns]
        return Answer(
            {"columns": columns, "types": self.types, "over": self.over},
            {"values": self.values},
        )

    def description(self, layer: int, head: int) -> str:
        """Say in a sentence what was measured of one head."""
        kind = self.head_types[layer][head]
        words = str(kind.type)
        if kind.runner_up:
            nearest = "then" if kind.type.statistic else "nearest to"
            words += f", {nearest} {kind.runner_up}"
        if self.ablation is None:
            return words
        change = _signed(float(self.ablation.logit_change[layer, head]))
        half = float(self.ablation.logit_change_ci95[layer, head])
        return (
            f"{words}; without it {_answer_of(self.ablation)}'s logit changes by "
            f"{change} ± {half:.2f}"
        )

    def _numbers(self, name: str) -> NDArray[np.float64]:
        numbers = self.statistics.numbers
        found = numbers[name] if name in numbers else getattr(self.ablation, name)
        return found.numpy()


def measurements_for(
    model: HookedViT,
    image: ImageSource | PreparedImage | torch.Tensor,
    statistics: HeadStatistics | None = None,
    ablation: HeadAblation | None = None,
) -> HeadMeasurements:
    """Find or make measurements of a model's heads.

    Parameters
    ----------
    model
        The model.
    image
        The present image, or its pixels as the model takes them: what is measured over
        where nothing is given or known. A sample scene brings its objects along.
    statistics, ablation
        What was measured before. Where there are no statistics, those that come with
        the bundled model are taken for it.

    Raises
    ------
    ValueError
        If what is given is of a model with other heads, or the image can't be used.
    """
    if statistics is not None:
        _require_fit(model, statistics)
    if ablation is not None:
        _require_heads(model, "ablation", tuple(ablation.logit_change.shape))
    if statistics is not None:
        over = images_in_words(statistics.n_images)
        return HeadMeasurements(statistics, ablation, over)
    shipped = shipped_record()
    if shipped.is_of(model):
        removed = shipped.ablation if ablation is None else ablation
        return HeadMeasurements(shipped.statistics, removed, shipped.over)
    alone = attention_statistics(model, image, progress=False)
    return HeadMeasurements(alone, ablation, ALONE)


@cache
def shipped_record() -> HeadRecord:
    """Return what comes with the bundled model, and tells that model by its weights."""
    folder = resources.files("vitwidgets.models") / "bundled"
    return read_head_record((folder / f"{BUNDLED}.heads.json").read_bytes())


def _require_fit(model: HookedViT, statistics: HeadStatistics) -> None:
    shape = tuple(statistics.numbers["entropy"].shape)
    _require_heads(model, "statistics", shape)
    given, own = statistics.grid, model.grid
    if (given.patch_size, given.prefix_names) != (own.patch_size, own.prefix_names):
        raise ValueError(
            f"statistics is of {statistics.model_name}, with {_tokens(given)}; "
            f"{model.name} has {_tokens(own)}: give the statistics of this model"
        )


def _require_heads(model: HookedViT, name: str, shape: tuple[int, ...]) -> None:
    own = (model.config.n_layers, model.config.n_heads)
    if shape != own:
        raise ValueError(
            f"{name} is of {shape[0]} layers x {shape[1]} heads; {model.name} has "
            f"{own[0]} layers x {own[1]} heads: give the {name} of this model"
        )


def _tokens(grid: PatchGrid) -> str:
    height, width = grid.patch_size
    prefix = ", ".join(grid.prefix_names) or "no prefix token"
    return f"patches of {height} x {width} pixels and {prefix}"


def _absent(grid: PatchGrid) -> set[str]:
    prefix = set(grid.prefix_names)
    there = {"cls_mass": "cls" in prefix, "register_mass": bool(prefix - {"cls"})}
    return {name for name, is_there in there.items() if not is_there}


def _causal_columns(ablation: HeadAblation) -> list[HeadColumn]:
    logit, right = f"{_answer_of(ablation)}'s logit", "the share of right answers"
    without = (
        f"when the head's output is replaced by {_REPLACED[ablation.how]}, over "
        f"{images_in_words(ablation.n_images)}"
    )
    helps = {
        "logit_change": f"mean change of {logit} {without}; below 0 the head spoke "
        "for that answer",
        "accuracy_change": f"change of {right} {without}; -0.05 is 5 in 100 fewer",
        "logit_change_ci95": f"half of the 95 % interval of that change of {logit}",
        "accuracy_change_ci95": f"half of the 95 % interval of that change of {right}",
    }
    return [
        HeadColumn(name, title, _sentence(helps[name]))
        for name, title in _CAUSAL_TITLES.items()
    ]


def _answer_of(ablation: HeadAblation) -> str:
    # Where each answer is right, the targets may as well be the model's own answers.
    return "the model's answer" if ablation.accuracy == 1 else "the right answer"


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _signed(number: float) -> str:
    return f"{round(number, 2) + 0.0:+.2f}"  # no -0.00
