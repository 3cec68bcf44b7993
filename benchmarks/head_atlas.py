"""Write the tables of ``docs/reading-attention-heads.md``, and the bundled record.

``python -m benchmarks.head_atlas``, with ``--model FOLDER`` for each bundle of a mouse
besides the one that ships. Random scenes need Debian's fonts-noto-color-emoji.
"""

from __future__ import annotations

import argparse
import collections
import copy
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch

from vitwidgets import HookedViT
from vitwidgets.methods import attention_statistics, head_ablation, head_types
from vitwidgets.methods.head_records import write_head_record
from vitwidgets.methods.head_types import RULES
from vitwidgets.methods.statistic_columns import COLUMNS
from vitwidgets.mice.architecture import build_model
from vitwidgets.mice.batches import render_batch, to_pixels
from vitwidgets.mice.bundle import NAME, SHIPPED, read_bundle
from vitwidgets.mice.sprites import load_sprites

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from vitwidgets.methods import HeadAblation, HeadStatistics, HeadType

PAGE = Path(__file__).parent.parent / "docs" / "reading-attention-heads.md"
RECORD = SHIPPED / f"{NAME}.heads.json"

CHOICE_KEY = (777, 0)
"""Key of the scenes that thresholds were chosen on; never used for scoring."""
FRESH_KEY = (778, 0)
SCENES = 256
CONTROLS = 5
SHARPER = 5
"""Makes patterns of random weights about as concentrated as the trained model's."""
BATCH_SIZE = 32
POSITIONAL = ("offset", "corner", "border", "same row", "same column")


@dataclass(frozen=True)
class Scenes:
    """Prepared pixels, masks of everything that is no background, and labels."""

    pixels: Tensor
    masks: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Subject:
    """A mouse, and what was measured of its heads over fresh scenes."""

    name: str
    title: str
    model: HookedViT
    statistics: HeadStatistics
    removed: HeadAblation


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and write the page and the record of the model that ships."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.head_atlas")
    parser.add_argument("--model", action="append", type=Path, default=[])
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--record", type=Path, default=RECORD)
    options = parser.parse_args(arguments)
    chosen_on, fresh = scenes(CHOICE_KEY), scenes(FRESH_KEY)
    subjects = [subject(folder, fresh) for folder in (SHIPPED, *options.model)]
    shipped = subjects[0]
    parts = {
        "columns": columns_table(),
        "thresholds": thresholds_table(measured(shipped.model, chosen_on)),
        "atlas": "\n\n".join(map(atlas, subjects)),
        "controls": controls_table(subjects, fresh),
    }
    write_head_record(
        options.record,
        shipped.statistics,
        shipped.removed,
        over=f"{SCENES} random scenes",
        model=shipped.model,
    )
    options.page.write_text(
        with_parts(options.page.read_text("utf-8"), parts), encoding="utf-8"
    )
    return 0


def scenes(key: tuple[int, ...], count: int = SCENES) -> Scenes:
    """Render random scenes."""
    batch = render_batch(key, count, load_sprites())
    return Scenes(to_pixels(batch.images), batch.masks > 0, batch.class_ids[:, 0])


def measured(model: HookedViT, on: Scenes) -> HeadStatistics:
    """Measure a model's heads."""
    return attention_statistics(
        model, on.pixels, masks=on.masks, batch_size=BATCH_SIZE, progress=False
    )


def subject(folder: Path, fresh: Scenes) -> Subject:
    """Measure the heads of a bundle's mouse, and what each of them is good for."""
    ships = folder == SHIPPED
    name = NAME if ships else folder.name
    model = HookedViT(read_bundle(folder), name=name)
    removed = head_ablation(
        model, fresh.pixels, labels=fresh.labels, batch_size=64, progress=False
    )
    title = f"{name}, as it ships" if ships else name
    return Subject(name, title, model, measured(model, fresh), removed)


def columns_table() -> str:
    """List what is measured."""
    lines = [
        f"| `{name}` | {meaning} |"
        for name, meaning in COLUMNS.items()
        if not name.endswith(("_ci95", "_uniform"))
    ]
    return "\n".join([*_heading("column", "meaning"), *lines])


def thresholds_table(statistics: HeadStatistics) -> str:
    """Show each threshold beside the numbers that it was chosen by."""
    columns = ("type", "seen in", "without any", "threshold", "the same as", "median")
    lines = _heading(*columns, "highest three")
    for rule in RULES:
        values = statistics.numbers[rule.statistic].flatten()
        if rule.none is None:
            uniform = statistics.numbers[f"{rule.statistic}_uniform"].flatten()
            none = float(uniform.nan_to_num(0.0)[0])
        else:
            none = rule.none
        known = values[~values.isnan()].sort(descending=True).values
        least = none + rule.threshold * (1 - none)
        spread = (
            f"{known.median():.3f} | {', '.join(f'{v:.3f}' for v in known[:3])}"
            if len(known)
            else "no image has one | "
        )
        beyond = f", and {rule.margin} above `{rule.beyond}`" if rule.beyond else ""
        lines.append(
            f"| {rule.name} | `{rule.statistic}` | {none:.3f} | {rule.threshold} "
            f"| at least {least:.3f}{beyond} | {spread} |"
        )
    return "\n".join(lines)


def atlas(of: Subject) -> str:
    """Give the table of a model's heads."""
    lines = [
        f"**{of.title}**, {SCENES} scenes, {of.removed.accuracy:.1%} right.",
        "",
        *_heading("head", "type", "runner-up", "target's logit", "right answers"),
        *(_line(kind, of.removed) for kind in head_types(of.statistics)),
    ]
    return "\n".join(lines)


def _line(kind: HeadType, removed: HeadAblation) -> str:
    at = (kind.layer, kind.head)
    logit = f"{removed.logit_change[at]:+.2f} ± {removed.logit_change_ci95[at]:.2f}"
    points, half = removed.accuracy_change[at], removed.accuracy_change_ci95[at]
    return (
        f"| {kind.address} | {kind.type} | {kind.runner_up or ''} | {logit} "
        f"| {100 * points:+.1f} ± {100 * half:.1f} points |"
    )


def controls_table(subjects: Sequence[Subject], fresh: Scenes) -> str:
    """Count the types of models that may have some, and of controls."""
    heading = ("model", "heads", "types", "highest `object_auroc`", "false positives")
    lines = _heading(*heading)
    for each in subjects:
        lines.append(_counts(each.name, [each.statistics], None))
        shuffled = [
            measured(*_shuffled(each.model.module, fresh, seed))
            for seed in range(CONTROLS)
        ]
        lines.append(_counts(f"{each.name}, positions shuffled", shuffled, POSITIONAL))
    for name, sharpness in (
        ("random weights", 1),
        (f"random weights, queries and keys {SHARPER} times as large", SHARPER),
    ):
        found = [measured(_random(seed, sharpness), fresh) for seed in range(CONTROLS)]
        every = tuple(rule.name for rule in RULES if rule.name != "uniform")
        lines.append(_counts(name, found, every))
    return "\n".join(lines)


def _counts(
    name: str, found: Sequence[HeadStatistics], false: tuple[str, ...] | None
) -> str:
    names = [kind.type.name for statistics in found for kind in head_types(statistics)]
    highest = max(float(each.numbers["object_auroc"].max()) for each in found)
    wrong = (
        f"{sum(each.startswith(false) for each in names)} of {len(names)}"
        if false
        else ""
    )
    counts = collections.Counter(names).most_common()
    listed = ", ".join(f"{kind} {count}" for kind, count in counts)
    return f"| {name} | {len(names)} | {listed} | {highest:.2f} | {wrong} |"


def _random(seed: int, sharpness: float) -> HookedViT:
    torch.manual_seed(seed)
    module = build_model().eval()
    width = module.embed_dim
    with torch.no_grad():
        for block in module.blocks:
            cast("Any", block).attn.qkv.weight[: 2 * width] *= sharpness
    return HookedViT(module)


def _shuffled(module: Any, fresh: Scenes, seed: int) -> tuple[HookedViT, Scenes]:
    """Lay patches out otherwise, for model and images alike.

    Nothing changes but where a patch is said to be: the model computes the same, and
    what is found of rows, columns, edges and offsets is found by chance.
    """
    other = copy.deepcopy(module)
    rows, cols = other.patch_embed.grid_size
    order = torch.randperm(rows * cols, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        positions = other.pos_embed[:, other.num_prefix_tokens :]
        positions.copy_(positions[:, order])
    height, width = other.patch_embed.patch_size

    def laid_out(pictures: Tensor) -> Tensor:
        by_patch = pictures.unfold(-2, height, height).unfold(-2, width, width)
        moved = by_patch.flatten(-4, -3)[..., order, :, :]
        whole = moved.unflatten(-3, (rows, cols)).transpose(-3, -2)
        return whole.flatten(-4, -3).flatten(-2)

    return HookedViT(other), Scenes(
        laid_out(fresh.pixels), laid_out(fresh.masks), fresh.labels
    )


def _heading(*columns: str) -> list[str]:
    return [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]


def with_parts(page: str, parts: dict[str, str]) -> str:
    """Give the page with what stands between its marks replaced."""
    for name, text in parts.items():
        mark = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- end -->)", re.DOTALL)
        page, count = mark.subn(lambda m, t=text: cast("str", m[1] + t + m[2]), page)
        if count != 1:
            raise ValueError(f"the page has {count} places for {name!r}, not one")
    return page


if __name__ == "__main__":
    raise SystemExit(main())
