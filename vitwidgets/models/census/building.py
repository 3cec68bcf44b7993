"""Models of the census at random initialisation, whole or cut."""

from __future__ import annotations

import contextlib
import copy
import enum
import functools
import importlib
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from torch import nn

    from vitwidgets.models.census.entries import Entry

_DEPTH = 2
_PATCHES = 4
_WORDS = 256
_USUAL_STRIDE = 32
_SEED = 0
_LITTLE_IMAGE_TOWER = {"layers": 1, "width": 64, "patch_size": 32, "image_size": 32}
_LITTLE_TEXT_TOWER = {"layers": 1, "width": 64, "heads": 1, "vocab_size": 64}


class Cut(enum.Enum):
    """What of a model is left away where its family can be cut like that.

    With patches, all words but a few are left out of the table of a text tower.
    """

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
    choices: list[dict[str, Any]] = [{}]
    if cut in (Cut.PATCHES, Cut.BOTH):
        few = _family(name).few_pixels
        choices = [_of_size(few), _of_size(2 * few), {}]
    if cut in (Cut.BLOCKS, Cut.BOTH):
        depths = _family(name).depths
        choices = [{**depth, **size} for depth in depths for size in choices] + choices
    return _first_made(make, name, [{**given, **choice} for choice in choices])


def _of_size(pixels: int) -> dict[str, Any]:
    """Say to timm how large the images are."""
    # Families that take images of all sizes have their own size in what is described.
    described = {"input_size": (3, pixels, pixels)}
    return {"img_size": pixels, "pretrained_cfg_overlay": described}


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


class _Family(NamedTuple):
    """How models of one name can be cut."""

    few_pixels: int
    depths: tuple[dict[str, Any], ...]


@functools.cache
def _family(name: str) -> _Family:
    depth = {"depth": _DEPTH}
    with torch.device("meta"):
        module: Any = _first_made(_timm_maker(), name, [depth, {}])
    # Gemma's patches are pooled cell by cell in the end: whole cells are kept.
    encoder = getattr(module, "encoder", module)
    cell = int(getattr(encoder, "pooling_kernel_size", 1))
    patches = -(-_PATCHES // cell) * cell
    return _Family(patches * _stride(module), (depth, *_depths_with_groups(module)))


def _depths_with_groups(module: Any) -> list[dict[str, Any]]:
    """Give the cut of models whose heads share keys and values in some blocks only."""
    groups = [
        int(block.attn.num_kv_heads)
        for block in getattr(module, "blocks", ())
        if hasattr(getattr(block, "attn", None), "num_kv_heads")
    ]
    # A model that has more blocks here did not take a depth alone. Its first block and
    # one of the middle are of both kinds, if it has two.
    if len(groups) <= _DEPTH:
        return []
    return [{"depth": _DEPTH, "num_kv_heads": (groups[0], groups[len(groups) // 2])}]


def _stride(module: Any) -> int:
    """Pixels from one patch to the next."""
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
    multimodal = config.get("multimodal_cfg")
    if tower == "text" and not multimodal:
        vision = config["vision_cfg"] = dict(_LITTLE_IMAGE_TOWER)
    elif not multimodal or "hf_model_name" in text:
        text = config["text_cfg"] = dict(_LITTLE_TEXT_TOWER)
    blocks, patches = cut in (Cut.BLOCKS, Cut.BOTH), cut in (Cut.PATCHES, Cut.BOTH)
    if isinstance(vision.get("layers"), int):
        vision["layers"] = _DEPTH if blocks else vision["layers"]
        if patches:
            vision["image_size"] = _PATCHES * int(vision["patch_size"])
    for texts in (text, multimodal or {}):
        if blocks and "layers" in texts:
            texts["layers"] = _DEPTH
    if patches and "vocab_size" in text:
        text["vocab_size"] = min(_WORDS, text["vocab_size"])
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
