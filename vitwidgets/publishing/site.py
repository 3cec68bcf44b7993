"""A folder of pages that need no kernel: one for each view, and an index."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, cast

from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.publishing.live_patching import live_patching
from vitwidgets.publishing.live_weights import live_model
from vitwidgets.publishing.site_folder import SiteFolder
from vitwidgets.publishing.site_pages import (
    SITE_CSS,
    Card,
    holding_script,
    index_text,
    page_text,
)
from vitwidgets.widgets import ClickToPatch, Explorer
from vitwidgets.widgets.explorer import built
from vitwidgets.widgets.exported_page import deflated

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from vitwidgets.models import HookedViT
    from vitwidgets.publishing.live_patching import LivePatching

_TITLE = "Inside a vision transformer"
_LIVE_NOTE = (
    "No kernel is behind this page: it computes the model itself, so that every "
    "combination of edits can be tried. Its logits are within 0.0001 of those of the "
    "notebook. Random edits (noise and resample), sweeps and tests need the notebook: "
    "“Copy as Python” gives code that makes the same edits there."
)


@dataclass(frozen=True)
class PublishedPage:
    """A page of a site.

    Attributes
    ----------
    path
        The file.
    caption
        What it shows.
    is_live
        Whether it computes the model.
    why_not
        Why a page of click-to-patch doesn't, a sentence; or empty.
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
        Of the views, in their order.
    bytes
        Of all its files.
    """

    index: Path
    pages: tuple[PublishedPage, ...]
    bytes: int


def publish(
    folder: str | os.PathLike[str],
    views: Iterable[Explorer],
    *,
    title: str = _TITLE,
    overwrite: bool = False,
) -> PublishedSite:
    """Write pages that show views without kernel or network, and an index of them.

    The pages work from disk and on any web server. Those of click-to-patch compute the
    model themselves, where it is small and plain enough; others hold what
    ``view.to_html`` would hold.

    Parameters
    ----------
    folder
        For the site; made when it isn't there, else empty.
    views
        What to show, each on a page of its own, in the state that it is in. They may
        be opened as they are gone through: the folder is looked at first.
    title
        Of the index.
    overwrite
        Whether an earlier site in the folder is replaced. Files that are not an earlier
        site's, or were changed since, are never written over.

    Returns
    -------
    PublishedSite
        Where the pages are, and which of them compute.

    Raises
    ------
    TypeError
        If `views` are no views.
    ValueError
        If there is none, the title is empty, or a page would have to hold more than it
        should.
    RuntimeError
        If a view was closed.
    OSError
        If the folder can't be written to or holds something else; it then stays as it
        was.
    """
    if not title.strip():
        raise ValueError(f"title={title!r}: give the site a title")
    target = SiteFolder(folder, overwrite=overwrite)
    given = _checked(views)
    site = _Site(title)
    for view in given:
        site.add(view)
    files = site.files()
    target.write(files)
    pages = [
        PublishedPage(target.path / card.page, card.caption, card.is_live, why_not)
        for card, why_not in zip(site.cards, site.reasons, strict=True)
    ]
    size = sum(map(len, files.values()))
    return PublishedSite(target.path / "index.html", tuple(pages), size)


class _Site:
    """The files of a site, as they come together."""

    def __init__(self, title: str) -> None:
        self.cards: list[Card] = []
        self.reasons: list[str] = []
        self._title = title
        self._files: dict[str, bytes] = {}
        self._models: dict[int, str] = {}
        self._hold("site.css", SITE_CSS)
        self._hold("host.js", built("host.js").read_text("utf8"))

    def add(self, view: Explorer) -> None:
        """Add the page of a view, and what it shares with others."""
        kind = _kind(view)
        name = kind.replace(" ", "-").lower()
        own = f"{len(self.cards) + 1}-{name}"
        contents = view.page_contents()
        live, reason = self._live(view)
        scripts = ["host.js", f"{name}.js"]
        data: dict[str, object] = {"view": f"{name}.js"}
        if live:
            scripts += ["live.js", live.model]
            data["live"] = {"model": live.model, "references": live.references}
            answers = live.patching.needed(contents.answers)
            contents = replace(contents, answers=answers, note=_LIVE_NOTE)
        elif reason:
            contents = replace(contents, note=f"{contents.note} {reason}")
        text = page_text(
            site=self._title,
            view=name,
            contents=contents,
            data={**data, **contents.data()},
            scripts=scripts,
            is_live=live is not None,
        )
        self._files[f"{own}.html"] = text.encode()
        self._hold(f"{name}.css", contents.css)
        self._hold(f"{name}.js", holding_script(f"{name}.js", contents.esm))
        self._hold(f"{own}.png", _png(view))
        self.cards.append(Card(own, kind, contents.title, live is not None))
        self.reasons.append(reason)

    def files(self) -> dict[str, bytes]:
        """Give all files by path."""
        index = index_text(self._title, self.cards).encode()
        return {"index.html": index, **self._files}

    def _live(self, view: Explorer) -> tuple[_Live | None, str]:
        """Give what computes a view, or why nothing does, where it might have been."""
        if not isinstance(view, ClickToPatch):
            return None, ""
        try:
            model, patching = self._model(view.model), live_patching(view)
        except UnsupportedModelError as error:
            return None, f"{error}."
        return _Live(model, patching), ""

    def _model(self, model: HookedViT) -> str:
        """Bring a model in, once; give the name of its script."""
        if id(model) not in self._models:
            packed = dict(live_model(model).packed)
            digest = hashlib.sha256(json.dumps(packed).encode()).hexdigest()
            slug = re.sub(r"[^a-z0-9]+", "-", model.name.lower()).strip("-")
            name = f"model-{slug[:40]}-{digest[:8]}.js"
            self._hold(name, holding_script(name, packed))
            self._hold("live.js", built("live.js").read_text("utf8"))
            self._models[id(model)] = name
        return self._models[id(model)]

    def _hold(self, name: str, contents: str | bytes) -> None:
        data = contents if isinstance(contents, bytes) else contents.encode()
        self._files[f"assets/{name}"] = data


@dataclass(frozen=True, eq=False)
class _Live:
    """What computes a view: the name of the model's script, and the rest."""

    model: str
    patching: LivePatching

    @property
    def references(self) -> dict[str, object]:
        return deflated(self.patching.references)


def _checked(views: object) -> list[Explorer]:
    wanted = "views must be a list of views: publish(folder, [tour, lens])"
    if isinstance(views, Explorer) or not isinstance(views, Iterable):
        raise TypeError(f"{wanted}, not {type(views).__name__}")
    given = list(cast("Iterable[object]", views))
    for number, view in enumerate(given, 1):
        if not isinstance(view, Explorer):
            raise TypeError(f"{wanted}; number {number} is {type(view).__name__}")
    if not given:
        raise ValueError(f"{wanted}; there is none")
    return cast("list[Explorer]", given)


def _kind(view: Explorer) -> str:
    """Say what kind of view it is, as people say it: Attention head tour."""
    return re.sub(r"(?<=[a-z])[A-Z]", r" \g<0>", type(view).__name__).capitalize()


def _png(view: Explorer) -> bytes:
    png = BytesIO()
    view.still().save(png, "PNG")
    return png.getvalue()
