"""Models of the census at random initialisation, whole or cut."""

from __future__ import annotations

import contextlib
import copy
import enum
import importlib
from typing import TYPE_CHECKING, Any, cast

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from torch import nn

    from vitwidgets.models.census.entries import Entry

_DEPTH = 2
_PATCHES = 4
_USUAL_STRIDE = 32
_SEED = 0
_LITTLE_IMAGE_TOWER = {"layers": 1, "width": 64, "patch_size": 32, "image_size": 32}
_LITTLE_TEXT_TOWER = {"layers": 1, "width": 64, "heads": 1, "vocab_size": 64}


class Cut(enum.Enum):
    """What of a model is left away where its family can be cut like that."""

    NOTHING = enum.auto()
    PATCHES = enum.auto()
    BLOCKS = enum.auto()
    BOTH = enum.auto()


def structure(entry: Entry, cut: Cut = Cut.NOTHING) -> nn.Module:
    """Give a model without numbers (on the meta device)."""
    with torch.device("meta"):
        return _built(entry, cut).eval()


def with_numbers(entry: Entry, cut: Cut) -> nn.Module:
    """Give a model whose weights are random and all of them visible."""
    before = torch.get_rng_state()
    try:
        torch.default_generator.manual_seed(_SEED)
        module = _built(entry, cut).eval()
        _make_visible(module)
    finally:
        torch.set_rng_state(before)
    return module


def _built(entry: Entry, cut: Cut) -> nn.Module:
    if entry.library == "timm":
        return _cut(_timm_maker(), entry.name, cut)
    from vitwidgets.models.families.open_clip_towers import (  # noqa: PLC0415
        image_tower,
        text_tower,
    )

    clip = _open_clip(entry.name, entry.tower, cut)
    return image_tower(clip) if entry.tower == "image" else text_tower(clip)


def _timm_maker() -> Callable[..., nn.Module]:
    import timm  # noqa: PLC0415 (takes a second)

    return cast("Any", timm).create_model


def _cut(
    make: Callable[..., nn.Module], name: str, cut: Cut, **given: Any
) -> nn.Module:
    """Give a model of a name, cut as far as its family can be."""
    depth, sizes = {"depth": _DEPTH}, list[dict[str, Any]]()
    if cut in (Cut.PATCHES, Cut.BOTH):
        few = _PATCHES * _stride(name)
        sizes = [{"img_size": few}, {"img_size": 2 * few}]
    choices: list[dict[str, Any]] = [*sizes, {}]
    if cut in (Cut.BLOCKS, Cut.BOTH):
        choices = [{**depth, **size} for size in choices] + choices
    return _first_made(make, name, [{**given, **choice} for choice in choices])


def _first_made(
    make: Callable[..., nn.Module], name: str, choices: list[dict[str, Any]]
) -> nn.Module:
    """Give the model for the first choice that its family takes."""
    refused: Exception | None = None
    for choice in choices:
        try:
            return make(name, **choice)
        except (TypeError, AssertionError, ValueError, RuntimeError) as error:  # noqa: PERF203 (the first try usually succeeds)
            refused = error
    raise RuntimeError(f"{name!r} cannot be made at all") from refused


def _stride(name: str) -> int:
    """Pixels from one patch to the next."""
    with torch.device("meta"):
        module: Any = _timm_maker()(name)
    holder = getattr(module, "encoder", module)
    embed: Any = getattr(holder, "patch_embed", None) or getattr(holder, "embeds", None)
    if embed is None:
        return _USUAL_STRIDE
    grid, size = getattr(embed, "grid_size", None), getattr(embed, "img_size", None)
    if grid and size:
        return int(size[0]) // int(grid[0])
    patch: Any = embed.patch_size
    return int(torch.Size(patch)[0]) if hasattr(patch, "__len__") else int(patch)


def _open_clip(name: str, tower: str, cut: Cut) -> nn.Module:
    """Give a whole CLIP; the tower that is not asked for is as small as can be."""
    untyped: Any = importlib.import_module("open_clip")
    config = copy.deepcopy(untyped.get_model_config(name))
    vision, text = config["vision_cfg"], config["text_cfg"]
    make = _clip_class(untyped, config)
    if tower == "text" and "multimodal_cfg" not in config:
        vision = config["vision_cfg"] = dict(_LITTLE_IMAGE_TOWER)
    elif "hf_model_name" in text:
        text = config["text_cfg"] = dict(_LITTLE_TEXT_TOWER)
    blocks, patches = cut in (Cut.BLOCKS, Cut.BOTH), cut in (Cut.PATCHES, Cut.BOTH)
    if isinstance(vision.get("layers"), int):
        vision["layers"] = _DEPTH if blocks else vision["layers"]
        if patches:
            vision["image_size"] = _PATCHES * int(vision["patch_size"])
    if blocks and "layers" in text:
        text["layers"] = _DEPTH
    with _cut_trunks(cut):
        return make(**config)


def _clip_class(open_clip: Any, config: dict[str, Any]) -> Any:
    custom = config.pop("custom_text", False)
    if "multimodal_cfg" in config:
        return open_clip.coca_model.CoCa
    named = "hf_model_name" in config["text_cfg"]
    custom = custom or named
    return open_clip.model.CustomTextCLIP if custom else open_clip.model.CLIP


@contextlib.contextmanager
def _cut_trunks(cut: Cut) -> Generator[None]:
    """Let open_clip make timm trunks that are cut: no configuration can say so."""
    library: Any = importlib.import_module("open_clip.timm_model")
    original = library.timm

    class Cutting:
        def __getattr__(self, name: str) -> Any:
            return getattr(original, name)

        @staticmethod
        def create_model(name: str, **given: Any) -> nn.Module:
            return _cut(original.create_model, name, cut, **given)

    library.timm = Cutting()
    try:
        yield
    finally:
        library.timm = original


def _make_visible(module: nn.Module) -> None:
    """Give parameters that begin at zero, one or nearly zero values that matter."""
    for parameter in module.parameters():
        values = parameter.data
        if values.dim() <= 1 or float(values.std()) < 1e-2:  # noqa: PLR2004
            noise = torch.randn_like(values)
            values.add_(noise, alpha=0.1)
