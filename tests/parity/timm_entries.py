"""Entry points of timm, cut small.

What a name stands for is kept (classes, norms, positions, pooling, options); depth,
width and image are cut, so that a forward pass takes a few milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import timm
from timm.models.vitamin import VitCfg, VitConvCfg

if TYPE_CHECKING:
    from torch import nn

NARROW: dict[str, Any] = {
    "embed_dim": 48,
    "num_heads": 4,
    "depth": 2,
    "num_classes": 7,
    "img_size": 48,
}
_PATCH_14: dict[str, Any] = {"img_size": 42}
_OWN_WIDTH: dict[str, Any] = {
    "embed_dim": None,
    "num_heads": None,
    "num_classes": None,
    "img_size": 64,
}
VITAMIN: dict[str, Any] = {
    "embed_cfg": VitCfg(
        embed_dim=(8, 16, 48),
        depths=(1, 1, 1),
        stem_width=8,
        conv_cfg=VitConvCfg(norm_layer="layernorm2d", norm_eps=1e-6),
        head_type="1d",
    )
}
_ENCODER: dict[str, Any] = {"num_classes": None, "out_features": 12}
_GEMMA: dict[str, Any] = {"position_embedding_size": 16, "intermediate_size": 96}

TIMM: dict[str, dict[str, Any]] = {
    # vision_transformer.Block with layers.Attention
    "vit_tiny_patch16_224": {},
    "vit_small_patch8_224": {"img_size": 24},
    "vit_huge_patch14_224": _PATCH_14,
    "vit_base_patch32_clip_224": {"img_size": 96},
    "vit_base_patch32_clip_quickgelu_224": {"img_size": 96},
    "vit_base_patch16_siglip_224": {},
    "vit_base_patch16_siglip_gap_224": {},
    "vit_small_patch14_dinov2": _PATCH_14,
    "vit_small_patch14_reg4_dinov2": _PATCH_14,
    "vit_giant_patch14_dinov2": _PATCH_14,
    "flexivit_small": {},
    "vit_wee_patch16_reg1_gap_256": {},
    "vit_so150m_patch16_reg4_map_256": {},
    "vit_so150m2_patch16_reg1_gap_256": {},
    "beit3_base_patch16_224": {},
    "aimv2_large_patch14_224": _PATCH_14,
    "vit_base_patch16_radio_v3": {},
    "test_vit": _OWN_WIDTH,
    "test_vit2": _OWN_WIDTH,
    "test_vit3": _OWN_WIDTH,
    "test_vit4": _OWN_WIDTH,
    "deit_tiny_patch16_224": {},
    "deit_tiny_distilled_patch16_224": {},
    "deit3_small_patch16_224": {},
    "vit_tiny_r_s16_p8_224": {"img_size": 64},
    "vitamin_small_224": VITAMIN,
    "naflexvit_base_patch16_gap": {"img_size": None},
    "naflexvit_base_patch16_map": {"img_size": None},
    "naflexvit_base_patch16_par_gap": {"img_size": None},
    "naflexvit_base_patch16_parfac_gap": {"img_size": None},
    "naflexvit_base_patch16_gap, rotary, gated": {
        "img_size": None,
        "rope_type": "axial",
        "attn_gated": True,
    },
    "naflexvit_base_patch16_gap, mixed rotary": {
        "img_size": None,
        "rope_type": "mixed",
    },
    # its other blocks and attentions
    "vit_base_patch16_rpn_224": {},
    "vit_base_patch16_xp_224": {},
    "vit_pwee_patch16_reg1_gap_256": {},
    "vit_small_patch16_18x2_224": {},
    "vit_dlittle_patch16_reg1_gap_256": {},
    "vit_dpwee_patch16_reg1_gap_256": {},
    # EvaBlock with EvaAttention
    "eva_giant_patch14_224": _PATCH_14,
    "eva02_tiny_patch14_224": _PATCH_14,
    "eva02_base_patch16_clip_224": {},
    "vit_small_patch16_dinov3": {},
    "vit_small_plus_patch16_dinov3": {},
    "vit_medium_patch16_rope_reg1_gap_256": {},
    "eva02_enormous_patch14_clip_224": _PATCH_14,
    # EvaBlock with AttentionRope
    "vit_pe_core_tiny_patch16_384": {},
    "vit_pe_spatial_small_patch16_512": {},
    "vit_pe_lang_large_patch14_448": _PATCH_14,
    "vit_small_patch16_rope_224": {},
    "vit_small_patch16_rope_mixed_224": {},
    "vit_small_patch16_rope_ape_224": {},
    "vit_base_patch16_sapiens2": {"num_kv_heads": 2},
    "qwen3_vit_88m": {"pos_embed_grid_size": 4},
    "qwen3_vit_88m_enc": {"pos_embed_grid_size": 4, "img_size": 64, **_ENCODER},
    # families of their own
    "beit_base_patch16_224": {},
    "beitv2_base_patch16_224": {},
    "cait_xxs24_224": {},
    "vit_relpos_small_patch16_224": {},
    "vit_srelpos_small_patch16_224": {},
    "vit_relpos_base_patch16_clsgap_224": {},
    "vit_relpos_medium_patch16_rpn_224": {},
    "samvit_base_patch16": {"img_size": 96, "window_size": 4},
    "samvit_base_patch16, rotary": {
        "img_size": 96,
        "window_size": 4,
        "use_rope": True,
        "use_rel_pos": False,
    },
    "deepseek_vit_412m": _PATCH_14,
    "deepseek_vit_412m_enc": {**_PATCH_14, **_ENCODER},
    "gemma4_vit_167m": _GEMMA,
    "gemma4_vit_167m, not clipped": {**_GEMMA, "use_clipped_linears": False},
    "gemma4_vit_167m_enc": {**_GEMMA, "num_classes": None},
}
"""timm's entry points with what of `NARROW` is cut otherwise (None: not at all).

What follows a comma tells options apart."""


def build_timm(name: str, changes: dict[str, Any]) -> nn.Module:
    """Give an entry with what is cut otherwise."""
    return timm.create_model(
        name.partition(",")[0], **options_of({**NARROW, **changes})
    )


def options_of(options: dict[str, Any]) -> dict[str, Any]:
    """Give the options that are set."""
    return {key: value for key, value in options.items() if value is not None}
