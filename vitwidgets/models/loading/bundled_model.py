"""The model that comes with the package, from a folder with its card and weights."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

from vitwidgets.images import Preprocessing
from vitwidgets.models.hooked_vit import HookedViT
from vitwidgets.models.loading.checkpoint_file import read_checkpoint
from vitwidgets.models.loading.checkpoint_fit import compare, misfit_error
from vitwidgets.models.loading.errors import (
    CheckpointError,
    DamagedModelError,
    one_line,
)
from vitwidgets.models.loading.image_sizes import require_whole_patches
from vitwidgets.models.loading.load_request import LoadRequest
from vitwidgets.models.loading.structure import without_numbers

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from timm.models.vision_transformer import VisionTransformer
    from torch import Tensor

BUNDLED = "emoji-vit"
"""Name of the model that comes with the package."""

_CARD_FORMAT = 1
_CARD_KEYS = ("format", "architecture", "preprocessing", "classes", "weights")


def load_bundled(folder: Path | Traversable, *, pretrained: bool = True) -> HookedViT:
    """Load ``emoji-vit`` from a folder that holds its card and weights.

    Raises
    ------
    DamagedModelError
        If a file is missing, or card and weights do not fit together.
    """
    return _load(folder, LoadRequest(BUNDLED, trained=pretrained))


def load_shipped(request: LoadRequest) -> HookedViT:
    """Load ``emoji-vit`` from the package.

    Raises
    ------
    DamagedModelError
        If a file of the package is missing or damaged.
    CheckpointError
        If a file of weights was given that is not of this architecture.
    ValueError
        If its patches do not fill the image size.
    """
    return _load(resources.files("vitwidgets.models") / "bundled", request)


def _load(folder: Path | Traversable, request: LoadRequest) -> HookedViT:
    card = _card(folder)
    try:
        module = _module(folder, card, request)
        classes: list[dict[str, str]] = card["classes"]
        names = [entry["name"] for entry in classes]
        emoji = [entry["emoji"] for entry in classes]
        preprocessing = Preprocessing.from_timm_config(card["preprocessing"])
    except (TypeError, ValueError, KeyError, RuntimeError) as error:
        if isinstance(error, (DamagedModelError, CheckpointError)):
            raise
        reason = one_line(error)
        raise _damaged(
            f"its card and weights do not fit together ({reason})"
        ) from error
    if len(names) != module.num_classes:
        raise _damaged(
            f"its card names {len(names)} classes, its head has {module.num_classes}"
        )
    if request.image_size is not None:
        _resize(module, request.image_size)
        preprocessing = dataclasses.replace(
            preprocessing, input_size=request.image_size
        )
    return HookedViT(
        request.finished(module),
        preprocessing=preprocessing,
        class_names=names,
        class_emoji=emoji,
        name=BUNDLED,
    )


def _module(
    folder: Path | Traversable, card: dict[str, Any], request: LoadRequest
) -> VisionTransformer:
    from timm.models.vision_transformer import VisionTransformer  # noqa: PLC0415

    if not request.trained:
        return VisionTransformer(**card["architecture"])
    # On the meta device nothing is initialised, so torch's random state and half a
    # second are left alone.
    with without_numbers():
        module = VisionTransformer(**card["architecture"])
    if request.file is None:
        state = _weights(folder, card)
    else:
        state = _float32(read_checkpoint(request.file))
        misfit = compare(state, module)
        if not misfit.nothing:
            raise misfit_error(request.file, BUNDLED, misfit)
    module.load_state_dict(state, assign=True)
    return module


def _resize(module: VisionTransformer, size: tuple[int, int]) -> None:
    require_whole_patches(size, cast("Any", module).patch_embed.patch_size)
    module.set_input_size(img_size=size)


def _card(folder: Path | Traversable) -> dict[str, Any]:
    try:
        card: Any = json.loads(_contents(folder, f"{BUNDLED}.json"))
    except ValueError as error:
        raise _damaged(f"{BUNDLED}.json is not JSON ({error})") from error
    if not isinstance(card, dict):
        raise _damaged(f"{BUNDLED}.json holds no JSON object")
    missing = [key for key in _CARD_KEYS if key not in card]
    if missing:
        raise _damaged(f"{BUNDLED}.json lacks {', '.join(missing)}")
    if card["format"] != _CARD_FORMAT:
        raise _damaged(
            f"{BUNDLED}.json has format {card['format']!r}, not {_CARD_FORMAT}"
        )
    return cast("dict[str, Any]", card)


def _weights(folder: Path | Traversable, card: dict[str, Any]) -> dict[str, Tensor]:
    """Read the weights, checked against the card's digest, as float32."""
    from safetensors import SafetensorError  # noqa: PLC0415
    from safetensors.torch import load  # noqa: PLC0415

    file = card["weights"]["file"]
    contents = _contents(folder, file)
    digest = hashlib.sha256(contents).hexdigest()
    if digest != card["weights"]["sha256"]:
        raise _damaged(
            f"{file} has SHA-256 {digest}, its card says {card['weights']['sha256']}"
        )
    try:
        return _float32(load(contents))
    except SafetensorError as error:
        raise _damaged(f"{file} is no safetensors file ({error})") from error


def _float32(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.float() for name, tensor in state.items()}


def _contents(folder: Path | Traversable, file: str) -> bytes:
    try:
        return (folder / file).read_bytes()
    except OSError as error:
        raise _damaged(f"{file} cannot be read ({error.strerror})") from error


def _damaged(what: str) -> DamagedModelError:
    return DamagedModelError(
        f"the bundled model {BUNDLED!r} is damaged: {what}; install vitwidgets again "
        "(pip install --force-reinstall vitwidgets)."
    )
