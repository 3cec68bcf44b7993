"""Towers of open_clip's configurations, cut small as timm's entry points are."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest import mock

import open_clip
import timm

from tests.parity.timm_entries import NARROW, VITAMIN, options_of
from vitwidgets.models.families.open_clip_towers import text_tower

if TYPE_CHECKING:
    from torch import nn

VISION: dict[str, Any] = {"layers": 2, "width": 48, "head_width": 12, "image_size": 48}
TEXT: dict[str, Any] = {
    "layers": 2,
    "width": 48,
    "heads": 4,
    "vocab_size": 50,
    "context_length": 9,
}


@dataclass(frozen=True)
class Tower:
    """One tower of an open_clip configuration.

    Attributes
    ----------
    config
        Name of the configuration.
    text
        Whether its text tower is meant.
    whole
        Whether the tower is taken out of the whole model.
    changes
        What else is changed in the tower's part of the configuration.
    timm
        How the timm model in it is cut, if it is one.
    """

    config: str
    text: bool = False
    whole: bool = False
    changes: dict[str, Any] = field(default_factory=dict)
    timm: dict[str, Any] = field(default_factory=dict)


OPEN_CLIP: dict[str, Tower] = {
    "ViT-B-32": Tower("ViT-B-32", changes={"image_size": 96}),
    "ViT-B-32-quickgelu": Tower("ViT-B-32-quickgelu", changes={"image_size": 96}),
    "ViT-M-16-alt": Tower("ViT-M-16-alt"),
    "ViT-L-14-CLIPA": Tower("ViT-L-14-CLIPA", changes={"image_size": 42}),
    "coca_ViT-B-32": Tower(
        "coca_ViT-B-32",
        changes={"image_size": 96, "attn_pooler_heads": 4, "attn_pooler_queries": 5},
    ),
    "custom attention": Tower(
        "ViT-B-16",
        changes={
            "qk_norm": True,
            "scale_heads": True,
            "scale_attn_inner": True,
            "scale_attn": True,
            "scale_fc": True,
            "ls_init_value": 0.1,
        },
    ),
    "ViT-B-16-SigLIP": Tower("ViT-B-16-SigLIP", changes={"image_size": 48}),
    "EVA02-B-16": Tower("EVA02-B-16", changes={"image_size": 48}),
    "PE-Core-T-16-384": Tower("PE-Core-T-16-384", changes={"image_size": 48}),
    "ViTamin-S": Tower("ViTamin-S", changes={"image_size": 48}, timm=VITAMIN),
    "vit_relpos_medium_patch16_cls_224": Tower(
        "vit_relpos_medium_patch16_cls_224", changes={"image_size": 48}
    ),
    "vit_medium_patch16_gap_256": Tower(
        "vit_medium_patch16_gap_256", changes={"image_size": 48}
    ),
    "text of ViT-B-32": Tower("ViT-B-32", text=True),
    "text of the class CLIP": Tower("ViT-B-32", text=True, whole=True),
    "text of coca_ViT-B-32": Tower("coca_ViT-B-32", text=True),
    "text of ViT-B-16-SigLIP": Tower("ViT-B-16-SigLIP", text=True),
    "text of ViT-L-14-CLIPA": Tower("ViT-L-14-CLIPA", text=True),
}
"""Towers of open_clip by a name for the test's output."""


def build_clip() -> nn.Module:
    """Give a whole small model of open_clip's class CLIP."""
    config = open_clip.get_model_config("ViT-B-32")
    vision, text = {**config["vision_cfg"], **VISION}, {**config["text_cfg"], **TEXT}
    return open_clip.model.CLIP(16, vision, text).eval()


def build_tower(tower: Tower) -> nn.Module:
    """Give a tower."""
    config = dict(open_clip.get_model_config(tower.config))
    embed_dim, quick_gelu = 16, config.get("quick_gelu", False)
    if tower.text:
        text = {**config["text_cfg"], **TEXT, **tower.changes}
        text.pop("hf_tokenizer_name", None)
        if tower.whole:
            return text_tower(build_clip())
        return open_clip.model._build_text_tower(embed_dim, text, quick_gelu)
    vision = {**config["vision_cfg"], **tower.changes}
    if "timm_model_name" not in vision:
        vision = {**config["vision_cfg"], **VISION, **tower.changes}
        return open_clip.model._build_vision_tower(embed_dim, vision, quick_gelu)
    cut = {**NARROW, **tower.timm, "img_size": vision["image_size"]}
    cut.pop("num_classes")
    cutting = functools.partial(timm.create_model, **options_of(cut))
    with mock.patch.object(timm, "create_model", cutting):
        return open_clip.model._build_vision_tower(embed_dim, vision, quick_gelu)
