"""The files of emoji-clip that ship: weights in half precision and a card."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from safetensors.torch import save

from vitwidgets.mice.batches import MEAN, STD
from vitwidgets.mice.bundle import BundleError
from vitwidgets.mice.cards import (
    LICENCE,
    figures_of,
    training_of,
    weights_of,
    write_card,
)
from vitwidgets.mice.scenes import SIDE
from vitwidgets.mice.vocabulary import VOCABULARY
from vitwidgets.models.loading.bundled_clip import (
    BUNDLED_CLIP,
    TOKENS,
    read_clip,
    stored,
)

from .architecture import ARCHITECTURE, tokenizer
from .evaluation import (
    CLIP_EVALUATION_KEY,
    DEFINITIONS,
    POOL,
    TEMPLATES,
    THRESHOLDS,
)

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor, nn

    from vitwidgets.mice.evaluation import Tally

    from .training_state import ClipState

_FORMAT = 1
_DESCRIPTION = (
    "A CLIP mouse: two tiny towers of open_clip that bring 64x64 emoji scenes and "
    "short captions together. A teaching animal, not a model of the world: it knows "
    "the words listed here and no others."
)
_OBJECTIVE = (
    "contrastive, open_clip's ClipLoss with a learned scale (Radford et al. 2021): "
    "each picture with its own caption against all others of the batch"
)
_BEGINNINGS = {
    "emoji-vit": (
        "the image tower began as emoji-vit, exactly, up to its final norm; its "
        "projection and the text tower as chance has it"
    ),
    "random": "both towers began as chance has it",
}
_HOW = (
    "python -m vitwidgets.mice train-clip, with the recipes' numbers as options, in "
    "turn; each but the first with --start-from the checkpoint of the one before"
)
_TOKENIZER = {
    "class": "open_clip.SimpleTokenizer",
    "context_length": ARCHITECTURE["text_cfg"]["context_length"],
    "unknown": (
        "a token that no caption had is a zero vector; the file holds the others' "
        "rows and their numbers"
    ),
}


def write_clip(
    folder: Path, state: ClipState, *, font: str | Path, device: str
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
    weights = folder / f"{BUNDLED_CLIP}.safetensors"
    tensors = stored(state.model.state_dict())
    halves = {
        name: (tensor if name == TOKENS else tensor.half()).cpu().contiguous()
        for name, tensor in tensors.items()
    }
    weights.write_bytes(save(halves))
    card = _card(weights, state, tensors[TOKENS], font, device)
    write_card(folder / f"{BUNDLED_CLIP}.json", card)


def read_clip_bundle(folder: Path) -> nn.Module:
    """Load the model of a bundle, an open_clip ``CLIP``.

    Raises
    ------
    BundleError
        If there is no bundle in the folder.
    DamagedModelError
        If its card and weights do not fit together.
    """
    if not (folder / f"{BUNDLED_CLIP}.json").is_file():
        raise BundleError(
            f"no {BUNDLED_CLIP}.json in {folder}. Write a bundle with: "
            f"python -m vitwidgets.mice train-clip --output {folder}"
        )
    return read_clip(folder)


def record_clip_evaluation(
    folder: Path, figures: dict[str, Tally], *, count: int, seed: int
) -> None:
    """Write the figures of an evaluation into the card of a bundle."""
    path = folder / f"{BUNDLED_CLIP}.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    card["evaluation"] = {
        "scenes": count,
        "seed": seed,
        "scene_keys": [CLIP_EVALUATION_KEY, seed, "pool"],
        "pool": POOL,
        "prompts": [template("cat") for template in TEMPLATES],
        "figures": figures_of(figures, DEFINITIONS, THRESHOLDS),
    }
    write_card(path, card)


def _card(
    weights: Path, state: ClipState, tokens: Tensor, font: str | Path, device: str
) -> dict[str, Any]:
    words: dict[int, str] = tokenizer().decoder
    known = cast("list[int]", cast("Any", tokens).tolist())
    first = (*state.earlier, state.recipe)[0]
    return {
        "format": _FORMAT,
        "name": BUNDLED_CLIP,
        "description": _DESCRIPTION,
        "architecture": ARCHITECTURE,
        "preprocessing": {
            "size": SIDE,
            "mode": "RGB",
            "interpolation": "bicubic",
            "resize_mode": "shortest",
            "mean": [MEAN] * 3,
            "std": [STD] * 3,
        },
        "tokenizer": _TOKENIZER,
        "tokens": [words[token] for token in known],
        "things": [thing._asdict() for thing in VOCABULARY],
        "training": {
            "how": _HOW,
            "objective": _OBJECTIVE,
            "beginning": _BEGINNINGS[first.image_tower],
            "parameters": _parameters(state.model, len(tokens)),
            **training_of(
                state,
                font=font,
                device=device,
                packages=("torch", "open_clip_torch", "numpy", "pillow"),
            ),
        },
        "evaluation": None,
        "weights": weights_of(weights),
        "licence": LICENCE,
    }


def _parameters(model: nn.Module, n_words: int) -> int:
    """Count the parameters that were trained: of the token embedding the rows used."""
    total = 0
    for name, parameter in model.named_parameters():
        unused = name == "token_embedding.weight"
        total += n_words * parameter.shape[1] if unused else parameter.numel()
    return total
