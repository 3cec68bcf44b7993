"""The files that ship: weights in half precision and a card beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from safetensors.torch import save

from vitwidgets.models.loading.load_model import load_bundled

from .architecture import ARCHITECTURE
from .batches import MEAN, STD
from .cards import LICENCE, figures_of, training_of, weights_of, write_card
from .evaluation import DEFINITIONS, EVALUATION_SEED, THRESHOLDS
from .scenes import SIDE
from .vocabulary import VOCABULARY

if TYPE_CHECKING:
    from timm.models import VisionTransformer

    from .evaluation import Tally
    from .training_state import TrainingState

NAME = "emoji-vit"

SHIPPED = Path(__file__).parent.parent / "models" / "bundled"
"""Where the bundle that comes with the package lies."""

_FORMAT = 1
_DESCRIPTION = (
    "A ViT mouse: a tiny vision transformer that names emoji in cluttered 64x64 "
    "scenes. A teaching animal, not a model of the world."
)
_OBJECTIVE = (
    "soft cross-entropy; each class is weighted by its share of the visible object "
    "area; the class token is read and nothing else, no loss on patch tokens"
)
_HOW = (
    "python -m vitwidgets.mice train, with the recipes' numbers as options, in turn; "
    "each but the first with --start-from the checkpoint of the one before"
)


class BundleError(RuntimeError):
    """There is no bundle in a folder."""


def write_bundle(
    folder: Path, state: TrainingState, *, font: str | Path, device: str
) -> None:
    """Write the weights of a trained model and a card without figures yet.

    Parameters
    ----------
    folder
        Created when missing; a bundle in it is replaced.
    state
        Of the trained model, to be read only.
    font
        The font it was trained on; the card records its digest.
    device
        In words, what it was trained on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / f"{NAME}.safetensors"
    halves = {
        name: tensor.detach().to("cpu", torch.float16).contiguous()
        for name, tensor in state.model.state_dict().items()
    }
    weights.write_bytes(save(halves))
    write_card(folder / f"{NAME}.json", _card(weights, state, font, device))


def read_bundle(folder: Path) -> VisionTransformer:
    """Load the model of a bundle as `vitwidgets.load_model` loads the shipped one.

    Raises
    ------
    BundleError
        If there is no bundle in the folder.
    DamagedModelError
        If its card and weights do not fit together.
    """
    if not (folder / f"{NAME}.json").is_file():
        raise BundleError(
            f"no {NAME}.json in {folder}. Write a bundle with: "
            f"python -m vitwidgets.mice train --output {folder}"
        )
    return cast("VisionTransformer", load_bundled(folder).module)


def record_evaluation(
    folder: Path, figures: dict[str, Tally], *, count: int, seed: int
) -> None:
    """Write the figures of an evaluation into the card of a bundle."""
    path = folder / f"{NAME}.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    card["evaluation"] = {
        "scenes": count,
        "seed": seed,
        "scene_keys": [EVALUATION_SEED, seed, "chunk"],
        "figures": figures_of(figures, DEFINITIONS, THRESHOLDS),
    }
    write_card(path, card)


def _card(
    weights: Path, state: TrainingState, font: str | Path, device: str
) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "name": NAME,
        "description": _DESCRIPTION,
        "architecture": ARCHITECTURE,
        "preprocessing": {
            "input_size": [3, SIDE, SIDE],
            "interpolation": "bicubic",
            "crop_pct": 1.0,
            "crop_mode": "center",
            "mean": [MEAN] * 3,
            "std": [STD] * 3,
        },
        "classes": [thing._asdict() for thing in VOCABULARY],
        "training": {
            "how": _HOW,
            "objective": _OBJECTIVE,
            "parameters": sum(p.numel() for p in state.model.parameters()),
            **training_of(
                state,
                font=font,
                device=device,
                packages=("torch", "timm", "numpy", "pillow"),
            ),
        },
        "evaluation": None,
        "weights": weights_of(weights),
        "licence": LICENCE,
    }
