"""The scenes that ship: small pictures of emoji with ground-truth masks."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from vitwidgets.images.encoded import image_from_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

    from numpy.typing import NDArray
    from PIL import Image


@dataclass(frozen=True, eq=False)
class SampleScene:
    """One scene and what is where in it.

    Attributes
    ----------
    name
        As `sample` takes it.
    image
        RGB picture of 64 x 64 pixels.
    masks
        For each object's class name its visible pixels: bool, ``(height, width)``.
    objects
        Class names, the object with the largest visible area first.
    """

    name: str
    image: Image.Image
    masks: Mapping[str, NDArray[np.bool_]]
    objects: tuple[str, ...]


def sample_names() -> tuple[str, ...]:
    """Return the names of the bundled scenes, in alphabetical order."""
    files = (entry.name for entry in _folder().iterdir())
    return tuple(
        sorted(name.removesuffix(".json") for name in files if name.endswith(".json"))
    )


def sample(name: str) -> SampleScene:
    """Return a bundled scene.

    Parameters
    ----------
    name
        One of `sample_names`.

    Raises
    ------
    ValueError
        If there is no such scene; the message lists those that there are.
    """
    names = sample_names()
    if name not in names:
        near = difflib.get_close_matches(str(name), names, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(
            f"there is no sample scene {name!r}; {hint}there are: {', '.join(names)}."
        )
    folder = _folder()
    listed = json.loads((folder / f"{name}.json").read_text("utf-8"))["objects"]
    image = image_from_bytes((folder / f"{name}.png").read_bytes())
    index_image = image_from_bytes((folder / f"{name}.masks.png").read_bytes())
    index = np.asarray(index_image)[..., 0]
    masks: dict[str, NDArray[np.bool_]] = {}
    for number, title in enumerate(listed, start=1):
        # Two objects of one class are one mask.
        masks[title] = masks.get(title, np.zeros(index.shape, bool)) | (index == number)
    largest_first = sorted(masks, key=lambda title: -int(masks[title].sum()))
    return SampleScene(name, image, masks, tuple(largest_first))


def _folder() -> Traversable:
    return resources.files("vitwidgets.images") / "samples"
