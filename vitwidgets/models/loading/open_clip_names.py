"""Names of open_clip's models, taken apart and looked up."""

from __future__ import annotations

import difflib
import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vitwidgets.models.loading.errors import (
    REMEDIES,
    UnknownModelError,
    WeightsUnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PREFIX = "open_clip:"
"""What names of open_clip's models begin with."""


@dataclass(frozen=True)
class OpenClipName:
    """A tower of one of open_clip's models.

    Attributes
    ----------
    name
        As the user gave it.
    architecture
        open_clip's name of its configuration.
    text
        Whether the text tower is meant.
    text_settings
        The part of the configuration about the text tower.
    published
        What open_clip knows of the tag's weights; empty without a tag.
    """

    name: str
    architecture: str
    text: bool
    text_settings: Mapping[str, Any]
    published: Mapping[str, Any]

    @property
    def needs_transformers(self) -> bool:
        """Whether the text tower is a model of the package transformers."""
        return "hf_model_name" in self.text_settings


def open_clip() -> Any:
    """Give the package, which takes seconds to load and has no types."""
    return importlib.import_module("open_clip")


def look_up(name: str, *, tag_needed: bool) -> OpenClipName:
    """Take a name such as "open_clip:ViT-B-32/openai#text" apart.

    Raises
    ------
    UnknownModelError
        If there is no such architecture, tag or tower, or no tag where one is needed;
        the message suggests others.
    WeightsUnavailableError
        If a tag is needed, and this architecture has none.
    """
    path, mark, side = name.removeprefix(PREFIX).partition("#")
    if mark and side != "text":
        raise UnknownModelError(
            f"there is no model {name!r}; behind '#' only 'text' is known, for the "
            "text tower, while the name of the image tower has no '#'."
        )
    known: list[str] = open_clip().list_models()
    # open_clip reads a slash in an architecture's name as a dash.
    architecture, tag = path.replace("/", "-"), ""
    if architecture not in known:
        before, slash, tag = path.rpartition("/")
        architecture = (before if slash else path).replace("/", "-")
    if architecture not in known:
        raise _unknown(name, architecture, known)
    published: dict[str, Any] = (
        open_clip().get_pretrained_cfg(architecture, tag) if tag else {}
    )
    if (tag and not published) or (tag_needed and not tag):
        raise _without_tag(name, architecture, tag)
    return OpenClipName(
        name=name,
        architecture=architecture,
        text=bool(mark),
        text_settings=open_clip().get_model_config(architecture)["text_cfg"],
        published=published,
    )


def _unknown(name: str, architecture: str, known: Sequence[str]) -> UnknownModelError:
    by_lower = {entry.lower(): entry for entry in known}
    close = difflib.get_close_matches(architecture.lower(), by_lower, n=3, cutoff=0.5)
    near = " or ".join(repr(PREFIX + by_lower[entry]) for entry in close)
    hint = f"did you mean {near}? " if near else ""
    return UnknownModelError(
        f"there is no model {name!r}; {hint}open_clip.list_models() lists "
        "architectures, and a name is 'open_clip:ARCHITECTURE/TAG'."
    )


def _without_tag(
    name: str, architecture: str, tag: str
) -> UnknownModelError | WeightsUnavailableError:
    tags: list[str] = open_clip().list_pretrained_tags_by_model(architecture)
    if not tags:
        return WeightsUnavailableError(
            f"open_clip has no trained weights for {architecture!r}; {REMEDIES}."
        )
    near = difflib.get_close_matches(tag, tags, n=3, cutoff=0.5) if tag else []
    hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
    problem = f"there are no weights {tag!r} for" if tag else "no weights are named in"
    return UnknownModelError(
        f"{problem} {name!r}; {hint}{architecture!r} has {', '.join(tags)}, and a name "
        f"is {f'{PREFIX}{architecture}/{tags[0]}'!r}."
    )
