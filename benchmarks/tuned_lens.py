"""Fit the translators that ship, and write the table of ``docs/tuned-lens.md``.

``python -m benchmarks.tuned_lens``; some minutes on one core. Random scenes need
Debian's fonts-noto-color-emoji.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from benchmarks.head_atlas import with_parts
from vitwidgets import load_model
from vitwidgets.methods.lens_divergence import lens_divergence
from vitwidgets.methods.tuned_lens import Translators
from vitwidgets.methods.tuning.training import train_tuned_lens
from vitwidgets.mice.batches import render_batch, to_pixels
from vitwidgets.mice.bundle import NAME, SHIPPED
from vitwidgets.mice.sprites import load_sprites

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.methods.tuned_lens import TunedLens
    from vitwidgets.methods.tuning.divergence_by_layer import LensDivergence

PAGE = Path(__file__).parent.parent / "docs" / "tuned-lens.md"
LENS = SHIPPED / f"{NAME}.lens.safetensors"

FITTED_KEY = (779, 0)
"""Key of the scenes that translators are fitted to; never used for scoring."""
FRESH_KEY = (780, 0)
FITTED = 16_000
FRESH = 2_000
STEPS = 3_000
BATCH_SIZE = 16
LEARNING_RATE = 3e-3


class Scenes(Sequence["Tensor"]):
    """Random scenes, made what the model takes when they are asked for."""

    def __init__(self, key: tuple[int, ...], count: int) -> None:
        self._pictures = render_batch(key, count, load_sprites()).images

    def __len__(self) -> int:
        """Return the number of scenes."""
        return len(self._pictures)

    def __getitem__(self, index: int) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return one scene, ``(channel, height, width)``."""
        return to_pixels(self._pictures[index][None])[0]


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, measure, and write the lens and the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tuned_lens")
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--lens", type=Path, default=LENS)
    options = parser.parse_args(arguments)
    model, fresh = load_model(), Scenes(FRESH_KEY, FRESH)
    fitted = train_tuned_lens(
        model,
        Scenes(FITTED_KEY, FITTED),
        held_out=fresh,
        steps=STEPS,
        batch_size=BATCH_SIZE,
        learning_rate=LEARNING_RATE,
    )
    rounded = in_half_precision(fitted)
    measured = lens_divergence(model, fresh, rounded, batch_size=BATCH_SIZE)
    replace(rounded, divergence=measured).save(options.lens)
    parts = {
        "fit": fit_in_words(fitted, measured, options.lens.stat().st_size),
        "divergence": divergence_table(measured),
    }
    options.page.write_text(
        with_parts(options.page.read_text("utf-8"), parts), encoding="utf-8"
    )
    return 0


def in_half_precision(lens: TunedLens) -> TunedLens:
    """Give the lens with its translators rounded to float16."""
    translators = {
        kind: Translators(each.weight.half(), each.bias.half())
        for kind, each in lens.translators.items()
    }
    return replace(lens, translators=translators)


def fit_in_words(fitted: TunedLens, rounded: LensDivergence, size: int) -> str:
    """Say how the lens was fitted, and what rounding it to float16 changed."""
    assert fitted.training is not None  # noqa: S101
    assert fitted.divergence is not None  # noqa: S101
    before = torch.stack([*fitted.divergence.tuned.values()])
    change = (torch.stack([*rounded.tuned.values()]) - before).abs().max()
    training = fitted.training
    return (
        f"Fitted to {training.n_images:,} random scenes: {training.steps:,} steps of "
        f"{training.batch_size}, learning rate {training.learning_rate:g}. The file "
        f"keeps float16, {size / 1000:.0f} kB; no number below changed by more than "
        f"{change:.1g} nats through that."
    )


def divergence_table(measured: LensDivergence) -> str:
    """Give the KL by layer as a table."""
    columns = measured.columns()
    lines = [f"| after | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    for row, name in enumerate(measured.layer_names()):
        numbers = " | ".join(f"{each[row]:.3f}" for each in columns.values())
        lines.append(f"| {name} | {numbers} |")
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
