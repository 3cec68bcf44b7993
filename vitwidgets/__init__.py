"""Look inside a vision transformer from a notebook.

Names are imported when they are first used, so that ``import vitwidgets`` costs
neither torch nor a widget library.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vitwidgets import dashboards as dashboards
    from vitwidgets import images as images
    from vitwidgets.models import ActivationCache as ActivationCache
    from vitwidgets.models import HookedViT as HookedViT
    from vitwidgets.models import PatchGrid as PatchGrid
    from vitwidgets.models import WeightsUnavailableError as WeightsUnavailableError
    from vitwidgets.models import load_model as load_model
    from vitwidgets.publishing import publish as publish
    from vitwidgets.widgets import AttentionHeadTour as AttentionHeadTour
    from vitwidgets.widgets import ClickToPatch as ClickToPatch
    from vitwidgets.widgets import EmojiLogitLens as EmojiLogitLens
    from vitwidgets.widgets import LogitAttribution as LogitAttribution
    from vitwidgets.widgets import WordLens as WordLens
    from vitwidgets.workshop import workshop as workshop

_HOMES = {
    "ActivationCache": "vitwidgets.models",
    "AttentionHeadTour": "vitwidgets.widgets",
    "ClickToPatch": "vitwidgets.widgets",
    "EmojiLogitLens": "vitwidgets.widgets",
    "HookedViT": "vitwidgets.models",
    "LogitAttribution": "vitwidgets.widgets",
    "PatchGrid": "vitwidgets.models",
    "WeightsUnavailableError": "vitwidgets.models",
    "WordLens": "vitwidgets.widgets",
    "load_model": "vitwidgets.models",
    "publish": "vitwidgets.publishing",
}
_PACKAGES = ("dashboards", "images", "workshop")

__all__ = [
    "ActivationCache",
    "AttentionHeadTour",
    "ClickToPatch",
    "EmojiLogitLens",
    "HookedViT",
    "LogitAttribution",
    "PatchGrid",
    "WeightsUnavailableError",
    "WordLens",
    "dashboards",
    "images",
    "load_model",
    "publish",
    "workshop",
]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name in _PACKAGES:
        return import_module(f"vitwidgets.{name}")
    if name == "__version__":
        return version("vitwidgets")
    raise AttributeError(f"module 'vitwidgets' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
