"""Why modules of some classes are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONVOLUTIONAL = "it is a convolutional network without attention"
_WINDOWS = "it attends in windows and has no stream of one width"
_POOLS = "its blocks pool tokens, so there is no stream of one length"

_TWO_TOWERS = (
    "it has two towers: pass its .visual, or its text tower, which "
    "vitwidgets.models.families.open_clip_towers.text_tower(model) gives"
)

WHY_NOT: Mapping[str, str] = {
    "Xcit": "its attention is over channels and each block adds to the stream thrice",
    "SwinTransformer": _WINDOWS,
    "SwinTransformerV2": _WINDOWS,
    "SwinTransformerV2Cr": _WINDOWS,
    "Hiera": _POOLS,
    "HieraDet": _POOLS,
    "MultiScaleVit": _POOLS,
    "PoolingVisionTransformer": _POOLS,
    "LevitDistilled": _POOLS,
    "Levit": _POOLS,
    "Visformer": "its first stages are convolutions on streams of other widths",
    "VOLO": "its first stage is outlook attention on a stream of another length",
    "TNT": "it has a second stream of pixels within each patch",
    "CrossVit": "its branches exchange tokens between streams of two widths",
    "ConVit": "its first blocks mix content with positions outside of any softmax",
    "ResNet": _CONVOLUTIONAL,
    "ConvNeXt": _CONVOLUTIONAL,
    "ModifiedResNet": _CONVOLUTIONAL,
    "FastVit": _CONVOLUTIONAL,
    "CLIP": _TWO_TOWERS,
    "CustomTextCLIP": _TWO_TOWERS,
    "CoCa": _TWO_TOWERS,
    "HFTextEncoder": "it is a model of the package transformers",
    "DataParallel": "it spreads calls over threads: pass its .module",
    "DistributedDataParallel": "it wraps the model: pass its .module",
}
"""Reasons by class name, for the error about a module that is refused."""
