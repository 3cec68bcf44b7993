"""Donors and reference images, as they are given: their names, and what they are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from vitwidgets.images import SampleScene, sample, sample_names
from vitwidgets.methods.image_stream import files_in
from vitwidgets.widgets.patcher.edits import MEAN, REFERENCE

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from vitwidgets.images import ImageSource
    from vitwidgets.methods.image_stream import Images

_TAKEN = (MEAN, REFERENCE)


def named_donors(
    donor: ImageSource | Sequence[ImageSource] | Mapping[str, ImageSource],
) -> dict[str, ImageSource]:
    """Give every donor a name.

    Parameters
    ----------
    donor
        One image, several, or images by name.

    Raises
    ------
    ValueError
        If there is none, or a name can't be one.
    """
    found: dict[str, ImageSource] = {}
    if isinstance(donor, Mapping):
        for name, image in cast("Mapping[Any, ImageSource]", donor).items():
            found[checked_name(name, found)] = image
    else:
        several = isinstance(donor, (list, tuple))
        images = cast("Sequence[ImageSource]", donor if several else [donor])
        for image in images:
            found[name_for(image, found)] = image
    if not found:
        raise ValueError("there is no donor: give an image to take values from")
    return found


def checked_name(name: object, others: Collection[str]) -> str:
    """Return a name that a person chose for a donor.

    Raises
    ------
    ValueError
        If it is no name, or is taken.
    """
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"a donor's name is a text such as 'dog', not {name!r:.100}")
    if name in _TAKEN or name in others:
        raise ValueError(f"a donor can't be called {name!r:.100}: the name is taken")
    return name


def name_for(image: ImageSource, others: Collection[str]) -> str:
    """Give an image a name of its own: its scene's, its file's, or just a number."""
    name = picture_name(image) or "donor"
    if name in _TAKEN:
        name = "donor"
    number, free = 1, name
    while free in others:
        number += 1
        free = f"{name} {number}"
    return free


def picture_name(image: ImageSource) -> str:
    """Return what an image is called, or nothing."""
    if isinstance(image, SampleScene):
        return image.name
    if isinstance(image, (str, os.PathLike)):
        return Path(os.fsdecode(image)).stem
    return ""


def reference_images(given: Images | None, seen: Collection[ImageSource]) -> Images:
    """Return images that can be gone through many times.

    Parameters
    ----------
    given
        As a person gave them; None for the bundled scenes.
    seen
        Images that are looked at: their scenes are not among the bundled ones then, or
        a mean would be partly the clean image's own value, or the donor's.

    Raises
    ------
    ValueError
        If it is an empty folder.
    """
    if given is None:
        names = {picture_name(image) for image in seen}
        return [sample(name) for name in sample_names() if name not in names]
    if isinstance(given, (str, os.PathLike)):
        path = Path(os.fsdecode(given))
        files = files_in(path) if path.is_dir() else [path]
        if not files:
            raise ValueError(f"reference={str(path)!r}: the folder holds no picture")
        return files
    if isinstance(given, Iterator):
        return list(cast("Iterator[Any]", given))
    return given
