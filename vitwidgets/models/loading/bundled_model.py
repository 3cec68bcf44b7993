"""The model that comes with the package, from a folder with its card and weights."""

from __future__ import annotations

import dataclasses
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

from vitwidgets.images import Preprocessing
from vitwidgets.models.hooked_vit import HookedViT
from vitwidgets.models.loading.bundle_files import BundleFiles
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
    files = BundleFiles(folder, BUNDLED)
    card = files.card("architecture", "preprocessing", "classes", "weights")
    try:
        module = _module(files, card, request)
        classes: list[dict[str, str]] = card["classes"]
        names = [entry["name"] for entry in classes]
        emoji = [entry["emoji"] for entry in classes]
        preprocessing = Preprocessing.from_timm_config(card["preprocessing"])
    except (TypeError, ValueError, KeyError, RuntimeError) as error:
        if isinstance(error, (DamagedModelError, CheckpointError)):
            raise
        reason = one_line(error)
        raise files.damaged(
            f"its card and weights do not fit together ({reason})"
        ) from error
    if len(names) != module.num_classes:
        raise files.damaged(
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
    files: BundleFiles, card: dict[str, Any], request: LoadRequest
) -> VisionTransformer:
    from timm.models.vision_transformer import VisionTransformer  # noqa: PLC0415

    if not request.trained:
        return VisionTransformer(**card["architecture"])
    # On the meta device nothing is initialised, so torch's random state and half a
    # second are left alone.
    with without_numbers():
        module = VisionTransformer(**card["architecture"])
    if request.file is None:
        state = _float32(files.tensors(card))
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


def _float32(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.float() for name, tensor in state.items()}
