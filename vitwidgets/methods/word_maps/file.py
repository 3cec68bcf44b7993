"""Word maps in safetensors files, with a record of what they were fitted to."""

from __future__ import annotations

from vitwidgets.models.caching.sealed_files import SealedFiles


class MapMismatchError(ValueError):
    """A word map that is of another model, or of another CLIP."""


class DamagedMapError(ValueError):
    """A file that is no word map, or is not as it was written."""


MAP_FILES = SealedFiles(
    key="vitwidgets_word_map",
    kind="a word map",
    writer="WordMap.save",
    again="get it again, or fit the map again",
    damaged=DamagedMapError,
)
