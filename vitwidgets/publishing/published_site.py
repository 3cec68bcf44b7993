"""What came of publishing: where the pages are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class PublishedPage:
    """A page of a site.

    Attributes
    ----------
    path
        The file.
    caption
        What it shows, or what the lesson is about.
    is_live
        Whether it computes the model, so that click-to-patch answers any combination of
        edits. Other views have no need of that: theirs are answered in full from what
        the page holds.
    why_not
        Why a page of click-to-patch doesn't compute, a sentence. Empty where it does,
        and for other views.
    """

    path: Path
    caption: str
    is_live: bool
    why_not: str


@dataclass(frozen=True)
class PublishedSite:
    """A site that was written.

    Attributes
    ----------
    index
        The page to open.
    pages
        Of the views and lessons, in their order.
    bytes
        Of all its files.
    """

    index: Path
    pages: tuple[PublishedPage, ...]
    bytes: int
