"""What is known of a model besides its weights, checked against its sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vitwidgets.images import Preprocessing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

    from vitwidgets.models.config import ViTConfig

_RGB = 3


def architecture_name(module: nn.Module) -> str:
    """Give timm's name of a module's architecture, or that of its class."""
    described: Any = getattr(module, "pretrained_cfg", None) or {}
    return str(described.get("architecture") or type(module).__name__)


def own_preprocessing(module: nn.Module, config: ViTConfig) -> Preprocessing | None:
    """Give what timm keeps with a module that it made, for the size it has now."""
    if not getattr(module, "pretrained_cfg", None) or config.n_channels != _RGB:
        return None
    import timm.data  # noqa: PLC0415

    untyped: Any = timm.data
    kept: dict[str, Any] = untyped.resolve_model_data_config(module)
    return Preprocessing.from_timm_config(
        {**kept, "input_size": (_RGB, *config.image_size)}
    )


def fitting_preprocessing(
    preprocessing: Preprocessing, config: ViTConfig
) -> Preprocessing:
    """Give the preprocessing, or raise ValueError if its pictures do not fit."""
    if not isinstance(preprocessing, Preprocessing):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(
            f"preprocessing must be a vitwidgets.images.Preprocessing, got a "
            f"{type(preprocessing).__name__}: Preprocessing.from_timm_config(config) "
            f"or .from_open_clip_config(config) makes one"
        )
    if config.dynamic_size:
        return preprocessing
    size = tuple(preprocessing.input_size)
    if size != config.image_size:
        raise ValueError(
            f"the preprocessing makes pictures of {size} pixels, the model takes "
            f"{config.image_size}: pass one whose input_size fits"
        )
    return preprocessing


def fitting_labels(
    what: str, labels: Sequence[str] | None, config: ViTConfig
) -> tuple[str, ...] | None:
    """Give the labels as a tuple, or raise ValueError if they are not one a logit."""
    if labels is None:
        return None
    if not config.n_classes:
        raise ValueError(
            f"{what} were given, but this model has no classifier: its output is an "
            f"embedding (as of CLIP's towers) or features, with no classes to name"
        )
    if isinstance(labels, str) or len(labels) != config.n_classes:
        raise ValueError(
            f"{what} must be {config.n_classes} texts, one for each logit, got "
            f"{len(labels)}"
        )
    return tuple(labels)
