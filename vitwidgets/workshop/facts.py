"""What a lesson's text may say of the model at hand: ``{answer}``, ``{layers}``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vitwidgets.workshop.bench import head_name
from vitwidgets.workshop.checks.check import counted
from vitwidgets.workshop.checks.heads import known, written
from vitwidgets.workshop.checks.words import strongest_head, written_by_heads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vitwidgets.workshop.bench import Bench


@dataclass(frozen=True)
class Fact:
    """Something that can be computed of a model and its images.

    Attributes
    ----------
    words
        Computes it.
    view
        The view whose lessons may say it; empty for any.
    """

    words: Callable[[Bench], str]
    view: str = ""


def _percent(bench: Bench, index: int) -> str:
    return f"{100 * float(bench.clean[0].softmax(-1)[index]):.0f} %"


def _tokens_before(bench: Bench) -> str:
    count = bench.grid.n_prefix_tokens
    return counted(count, "other token stands", "other tokens stand")


def _block_of_one_token(bench: Bench) -> str:
    most = [float(block.max()) for block in bench.patterns]
    return str(most.index(max(most)))


def _most_offset(bench: Bench) -> str:
    return written("offset_mass", float(np.nanmax(known(bench, "offset_mass"))))


def _offset_heads(bench: Bench) -> str:
    kinds = [kind for row in bench.view.measurements.head_types for kind in row]
    return str(sum(kind.type.statistic == "offset_mass" for kind in kinds))


def _usual_places(bench: Bench) -> str:
    return f"{np.nanmean(known(bench, 'object_auroc_elsewhere')):.2f}"


def _strongest_head(bench: Bench) -> str:
    return head_name(*strongest_head(written_by_heads(bench)))


def _fewest_heads_blocks(bench: Bench) -> str:
    blocks = sorted({unit.layer for unit in bench.smallest_flip("heads").units})
    return ", ".join(map(str, blocks))


_TOUR = "AttentionHeadTour"
_PATCH = "ClickToPatch"
_LENS = "EmojiLogitLens"
_WORD_LENS = "WordLens"

FACTS: Mapping[str, Fact] = {
    "model": Fact(lambda bench: bench.model.name),
    "layers": Fact(lambda bench: str(bench.model.config.n_layers)),
    "last": Fact(lambda bench: str(bench.model.config.n_layers - 1)),
    "heads": Fact(lambda bench: str(bench.model.config.n_heads)),
    "all_heads": Fact(
        lambda bench: str(bench.model.config.n_layers * bench.model.config.n_heads)
    ),
    "rows": Fact(lambda bench: str(bench.grid.rows)),
    "columns": Fact(lambda bench: str(bench.grid.cols)),
    "patches": Fact(lambda bench: str(bench.grid.n_patches)),
    "tokens": Fact(lambda bench: str(bench.grid.n_tokens)),
    "tokens_before": Fact(_tokens_before),
    "by_chance": Fact(lambda bench: f"{100 / bench.grid.n_tokens:.0f} %"),
    "answer": Fact(lambda bench: bench.named(bench.answer)),
    "answer_percent": Fact(lambda bench: _percent(bench, bench.answer)),
    "runner_up": Fact(lambda bench: bench.named(bench.runner_up)),
    "runner_up_percent": Fact(lambda bench: _percent(bench, bench.runner_up)),
    "block_of_one_token": Fact(_block_of_one_token, _TOUR),
    "most_offset": Fact(_most_offset, _TOUR),
    "offset_heads": Fact(_offset_heads, _TOUR),
    "usual_places": Fact(_usual_places, _TOUR),
    "embedding_says": Fact(
        lambda bench: bench.named(int(bench.first_answers()[0, bench.class_token])),
        _LENS,
    ),
    "strongest_head": Fact(_strongest_head, _WORD_LENS),
    "donor_answer": Fact(lambda bench: bench.named(bench.donor_answer), _PATCH),
    "fewest_heads": Fact(
        lambda bench: str(len(bench.smallest_flip("heads").units)), _PATCH
    ),
    "fewest_heads_blocks": Fact(_fewest_heads_blocks, _PATCH),
    "fewest_patches": Fact(
        lambda bench: str(len(bench.smallest_flip("patches").units)), _PATCH
    ),
    "twice_fewest_patches": Fact(
        lambda bench: str(2 * len(bench.smallest_flip("patches").units)), _PATCH
    ),
}

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def filled(text: str, bench: Bench) -> str:
    """Put what is true in place of ``{names}``.

    Raises
    ------
    NotHereError
        When there is no such thing in this model.
    """
    return _PLACEHOLDER.sub(lambda match: FACTS[match[1]].words(bench), text)
