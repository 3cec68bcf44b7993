"""Cards: what is told of a model beside its weights."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .evaluation import Tally
    from .progress import Training

LICENCE = {
    "weights": "MIT, as the package",
    "drawings trained on": (
        "Noto Color Emoji, copyright Google Inc., SIL Open Font License 1.1"
    ),
}


def write_card(path: Path, card: dict[str, Any]) -> None:
    """Write a card, replacing another."""
    text = json.dumps(card, indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def training_of(
    state: Training[Any, Any], *, font: str | Path, device: str, packages: Sequence[str]
) -> dict[str, Any]:
    """Tell how a model was trained.

    Parameters
    ----------
    state
        Of the trained model.
    font
        The font it was trained on; the card records its digest.
    device
        In words, what it was trained on.
    packages
        Those whose versions matter.
    """
    recipes = (*state.earlier, state.recipe)
    return {
        "recipes": [asdict(recipe) for recipe in recipes],
        "optimizer": "AdamW, betas 0.9 and 0.98",
        "precision": "bfloat16 autocast, float32 weights",
        "scenes_seen": sum(recipe.steps * recipe.batch for recipe in recipes),
        "seconds": round(state.seconds),
        "device": device,
        "font": {"file": Path(font).name, "sha256": digest(Path(font))},
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in packages},
        },
    }


def weights_of(path: Path) -> dict[str, Any]:
    """Describe a file of weights in half precision."""
    return {
        "file": path.name,
        "dtype": "float16",
        "bytes": path.stat().st_size,
        "sha256": digest(path),
    }


def figures_of(
    figures: Mapping[str, Tally],
    definitions: Mapping[str, str],
    thresholds: Mapping[str, float],
) -> dict[str, dict[str, Any]]:
    """Describe measured figures, with what they have to reach where that is asked."""
    described: dict[str, dict[str, Any]] = {}
    for name, tally in figures.items():
        described[name] = {
            "value": round(tally.rate, 4),
            "hits": tally.hits,
            "trials": tally.trials,
        }
        if name in thresholds:
            described[name]["at_least"] = thresholds[name]
        described[name]["definition"] = definitions[name]
    return described


def digest(path: Path) -> str:
    """Give the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
