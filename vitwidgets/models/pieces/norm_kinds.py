"""What each class of norm computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class NormLayout:
    """What a norm class computes: whether it subtracts the mean, and its precision."""

    centred: bool
    in_float32: bool


NORMS: Mapping[str, NormLayout] = {
    "torch.nn.modules.normalization.LayerNorm": NormLayout(True, False),
    "timm.layers.norm.LayerNorm": NormLayout(True, False),
    "timm.layers.norm.LayerNormFp32": NormLayout(True, True),
    "open_clip.transformer.LayerNorm": NormLayout(True, False),
    "open_clip.transformer.LayerNormFp32": NormLayout(True, True),
    "torch.nn.modules.normalization.RMSNorm": NormLayout(False, False),
    "timm.layers.norm.RmsNorm": NormLayout(False, False),
    "timm.layers.norm.RmsNormFp32": NormLayout(False, True),
}
