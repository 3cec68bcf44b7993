"""Towers of open_clip's models: the image side, or the text side, by name and tag."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from vitwidgets.images import Preprocessing
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.families.layout import resolve
from vitwidgets.models.families.open_clip_towers import image_tower, text_tower
from vitwidgets.models.hooked_vit import HookedViT
from vitwidgets.models.loading.checkpoint_file import read_checkpoint
from vitwidgets.models.loading.checkpoint_fit import compare, misfit_error
from vitwidgets.models.loading.errors import (
    REMEDIES,
    CheckpointError,
    WeightsUnavailableError,
    one_line,
    unavailable,
)
from vitwidgets.models.loading.hub import cached, require_hub
from vitwidgets.models.loading.image_sizes import require_whole_patches, size_error
from vitwidgets.models.loading.open_clip_names import OpenClipName, look_up, open_clip
from vitwidgets.models.loading.structure import without_numbers
from vitwidgets.models.loading.text_parts import fixed_random, without_images
from vitwidgets.models.words.text_encoder import TextEncoder

if TYPE_CHECKING:
    from collections.abc import Generator

    from torch import nn

    from vitwidgets.models.loading.load_request import LoadRequest

_DEFAULT_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
# Where only the image tower is wanted without trained weights, its partner is as small
# as can be: it is thrown away.
_SMALLEST_TEXT = {
    "context_length": 1,
    "vocab_size": 8,
    "width": 64,
    "heads": 1,
    "layers": 1,
}
_SMALLEST_IMAGE = {"image_size": 32, "patch_size": 32, "width": 64, "layers": 1}


def load_from_open_clip(request: LoadRequest) -> HookedViT:
    """Load a tower of open_clip.

    Raises
    ------
    UnknownModelError
        If open_clip has no architecture, or no tag, of this name.
    UnsupportedModelError
        If the tower cannot be hooked. Weights are not fetched.
    WeightsUnavailableError
        If there are no trained weights, or they cannot be had now.
    CheckpointError
        If the file is unsafe, damaged, or of another architecture.
    ValueError
        If the tower cannot take the image size.
    """
    fetched = request.trained and request.file is None
    wanted = look_up(request.name, tag_needed=fetched)
    # What cannot be hooked is refused before a download.
    if wanted.text:
        _require_own_text(wanted)
    own = _tower(wanted, _structure(wanted))
    patch = resolve(own.eval()).config.patch_size
    options: dict[str, Any] = {}
    if request.image_size is not None:
        _require_size(wanted, request.image_size, patch)
        options["force_image_size"] = request.image_size
    if request.trained:
        file = _checked_file(wanted, request.file)
        clip = _from_file(wanted, file, options)
    else:
        clip = _create(wanted, **options)
    tower = request.finished(_tower(wanted, clip))
    if wanted.text:
        return HookedViT(tower, name=request.name)
    described: dict[str, Any] = cast("Any", clip).visual.preprocess_cfg
    preprocessing = Preprocessing.from_open_clip_config(described)
    return HookedViT(
        tower,
        preprocessing=preprocessing,
        name=request.name,
        text=functools.partial(load_open_clip_text, request),
    )


def load_open_clip_text(request: LoadRequest) -> TextEncoder:
    """Load the text side of a model of open_clip; random ones are always the same.

    Raises
    ------
    UnknownModelError, UnsupportedModelError, WeightsUnavailableError, CheckpointError
        As `load_from_open_clip`; and if the tokenizer cannot be had now.
    """
    fetched = request.trained and request.file is None
    wanted = look_up(request.name, tag_needed=fetched)
    _require_own_text(wanted)
    tokenizer = _tokenizer(wanted)
    if request.trained:
        clip = _from_file(wanted, _checked_file(wanted, request.file), {})
    else:
        with fixed_random(request):
            clip = _create(wanted, whole=True, vision_cfg=_SMALLEST_IMAGE)
    clip = request.finished(without_images(clip))
    return TextEncoder(clip, tokenizer, name=request.name)


def _tokenizer(wanted: OpenClipName) -> Any:
    try:
        return open_clip().get_tokenizer(wanted.architecture)
    except Exception as error:
        # The package transformers and the hub raise dozens of classes here.
        raise WeightsUnavailableError(
            f"the tokenizer of {wanted.name!r} could not be loaded "
            f"({one_line(error)}); it is on the hub, and needs the package "
            "transformers (pip install transformers)."
        ) from error


def _require_own_text(wanted: OpenClipName) -> None:
    if wanted.needs_transformers:
        raise UnsupportedModelError(
            f"the text tower of {wanted.name!r} is a model of the package "
            "transformers, which is not supported; name its image tower, without "
            "'#text'."
        )


def _create(wanted: OpenClipName, *, whole: bool = False, **options: Any) -> nn.Module:
    """Make a model of open_clip; if it need not be whole, only the tower wanted."""
    if not (whole or wanted.text):
        options["text_cfg"] = _SMALLEST_TEXT
    keys = ("mean", "std", "interpolation", "resize_mode")
    with _without_advice():
        return open_clip().create_model(
            wanted.architecture,
            # A tag says how its weights were trained; its architecture may not.
            force_quick_gelu=bool(wanted.published.get("quick_gelu")),
            force_preprocess_cfg={
                key: wanted.published[key] for key in keys if key in wanted.published
            },
            # Else a text tower's own weights would be fetched unasked.
            pretrained_hf=False,
            **options,
        )


def _structure(wanted: OpenClipName, **options: Any) -> nn.Module:
    """Make the same without any numbers."""
    with without_numbers():
        return _create(wanted, device="meta", **options)


def _tower(wanted: OpenClipName, clip: nn.Module) -> nn.Module:
    return text_tower(clip) if wanted.text else image_tower(clip)


def _require_size(
    wanted: OpenClipName, size: tuple[int, int], patch: tuple[int, int]
) -> None:
    if wanted.text:
        raise size_error(wanted.name, size, "it reads text")
    require_whole_patches(size, patch)
    try:
        clip = _structure(wanted, force_image_size=size)
    except (RuntimeError, AssertionError, TypeError, ValueError) as error:
        raise size_error(wanted.name, size, one_line(error)) from error
    if resolve(_tower(wanted, clip).eval()).config.image_size != size:
        raise size_error(wanted.name, size, "its size is fixed")


def _checked_file(wanted: OpenClipName, given: Path | None) -> Path:
    """Give a file of trained weights, downloaded if it has to be."""
    if wanted.needs_transformers and importlib.util.find_spec("transformers") is None:
        raise WeightsUnavailableError(
            f"the weights of {wanted.name!r} need the package transformers for their "
            f"text tower; install it (pip install transformers), or {REMEDIES}."
        )
    if given is not None:
        return given.absolute()
    repository, file = os.path.split(wanted.published.get("hf_hub", ""))
    files = (f"{file[:-4]}.safetensors", file) if file else _DEFAULT_FILES
    kept = cached(repository, files) if repository else None
    if kept is not None:
        return Path(kept)
    if repository:
        require_hub(wanted.name)
    try:
        return Path(open_clip().download_pretrained(wanted.published))
    except Exception as error:
        # The hub's client and its transport raise dozens of classes here.
        raise unavailable(wanted.name, "could not be loaded", error) from error


def _from_file(wanted: OpenClipName, file: Path, options: dict[str, Any]) -> nn.Module:
    # Whatever is not weights alone is refused here, before open_clip opens the file.
    state = read_checkpoint(file)
    try:
        return _create(wanted, whole=True, pretrained=str(file), **options)
    except Exception as error:
        # open_clip's conversions fail in any way on weights that they are not for.
        if wanted.needs_transformers:
            raise unavailable(wanted.name, "could not be loaded", error) from error
        misfit = compare(state, _structure(wanted, whole=True))
        if misfit.nothing:
            raise CheckpointError(
                f"{file} cannot be loaded by open_clip ({one_line(error)}); save the "
                "weights of the whole model, both towers, as safetensors."
            ) from error
        raise misfit_error(file, wanted.name, misfit) from error


@contextlib.contextmanager
def _without_advice() -> Generator[None]:
    """Keep open_clip from saying that weights are random when that is the order."""

    def not_from_open_clip(record: logging.LogRecord) -> bool:
        return "open_clip" not in Path(record.pathname).parts

    root = logging.getLogger()
    root.addFilter(not_from_open_clip)
    try:
        yield
    finally:
        root.removeFilter(not_from_open_clip)
