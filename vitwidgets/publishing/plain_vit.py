"""Whether a model is a vision transformer of the plainest kind, which pages compute."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, cast

from vitwidgets.models.class_path import class_path
from vitwidgets.models.errors import UnsupportedModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import nn

    from vitwidgets.models import HookedViT

_MODEL = "timm.models.vision_transformer.VisionTransformer"
_NOTHING = frozenset({"torch.nn.modules.linear.Identity"})
_IN_TRAINING_ONLY = _NOTHING | {
    "torch.nn.modules.dropout.Dropout",
    "timm.layers.drop.DropPath",
    "timm.layers.patch_dropout.PatchDropout",
}
_NORM = frozenset(
    {
        "timm.layers.norm.LayerNorm",
        "torch.nn.modules.normalization.LayerNorm",
    }
)
_LINEAR = frozenset({"torch.nn.modules.linear.Linear"})
_SCALE = _NOTHING | {
    "timm.layers.layer_scale.LayerScale",
    "timm.models.vision_transformer.LayerScale",  # where older timm has it
}

_PARTS: Mapping[str, frozenset[str]] = {
    "": frozenset({_MODEL}),
    "patch_embed": frozenset({"timm.layers.patch_embed.PatchEmbed"}),
    "patch_embed.proj": frozenset({"torch.nn.modules.conv.Conv2d"}),
    "patch_embed.norm": _NOTHING,
    "pos_drop": _IN_TRAINING_ONLY,
    "patch_drop": _IN_TRAINING_ONLY,
    "norm_pre": _NOTHING,
    "blocks": frozenset({"torch.nn.modules.container.Sequential"}),
    "blocks.*": frozenset({"timm.models.vision_transformer.Block"}),
    "blocks.*.norm1": _NORM,
    "blocks.*.attn": frozenset({"timm.layers.attention.Attention"}),
    "blocks.*.attn.qkv": _LINEAR,
    "blocks.*.attn.q_norm": _NOTHING,
    "blocks.*.attn.k_norm": _NOTHING,
    "blocks.*.attn.attn_drop": _IN_TRAINING_ONLY,
    "blocks.*.attn.norm": _NOTHING,
    "blocks.*.attn.proj": _LINEAR,
    "blocks.*.attn.proj_drop": _IN_TRAINING_ONLY,
    "blocks.*.ls1": _SCALE,
    "blocks.*.drop_path1": _IN_TRAINING_ONLY,
    "blocks.*.norm2": _NORM,
    "blocks.*.mlp": frozenset({"timm.layers.mlp.Mlp"}),
    "blocks.*.mlp.fc1": _LINEAR,
    "blocks.*.mlp.act": frozenset({"torch.nn.modules.activation.GELU"}),
    "blocks.*.mlp.drop1": _IN_TRAINING_ONLY,
    "blocks.*.mlp.norm": _NOTHING,
    "blocks.*.mlp.fc2": _LINEAR,
    "blocks.*.mlp.drop2": _IN_TRAINING_ONLY,
    "blocks.*.ls2": _SCALE,
    "blocks.*.drop_path2": _IN_TRAINING_ONLY,
    "norm": _NORM,
    "fc_norm": _NOTHING,
    "head_drop": _IN_TRAINING_ONLY,
    "head": _LINEAR,
}
"""Classes that each part may be of. A part that is not here is one that pages do not
know: all is read from the weights of these, so that nothing can be left out unseen."""

_BLOCK = re.compile(r"^blocks\.\d+")


def not_in_a_page(model: HookedViT, reason: str) -> UnsupportedModelError:
    """Error for a model that pages cannot compute."""
    return UnsupportedModelError(
        f"{model.name} can't be computed in a page: {reason}. Pages compute timm's "
        f"VisionTransformer as emoji-vit is one: class-token pooling, layer norm, "
        f"exact GELU, at most registers and layer scale beside"
    )


def require_plain(model: HookedViT) -> None:
    """Raise unless a model's arithmetic is what pages do.

    Raises
    ------
    UnsupportedModelError
        With what is different.
    """
    for path, part in _named_modules(model.module):
        name = path or "the model"
        found = class_path(part)
        allowed = _PARTS.get(_BLOCK.sub("blocks.*", path))
        if allowed is None:
            raise not_in_a_page(model, f"it has a part {name!r}, of class {found}")
        if found not in allowed:
            raise not_in_a_page(model, f"{name} is of class {found}")
        hooks: Any = part
        if hooks._forward_hooks or hooks._forward_pre_hooks:  # noqa: SLF001
            raise not_in_a_page(model, f"{name} has forward hooks of PyTorch's own")
    reasons = (*_of_the_whole(model), *_of_blocks(model), *_of_weights(model))
    reason = next(iter(reasons), None)
    if reason is not None:
        raise not_in_a_page(model, reason)


def _of_the_whole(model: HookedViT) -> Iterable[str]:
    module: Any = model.module
    embed = module.patch_embed
    if model.config.pool != "token":
        yield f"it pools by {model.config.pool!r}"
    if module.pos_embed is None:
        yield "it has no positions"
    if module.dynamic_img_size or embed.dynamic_img_pad:
        yield "it takes images of any size"
    if embed.proj.in_channels != 3:  # noqa: PLR2004 (colours)
        yield f"it takes {embed.proj.in_channels} channels, and pictures have 3"
    sizes = (embed.proj.kernel_size, embed.proj.stride, model.config.patch_size)
    if len(set(sizes)) > 1 or embed.proj.groups > 1:
        yield "its patches are not cut side by side"
    if model.preprocessing is None:
        yield "it has no preprocessing: give HookedViT one"


def _of_blocks(model: HookedViT) -> Iterable[str]:
    config = model.config
    module: Any = model.module
    for layer, block in enumerate(module.blocks):
        attention = block.attn
        if getattr(attention, "gate", None) is not None:
            yield f"the attention of block {layer} is gated"
        if attention.num_heads * config.d_head != config.d_model:
            yield f"the heads of block {layer} do not fill its width"
        if not math.isclose(attention.scale, config.d_head**-0.5):
            yield f"block {layer} scales its scores by {attention.scale}"
        if block.mlp.act.approximate != "none":
            yield f"the GELU of block {layer} is an approximation"
        if block.mlp.fc1.out_features != config.d_mlp:
            yield f"the MLP of block {layer} has another width than the first one's"


def _of_weights(model: HookedViT) -> Iterable[str]:
    parameters: Iterable[tuple[str, Any]] = model.module.named_parameters()
    for name, parameter in parameters:
        if str(parameter.dtype) != "torch.float32":
            yield f"{name} is of {parameter.dtype}, not torch.float32"
        elif not bool(parameter.isfinite().all()):
            yield f"{name} holds a NaN or an infinity"
    epsilons: set[float] = set()
    scales: set[bool] = set()
    for path, part in _named_modules(model.module):
        kind, any_part = class_path(part), cast("Any", part)
        if kind in _NORM:
            epsilons.add(any_part.eps)
        if path.endswith((".ls1", ".ls2")):
            scales.add(kind in _NOTHING)
        if kind in _NORM | _LINEAR or path == "patch_embed.proj":
            missing = [
                name for name in ("weight", "bias") if getattr(any_part, name) is None
            ]
            yield from (f"{path} has no {name}" for name in missing)
    if len(epsilons) > 1:
        yield f"its norms add different numbers to the variance: {sorted(epsilons)}"
    if len(scales) > 1:
        yield "some of its blocks have layer scale and others do not"


def _named_modules(module: nn.Module) -> list[tuple[str, nn.Module]]:
    named: Iterable[tuple[str, nn.Module]] = cast("Any", module).named_modules()
    return list(named)
