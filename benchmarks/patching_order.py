"""Write the table of ``docs/activation-patching.md``.

``python -m benchmarks.patching_order``; some minutes on one core. How often the
heads that matter most are among the first that a sweep of emoji-vit runs. Random scenes
need Debian's fonts-noto-color-emoji.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from benchmarks.head_atlas import with_parts
from vitwidgets import load_model
from vitwidgets.methods.activation_patching import activation_patching, patching_sites
from vitwidgets.methods.attribution_patching import rank_correlation
from vitwidgets.methods.share_interval import wilson_interval
from vitwidgets.mice.batches import render_batch, to_pixels
from vitwidgets.mice.sprites import load_sprites

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from vitwidgets.models import ActivationCache, HookedViT

PAGE = Path(__file__).parent.parent / "docs" / "activation-patching.md"
FRESH_KEY = (782, 0)
"""First of the keys of scenes that nothing was trained, fitted or chosen on."""
PAIRS = 100
CHUNK = 20
STRONGEST = 5
DIRECTIONS = ("denoising", "noising")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.patching_order")
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    options = parser.parse_args(arguments)
    model = load_model()
    found: dict[str, list[tuple[int, float]]] = {name: [] for name in DIRECTIONS}
    for base, donor in itertools.islice(pairs(model), options.pairs):
        for direction in DIRECTIONS:
            found[direction].append(measured(model, base, donor, direction))
    page = options.page.read_text("utf-8")
    options.page.write_text(with_parts(page, {"order": table(found)}), "utf-8")
    return 0


def pairs(model: HookedViT) -> Iterator[tuple[ActivationCache, ActivationCache]]:
    """Give runs of two scenes each that the model takes for different things."""
    sprites = load_sprites()
    names = patching_sites(model, "heads")
    for number in itertools.count():
        images = to_pixels(render_batch((*FRESH_KEY, number), CHUNK, sprites).images)
        for base, donor in zip(images[::2], images[1::2], strict=True):
            runs = [model.run_with_cache(image[None], names) for image in (base, donor)]
            (ours, _), (theirs, _) = runs
            if int(ours.argmax()) != int(theirs.argmax()):
                yield runs[0][1], runs[1][1]


def measured(
    model: HookedViT, base: ActivationCache, donor: ActivationCache, direction: str
) -> tuple[int, float]:
    """Give how many of the strongest are in the first quarter; the rank correlation."""
    sweep = activation_patching(model, base, donor, over="heads", direction=direction)
    first = set(sweep.preview.order()[: -(-sweep.total // 4)])
    exact = sweep.run().values
    change = (exact - sweep.untouched).abs().flatten()
    strongest = change.topk(STRONGEST).indices.tolist()
    likeness = rank_correlation(
        (sweep.preview.values - sweep.untouched).abs(), change.view(exact.shape)
    )
    return sum(unit in first for unit in strongest), likeness


def table(found: dict[str, list[tuple[int, float]]]) -> str:
    """Give the table, one row a direction."""
    lines = [
        "| direction | pairs | all five in the first quarter | of the five | ranks |",
        "|---|---|---|---|---|",
    ]
    for direction, results in found.items():
        hits = torch.tensor([count for count, _ in results])
        likeness = torch.tensor([value for _, value in results])
        whole = int((hits == STRONGEST).sum())
        low, high = wilson_interval(whole, len(hits))
        lines.append(
            f"| {direction} | {len(hits)} | {whole / len(hits):.0%} "
            f"({low:.0%} to {high:.0%}) | {float(hits.double().mean()):.2f} "
            f"| {_middle(likeness)} |"
        )
    return "\n".join(lines)


def _middle(values: Tensor) -> str:
    low, mid, high = values.quantile(torch.tensor([0.1, 0.5, 0.9])).tolist()
    return f"median {mid:.2f} (tenths {low:.2f} to {high:.2f})"


if __name__ == "__main__":
    raise SystemExit(main())
