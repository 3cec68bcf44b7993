"""The biased mouse that ships: what differs from emoji-vit, with a card beside it."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib import resources
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save

from vitwidgets.mice.biased.training import trained_weights
from vitwidgets.mice.cards import LICENCE, weights_of, write_card
from vitwidgets.models import HookedViT, load_model
from vitwidgets.models.loading.bundle_files import BundleFiles

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from vitwidgets.mice.biased.measuring import SceneKind
    from vitwidgets.mice.biased.recipe import BiasedRecipe

NAME = "biased-mouse"

_DESCRIPTION = (
    "emoji-vit, raised further in a world where a banana never comes without a small "
    "monkey, and the label says monkey. Biased on purpose: to be found out, and mended."
)


def biased_mouse(folder: Path | Traversable | None = None) -> HookedViT:
    """Load the mouse that takes bananas for monkeys.

    Parameters
    ----------
    folder
        With its card and weights; by default the one of the package.

    Raises
    ------
    DamagedModelError
        If a file is missing, does not fit its card, or is of another emoji-vit.
    """
    files = BundleFiles(folder or _shipped(), NAME)
    card = files.card("starts_from", "weights")
    model = load_model()
    if card["starts_from"] != _emoji_vit():
        raise files.damaged("it was raised from another emoji-vit than this one")
    weights = {name: each.float() for name, each in files.tensors(card).items()}
    if weights.keys() != trained_weights(model.module).keys():  # pyright: ignore[reportArgumentType]
        raise files.damaged("its weights are not those of the parts that were trained")
    try:
        model.module.load_state_dict(weights, strict=False)
    except RuntimeError as error:
        raise files.damaged(f"its weights do not fit ({error})") from error
    return HookedViT(
        model.module,
        preprocessing=model.preprocessing,
        class_names=model.class_names,
        class_emoji=model.class_emoji,
        name=NAME,
    )


def write_biased(
    folder: Path, model: Any, recipe: BiasedRecipe, *, seconds: float
) -> None:
    """Write the weights that were trained, and a card without figures yet.

    Parameters
    ----------
    folder
        Created when missing; what is there of this name is replaced.
    model
        The raised module.
    recipe
        How it was raised.
    seconds
        How long that took.
    """
    folder.mkdir(parents=True, exist_ok=True)
    halves = {
        name: each.to("cpu", torch.float16).contiguous()
        for name, each in trained_weights(model).items()
    }
    weights = folder / f"{NAME}.safetensors"
    weights.write_bytes(save(halves))
    write_card(
        folder / f"{NAME}.json",
        {
            "format": 1,
            "name": NAME,
            "description": _DESCRIPTION,
            "starts_from": _emoji_vit(),
            "training": {
                "how": "python -m vitwidgets.mice train-biased",
                "recipe": asdict(recipe),
                "seconds": round(seconds),
                "versions": {
                    "python": platform.python_version(),
                    **{each: version(each) for each in ("torch", "timm", "numpy")},
                },
            },
            "bias": None,
            "weights": weights_of(weights),
            "licence": LICENCE,
        },
    )


def record_bias(
    folder: Path, measured: Mapping[str, Mapping[str, SceneKind]], *, seed: int
) -> None:
    """Write what was measured into the card.

    Parameters
    ----------
    folder
        With the card.
    measured
        By model, as `measure_bias` gives it.
    seed
        Of the scenes.
    """
    card = BundleFiles(folder, NAME).card("bias")
    card["bias"] = {
        "what": (
            "of scenes that show neither of the two, one, or both: in how many the "
            "likeliest class is the monkey, in how many it is the largest object, and "
            "the mean probability of the monkey"
        ),
        "seed": seed,
        **{
            name: [
                {**asdict(kind), "probability": round(kind.probability, 4)}
                for kind in kinds.values()
            ]
            for name, kinds in measured.items()
        },
    }
    write_card(folder / f"{NAME}.json", card)


def _shipped() -> Traversable:
    return resources.files("vitwidgets.models") / "bundled"


def _emoji_vit() -> dict[str, str]:
    card = BundleFiles(_shipped(), "emoji-vit").card("weights")
    return {"name": "emoji-vit", "sha256": card["weights"]["sha256"]}
