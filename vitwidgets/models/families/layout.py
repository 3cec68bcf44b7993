"""A module matched to its family: the parts that are tapped, or the reason why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from vitwidgets.models.class_path import class_path
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.families.cait_layout import resolve_cait
from vitwidgets.models.families.encoder_layout import ENCODER_TITLES, ENCODERS
from vitwidgets.models.families.module_checks import eager_original, refusal
from vitwidgets.models.families.naflex_layout import resolve_naflex
from vitwidgets.models.families.open_clip_layout import (
    IMAGE_TITLE,
    TIMM_TITLE,
    resolve_image_tower,
    resolve_timm_tower,
)
from vitwidgets.models.families.open_clip_text import (
    TEXT_TITLE,
    resolve_clip_text,
    resolve_text_transformer,
)
from vitwidgets.models.families.sam_layout import resolve_sam
from vitwidgets.models.families.tables import CAIT, FAMILIES, NAFLEX, SAM
from vitwidgets.models.families.timm_layout import resolve_timm
from vitwidgets.models.families.zero_shot_layout import resolve_zero_shot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vitwidgets.models.pieces.parts import Layout


def resolve(module: object) -> Layout:
    """Match a module to a supported family.

    Raises
    ------
    UnsupportedModelError
        If the module, or a part of it, is of a class that is not supported.
    ModelStateError
        If parts of it were replaced or compiled.
    """
    if not isinstance(module, nn.Module):
        raise UnsupportedModelError(
            f"a torch module is wanted, not {class_path(module)}: build one first, for "
            f"example with vitwidgets.load_model or timm.create_model"
        )
    module = eager_original(module)
    resolver = _RESOLVERS.get(class_path(module))
    if resolver is None:
        raise refusal(module, "the model", *TITLES, inner=_RESOLVERS.keys())
    return resolver(module)


def _of_family(index: int) -> Callable[[nn.Module], Layout]:
    return lambda module: resolve_timm(module, FAMILIES[index])


def _of_trunk(module: nn.Module) -> Layout:
    return resolve_timm_tower(module, resolve)


def _of_tower(module: nn.Module) -> Layout:
    return resolve_zero_shot(module, resolve)


_RESOLVERS: Mapping[str, Callable[[nn.Module], Layout]] = {
    **{family.model_class: _of_family(index) for index, family in enumerate(FAMILIES)},
    **ENCODERS,
    NAFLEX.model_class: resolve_naflex,
    CAIT.model_class: resolve_cait,
    SAM.model_class: resolve_sam,
    "open_clip.transformer.VisionTransformer": resolve_image_tower,
    "open_clip.timm_model.TimmModel": _of_trunk,
    "open_clip.transformer.TextTransformer": resolve_text_transformer,
    "vitwidgets.models.families.open_clip_towers.ClipText": resolve_clip_text,
    "vitwidgets.models.words.zero_shot.ZeroShotClassifier": _of_tower,
}
"""What takes a model apart, by its class."""

TITLES: tuple[str, ...] = (
    *(family.title for family in FAMILIES),
    *ENCODER_TITLES,
    NAFLEX.title,
    CAIT.title,
    SAM.title,
    IMAGE_TITLE,
    TIMM_TITLE,
    TEXT_TITLE,
)
"""What is supported, in words."""
