"""Write the tables of ``docs/emergent-segmentation.md``.

``python -m benchmarks.lens_segmentation``; some minutes on one core. Random scenes
need Debian's fonts-noto-color-emoji.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import torch

from benchmarks.head_atlas import with_parts
from vitwidgets import load_model
from vitwidgets.methods.lens_segmentation import enlarged, lens_masks, mask_overlap
from vitwidgets.methods.logit_lens import LogitLens
from vitwidgets.methods.object_overlap import auroc, patch_labels
from vitwidgets.methods.tuning.shipped import shipped_lens
from vitwidgets.mice.batches import render_batch, to_pixels
from vitwidgets.mice.sprites import load_sprites
from vitwidgets.mice.vocabulary import VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from vitwidgets.methods.lens_readings import LensReadings
    from vitwidgets.mice.batches import SceneBatch
    from vitwidgets.models import HookedViT

PAGE = Path(__file__).parent.parent / "docs" / "emergent-segmentation.md"

FRESH_KEY = (781, 0)
"""First of the keys of scenes that nothing was trained, fitted or chosen on."""
SCENES = 2_000
CHUNK = 100
SHOWN_CLASSES = 6
BY_CLASS = "own norm"

IOU = "IoU"
ALIKE = "pixels right"
OWN = "its patches that name it"
OTHER = "other patches that do"
ORDER = "a patch of its before another"
CLS = "class token names it"

Columns: TypeAlias = dict[str, "Tensor"]
"""By name numbers of each scene and mask, ``(scene, mask)``."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lens_segmentation")
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--scenes", type=int, default=SCENES)
    options = parser.parse_args(arguments)
    model, sprites = load_model(), load_sprites()
    found: dict[str, list[Columns]] = {}
    classes: list[Tensor] = []
    for start in range(0, options.scenes, CHUNK):
        key = (*FRESH_KEY, start // CHUNK)
        batch = render_batch(key, min(CHUNK, options.scenes - start), sprites)
        classes.append(batch.class_ids[:, 0])
        for name, columns in (of_lenses(model, batch) | of_references(batch)).items():
            found.setdefault(name, []).append(columns)
    parts = tables({n: _joined(some) for n, some in found.items()}, torch.cat(classes))
    options.page.write_text(
        with_parts(options.page.read_text("utf-8"), parts), encoding="utf-8"
    )
    return 0


def of_lenses(model: HookedViT, batch: SceneBatch) -> dict[str, Columns]:
    """Compare each lens's mask of the main object with the true one, at each layer."""
    with torch.no_grad():
        _, cache = model.run_with_cache(to_pixels(batch.images), "*.hook_resid_*")
    lenses = {
        BY_CLASS: LogitLens(model, cache),
        "final norm": LogitLens(model, cache, norm="final"),
        "tuned lens": LogitLens(model, cache, translators=shipped_lens(model)),
    }
    every = range(model.config.n_classes)
    return {
        name: lens_columns(model, lens.readings(top=1, classes=every), batch)
        for name, lens in lenses.items()
    }


def lens_columns(
    model: HookedViT, readings: LensReadings, batch: SceneBatch
) -> Columns:
    """Give the columns of one lens; a mask is a layer."""
    size, truth = model.grid.patch_size, batch.masks == 1
    main = batch.class_ids[:, 0].tolist()
    by_class = {each: lens_masks(readings, [each], model.grid) for each in set(main)}
    masks = torch.stack([by_class[each][scene] for scene, each in enumerate(main)])
    heat = readings.class_probabilities[:, :, model.grid.n_prefix_tokens :]
    probability = torch.stack(
        [heat[scene, ..., each] for scene, each in enumerate(main)]
    )
    labels = torch.stack([patch_labels(mask, size) for mask in truth])[:, None]
    named = masks.flatten(-2)
    overlap = mask_overlap(
        enlarged(masks, size, model.config.image_size), truth[:, None]
    )
    return {
        IOU: overlap.iou,
        ALIKE: overlap.accuracy,
        OWN: (named & labels).sum(-1) / labels.sum(-1),
        OTHER: (named & ~labels).sum(-1) / (~labels).sum(-1),
        ORDER: auroc(probability, labels.expand(probability.shape)),
        CLS: (readings.top_classes[:, :, 0, 0] == batch.class_ids[:, :1]).float(),
    }


def of_references(batch: SceneBatch) -> dict[str, Columns]:
    """Compare masks that take no model with the true one."""
    truth = batch.masks == 1
    found: dict[str, Columns] = {}
    for name, mask in reference_masks(truth).items():
        overlap = mask_overlap(mask, truth)
        found[name] = {IOU: overlap.iou[:, None], ALIKE: overlap.accuracy[:, None]}
    return found


def reference_masks(truth: Tensor, patch_side: int = 8) -> dict[str, Tensor]:
    """Give masks of the same scenes, bool ``(scene, height, width)``."""
    size, image_size = (patch_side, patch_side), (truth.shape[1], truth.shape[2])
    grid = [side // patch_side for side in image_size]
    own = torch.stack([patch_labels(mask, size).unflatten(0, grid) for mask in truth])
    return {
        "no patch": torch.zeros_like(truth),
        "every patch": torch.ones_like(truth),
        "a square in the middle, as large as the object": torch.stack(
            [middle_square(mask) for mask in truth]
        ),
        "the object's own patches, the best there is": enlarged(own, size, image_size),
    }


def middle_square(mask: Tensor) -> Tensor:
    """Give a square in the middle, of about the area of a mask."""
    height, width = mask.shape
    side = min(round(math.sqrt(int(mask.sum()))), height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = torch.zeros_like(mask)
    square[top : top + side, left : left + side] = True
    return square


def tables(found: dict[str, Columns], classes: Tensor) -> dict[str, str]:
    """Give the page's tables by the names of their places."""
    lenses = {name: columns for name, columns in found.items() if ORDER in columns}
    return {
        "scenes": _scenes_in_words(lenses),
        "references": table(
            ["mask", IOU, ALIKE],
            [
                [name, *_means(columns, 0)]
                for name, columns in found.items()
                if name not in lenses
            ],
        ),
        "layers": table(
            ["lens", "after", *next(iter(lenses.values()))],
            [
                [name, "embedding" if not row else f"L{row - 1}", *_means(columns, row)]
                for name, columns in lenses.items()
                for row in range(columns[IOU].shape[1])
            ],
        ),
        "classes": classes_table(lenses[BY_CLASS], classes),
    }


def classes_table(columns: Columns, classes: Tensor) -> str:
    """Show the classes that are found best after the last block, and worst."""
    by_class = {
        each: {name: values[classes == each] for name, values in columns.items()}
        for each in classes.unique().tolist()
    }
    best_first = sorted(by_class, key=lambda each: -by_class[each][IOU][:, -1].mean())
    shown = dict.fromkeys(best_first[:SHOWN_CLASSES] + best_first[-SHOWN_CLASSES:])
    return table(
        ["main object", "scenes", *columns],
        [
            [
                f"{VOCABULARY[each].emoji} {VOCABULARY[each].name}",
                str(int((classes == each).sum())),
                *_means(by_class[each], -1),
            ]
            for each in shown
        ],
    )


def table(heading: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Give a table in Markdown."""
    rule = ["---"] * len(heading)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heading, rule, *lines))


def _scenes_in_words(lenses: dict[str, Columns]) -> str:
    errors = [
        values[IOU].std(0) / len(values[IOU]) ** 0.5 for values in lenses.values()
    ]
    count = len(lenses[BY_CLASS][IOU])
    return (
        f"Means over {count:,} scenes; the standard error of a mean IoU of a lens "
        f"is at most {torch.cat(errors).max():.3f}."
    )


def _joined(parts: Sequence[Columns]) -> Columns:
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def _means(columns: Columns, mask: int) -> list[str]:
    """Give means over the scenes that have a number."""
    return [f"{values[:, mask].nanmean():.3f}" for values in columns.values()]


if __name__ == "__main__":
    raise SystemExit(main())
