"""Hooked vision transformers: their activations by name, read and replaced.

Imported lazily, name by name, because torch takes a second to load.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vitwidgets.models.cache import ActivationCache as ActivationCache
    from vitwidgets.models.config import ViTConfig as ViTConfig
    from vitwidgets.models.geometry import PatchGrid as PatchGrid
    from vitwidgets.models.hooked_vit import HookedViT as HookedViT
    from vitwidgets.models.hooks import HookPoint as HookPoint
    from vitwidgets.models.hooks import Receipt as Receipt
    from vitwidgets.models.loading import CheckpointError as CheckpointError
    from vitwidgets.models.loading import (
        WeightsUnavailableError as WeightsUnavailableError,
    )
    from vitwidgets.models.loading import load_model as load_model

_HOMES = {
    "ActivationCache": "cache",
    "CheckpointError": "loading",
    "HookPoint": "hooks",
    "HookedViT": "hooked_vit",
    "PatchGrid": "geometry",
    "Receipt": "hooks",
    "ViTConfig": "config",
    "WeightsUnavailableError": "loading",
    "load_model": "loading",
}

__all__ = [
    "ActivationCache",
    "CheckpointError",
    "HookPoint",
    "HookedViT",
    "PatchGrid",
    "Receipt",
    "ViTConfig",
    "WeightsUnavailableError",
    "load_model",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
