"""The tuned lens that ships, for the bundled model."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from vitwidgets.methods.tuned_lens import TunedLens
from vitwidgets.models.loading.load_model import BUNDLED

if TYPE_CHECKING:
    from vitwidgets.models import HookedViT


def shipped_lens(model: HookedViT) -> TunedLens | None:
    """Give the tuned lens that ships, if this is the bundled model by its weights."""
    lens = _shipped()
    return lens if lens.is_of(model) else None


@cache
def _shipped() -> TunedLens:
    folder = resources.files("vitwidgets.models") / "bundled"
    with resources.as_file(folder / f"{BUNDLED}.lens.safetensors") as path:
        return TunedLens.of_any_model(path)
