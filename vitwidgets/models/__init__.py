"""Hooked vision transformers: their activations by name, read and replaced.

Imported lazily, name by name, because torch takes a second to load.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vitwidgets.models.caching.cache import ActivationCache as ActivationCache
    from vitwidgets.models.caching.files import CacheMismatchError as CacheMismatchError
    from vitwidgets.models.caching.files import DamagedCacheError as DamagedCacheError
    from vitwidgets.models.config import ViTConfig as ViTConfig
    from vitwidgets.models.families.open_clip_towers import image_tower as image_tower
    from vitwidgets.models.families.open_clip_towers import text_tower as text_tower
    from vitwidgets.models.geometry import PatchGrid as PatchGrid
    from vitwidgets.models.hooked_vit import HookedViT as HookedViT
    from vitwidgets.models.interception.hooks import HookPoint as HookPoint
    from vitwidgets.models.interception.hooks import Receipt as Receipt
    from vitwidgets.models.loading.load_model import CheckpointError as CheckpointError
    from vitwidgets.models.loading.load_model import (
        WeightsUnavailableError as WeightsUnavailableError,
    )
    from vitwidgets.models.loading.load_model import load_model as load_model
    from vitwidgets.models.loading.load_text_encoder import (
        load_text_encoder as load_text_encoder,
    )
    from vitwidgets.models.pieces.windows import WindowGrid as WindowGrid
    from vitwidgets.models.words.text_encoder import TextEncoder as TextEncoder
    from vitwidgets.models.words.zero_shot import (
        ZeroShotClassifier as ZeroShotClassifier,
    )

_HOMES = {
    "ActivationCache": "caching.cache",
    "CacheMismatchError": "caching.files",
    "CheckpointError": "loading.load_model",
    "DamagedCacheError": "caching.files",
    "HookPoint": "interception.hooks",
    "HookedViT": "hooked_vit",
    "PatchGrid": "geometry",
    "Receipt": "interception.hooks",
    "TextEncoder": "words.text_encoder",
    "ViTConfig": "config",
    "WeightsUnavailableError": "loading.load_model",
    "WindowGrid": "pieces.windows",
    "ZeroShotClassifier": "words.zero_shot",
    "image_tower": "families.open_clip_towers",
    "load_model": "loading.load_model",
    "load_text_encoder": "loading.load_text_encoder",
    "text_tower": "families.open_clip_towers",
}

__all__ = [
    "ActivationCache",
    "CacheMismatchError",
    "CheckpointError",
    "DamagedCacheError",
    "HookPoint",
    "HookedViT",
    "PatchGrid",
    "Receipt",
    "TextEncoder",
    "ViTConfig",
    "WeightsUnavailableError",
    "WindowGrid",
    "ZeroShotClassifier",
    "image_tower",
    "load_model",
    "load_text_encoder",
    "text_tower",
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
