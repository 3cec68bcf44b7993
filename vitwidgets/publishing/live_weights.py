"""A model's numbers for a page that computes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from vitwidgets.publishing.packing import packed_arrays
from vitwidgets.publishing.plain_vit import not_in_a_page, require_plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from torch import Tensor

    from vitwidgets.images import Preprocessing
    from vitwidgets.models import HookedViT

    Arrays = dict[str, NDArray[np.float32]]

_MOST_PARAMETERS = 2_500_000
_MOST_CHARACTERS = 5_500_000
"""Of the packed weights: with its script a page stays under 6 MB."""
_MOST_PRODUCTS = 250_000_000
"""Multiplications of one run: three times those of emoji-vit, so that a click stays
under a tenth of a second."""


@dataclass(frozen=True, eq=False)
class LiveModel:
    """A model that a page can compute.

    Attributes
    ----------
    config
        Its sizes and its preprocessing's colours, as ``LiveConfig`` of
        ``js/src/live/config.ts`` has them.
    arrays
        Its numbers, by the names that ``js/src/live`` asks for; matrices are
        ``(output, input)``.
    packed
        Both for a page, to be written as JSON: ``PackedModel`` of
        ``js/src/live/packed/weights.ts``.
    """

    config: Mapping[str, object]
    arrays: Mapping[str, NDArray[np.float32]]
    packed: Mapping[str, object]


def live_model(model: HookedViT) -> LiveModel:
    """Take the numbers of a model that a page can compute.

    Parameters
    ----------
    model
        The model, with its preprocessing.

    Raises
    ------
    UnsupportedModelError
        If it is not of the plainest kind, or too large for a page: what is different,
        or how large it is.
    """
    _require_small(model)
    require_plain(model)
    config, arrays = _config(model), _arrays(model)
    packed = {"config": config, **packed_arrays(arrays)}
    size = len(cast("str", packed["data"]))
    if size > _MOST_CHARACTERS:
        raise not_in_a_page(
            model,
            f"its weights take {size / 1e6:.1f} MB, and a page holds "
            f"{_MOST_CHARACTERS / 1e6:.1f} MB (half as much is enough for weights that "
            f"float16 has exactly)",
        )
    return LiveModel(config, arrays, packed)


def _require_small(model: HookedViT) -> None:
    config = model.config
    if config.n_params > _MOST_PARAMETERS:
        raise not_in_a_page(
            model,
            f"it has {config.n_params / 1e6:.1f} million parameters, and a page holds "
            f"{_MOST_PARAMETERS / 1e6:.1f} million",
        )
    in_attention = 2 * config.n_layers * config.n_tokens**2 * config.d_model
    products = config.n_tokens * config.n_params + in_attention
    if products > _MOST_PRODUCTS:
        raise not_in_a_page(
            model,
            f"a run of it takes {products / 1e6:.0f} million multiplications, and a "
            f"page has time for {_MOST_PRODUCTS / 1e6:.0f} million",
        )


def _config(model: HookedViT) -> dict[str, object]:
    sizes, module = model.config, cast("Any", model.module)
    colours = cast("Preprocessing", model.preprocessing)
    return {
        "n_layers": sizes.n_layers,
        "n_heads": sizes.n_heads,
        "d_model": sizes.d_model,
        "d_mlp": sizes.d_mlp,
        "n_classes": sizes.n_classes,
        "image_size": list(sizes.image_size),
        "patch_size": list(sizes.patch_size),
        "prefix_names": list(sizes.prefix_names),
        "epsilon": module.norm.eps,
        "layer_scale": hasattr(module.blocks[0].ls1, "gamma"),
        "mean": list(colours.mean),
        "std": list(colours.std),
    }


def _arrays(model: HookedViT) -> Arrays:
    module = cast("Any", model.module)
    arrays = _tokens(model)
    arrays |= _weight_and_bias("patches", module.patch_embed.proj)
    arrays["patches.weight"] = arrays["patches.weight"].reshape(
        model.config.d_model, -1
    )
    for layer, block in enumerate(module.blocks):
        arrays |= _block(f"blocks.{layer}", block)
    arrays |= _weight_and_bias("norm", module.norm)
    return arrays | _weight_and_bias("head", module.head)


def _tokens(model: HookedViT) -> Arrays:
    """Give prefix tokens with their positions, and the positions of patches."""
    module, n_prefix = cast("Any", model.module), model.config.n_prefix_tokens
    parts = [module.cls_token, module.reg_token]
    prefix = np.concatenate([_numbers(part)[0] for part in parts if part is not None])
    positions = _numbers(module.pos_embed)[0]
    if not module.no_embed_class:
        prefix = prefix + positions[:n_prefix]
        positions = positions[n_prefix:]
    return {"prefix": prefix, "positions": positions}


def _block(name: str, block: Any) -> Arrays:
    arrays = _weight_and_bias(f"{name}.norm1", block.norm1)
    for what, values in _weight_and_bias("qkv", block.attn.qkv).items():
        ending = what.removeprefix("qkv.")
        for part, rows in zip("qkv", np.split(values, 3), strict=True):
            arrays[f"{name}.{part}.{ending}"] = rows
    arrays |= _weight_and_bias(f"{name}.out", block.attn.proj)
    arrays |= _weight_and_bias(f"{name}.norm2", block.norm2)
    arrays |= _weight_and_bias(f"{name}.up", block.mlp.fc1)
    arrays |= _weight_and_bias(f"{name}.down", block.mlp.fc2)
    for number, scale in enumerate((block.ls1, block.ls2), 1):
        if hasattr(scale, "gamma"):
            arrays[f"{name}.scale{number}"] = _numbers(scale.gamma)
    return arrays


def _weight_and_bias(name: str, part: Any) -> Arrays:
    return {
        f"{name}.weight": _numbers(part.weight),
        f"{name}.bias": _numbers(part.bias),
    }


def _numbers(tensor: Tensor) -> NDArray[np.float32]:
    return tensor.detach().cpu().numpy().copy()
