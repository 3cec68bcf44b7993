"""The word map that ships, from the bundled model to the bundled CLIP."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from vitwidgets.methods.word_maps.affine import WordMap
from vitwidgets.models.loading.load_model import BUNDLED

if TYPE_CHECKING:
    from vitwidgets.models import HookedViT


def shipped_word_map(model: HookedViT) -> WordMap | None:
    """Give the word map that ships, if this is the bundled model by its weights."""
    word_map = _shipped()
    return word_map if word_map.is_of(model) else None


@cache
def _shipped() -> WordMap:
    folder = resources.files("vitwidgets.models") / "bundled"
    with resources.as_file(folder / f"{BUNDLED}.words.safetensors") as path:
        return WordMap.load(path)
