"""A folder of pages that need no kernel: a view or lesson each, and an index."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sized
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from tqdm import tqdm

from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.publishing.card_pictures import about, card_picture
from vitwidgets.publishing.lesson_contents import LessonContents, PublishableLesson
from vitwidgets.publishing.live_patching import live_patching
from vitwidgets.publishing.live_weights import live_model
from vitwidgets.publishing.published_site import PublishedPage, PublishedSite
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

    from vitwidgets.models import HookedViT
    from vitwidgets.publishing.live_patching import LivePatching
    from vitwidgets.widgets.exported_page import PageContents

_TITLE = "Inside a vision transformer"
_LIVE_NOTE = (
    "No kernel is behind this page: it computes the model itself, so that every "
    "combination of edits can be tried. Its logits are within 0.0001 of those of the "
    "notebook. Random edits (noise and resample), sweeps and tests need the notebook: "
    "“Copy as Python” gives code that makes the same edits there."
)
_WANTED = "views must be a list of views or lessons: publish(folder, [tour, lens])"
LESSON_NOTE = (
    "The verdicts were computed when this page was published, by the checks that judge "
    "in a notebook. What you did is kept while the page is open: copy the summary "
    "before you close it."
)
_LESSON_VIEW = "workshop-lesson"


def publish(
    folder: str | os.PathLike[str],
    views: Iterable[Explorer | PublishableLesson],
    *,
    title: str = _TITLE,
    overwrite: bool = False,
    progress: bool = True,
) -> PublishedSite:
    """Write pages that show views without kernel or network, and an index of them.

    The pages work from disk and on any web server. Those of click-to-patch compute the
    model themselves, where it is small and plain enough; others hold what
    ``view.to_html`` would hold. The page of a lesson begins it anew, and holds the
    verdicts on all that can be answered.

    Parameters
    ----------
    folder
        For the site; made when it isn't there, else empty.
    views
        What to show, each on a page of its own, in the state that it is in: views, and
        lessons that `vitwidgets.workshop` opened. They may be opened as they are gone
        through: the folder is looked at first.
    title
        Of the index.
    overwrite
        Whether an earlier site in the folder is replaced. Files that are not an earlier
        site's, or were changed since, are never written over.
    progress
        Show a progress bar for pages, and one for the answers that a page holds.

    Returns
    -------
    PublishedSite
        Where the pages are, and which of them compute.

    Raises
    ------
    TypeError
        If `views` are no views or lessons.
    ValueError
        If there is none, the title is empty, a page would have to hold more than it
        should, or a lesson has a step that can't be shown.
    RuntimeError
        If a view or lesson was closed.
    OSError
        If the folder can't be written to or holds something else; it then stays as it
        was.
    """
    if not title.strip():
        raise ValueError(f"title={title!r}: give the site a title")
    target = SiteFolder(folder, overwrite=overwrite)
    given = _listed(views)
    site = _Site(title, progress=progress)
    total = len(given) if isinstance(given, Sized) else None
    with tqdm(total=total, desc="publish", unit="page", disable=not progress) as bar:
        for number, view in enumerate(given, 1):
            if not isinstance(view, Explorer | PublishableLesson):
                kind = type(view).__name__
                raise TypeError(f"{_WANTED}; number {number} is {kind}")
            site.add(view)
            bar.update()
    if not site.cards:
        raise ValueError(f"{_WANTED}; there is none")
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

    def __init__(self, title: str, *, progress: bool) -> None:
        self.cards: list[Card] = []
        self.reasons: list[str] = []
        self._title = title
        self._progress = progress
        self._files: dict[str, bytes] = {}
        self._models: dict[int, str] = {}
        self._hold("site.css", SITE_CSS)
        self._hold("host.js", built("host.js").read_text("utf8"))

    def add(self, given: Explorer | PublishableLesson) -> None:
        """Add a page, and what it shares with others."""
        if isinstance(given, Explorer):
            kind = _kind(given)
            card = self._card(_slug(kind), kind, given, given.caption(), about(given))
            self._add_page(card, given, given.page_contents())
            return
        with given.published() as lesson:
            name = f"lesson-{_slug(lesson.name)}"
            title = lesson.title
            card = self._card(name, "Lesson", lesson.view, title, title)
            self._add_page(card, lesson.view, lesson.shown, lesson)

    def _card(
        self, name: str, kind: str, view: Explorer, caption: str, about: str
    ) -> Card:
        model = str(getattr(view, "model_name", ""))
        number = len(self.cards) + 1
        return Card(f"{number}-{name}", kind, caption, about, model, is_live=False)

    def _add_page(
        self,
        card: Card,
        view: Explorer,
        contents: PageContents,
        lesson: LessonContents | None = None,
    ) -> None:
        live, reason = self._live(view)
        view_name = _slug(_kind(view))
        scripts = ["host.js", f"{view_name}.js"]
        styles = [view_name]
        data: dict[str, object] = {"view": f"{view_name}.js"}
        if live:
            scripts += ["live.js", live.model]
            data["live"] = {"model": live.model, "references": live.references}
            computed = live.patching.is_computed
            answers = (
                live.patching.needed(contents.answers)
                if lesson
                else cast("ClickToPatch", view).kept_answers(computed)
            )
            contents = replace(contents, answers=answers, note=_LIVE_NOTE, held=str)
        data |= self._told(contents, card).data()
        if reason:
            contents = replace(contents, note=f"{contents.note} {reason}")
        heading = f"Saved: {contents.title}"
        if lesson:
            data["lesson"] = self._lesson_data(lesson)
            scripts.append(f"{_LESSON_VIEW}.js")
            styles.append(_LESSON_VIEW)
            heading = f"{card.kind}: {card.caption}"
            note = f"{LESSON_NOTE} {contents.note}"
            contents = replace(contents, title=heading, note=note)
        text = page_text(
            site=self._title,
            heading=heading,
            styles=styles,
            contents=contents,
            data=data,
            scripts=scripts,
            is_live=live is not None,
        )
        self._files[f"{card.name}.html"] = text.encode()
        self._hold_view(view_name, contents)
        self._hold(f"{card.name}.png", card_picture(view))
        self.cards.append(replace(card, is_live=live is not None))
        self.reasons.append(reason)

    def _told(self, contents: PageContents, card: Card) -> PageContents:
        """Show how many answers there are as they are made."""
        answers = tqdm(
            contents.answers,
            desc=card.page,
            unit="answer",
            leave=False,
            disable=not self._progress,
        )
        return replace(contents, answers=answers)

    def _lesson_data(self, lesson: LessonContents) -> dict[str, object]:
        self._hold_view(_LESSON_VIEW, lesson.page)
        state = lesson.page.data()["state"]
        return {"view": f"{_LESSON_VIEW}.js", "state": state, **lesson.lesson}

    def _hold_view(self, name: str, contents: PageContents) -> None:
        self._hold(f"{name}.css", contents.css)
        self._hold(f"{name}.js", holding_script(f"{name}.js", contents.esm))

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
            name = f"model-{_slug(model.name)}-{digest[:8]}.js"
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


def _listed(views: object) -> Iterable[object]:
    if isinstance(views, Explorer | PublishableLesson) or not isinstance(
        views, Iterable
    ):
        raise TypeError(f"{_WANTED}, not {type(views).__name__}")
    return cast("Iterable[object]", views)


def _kind(view: Explorer) -> str:
    """Say what kind of view it is, as people say it: Attention head tour."""
    return re.sub(r"(?<=[a-z])[A-Z]", r" \g<0>", type(view).__name__).capitalize()


def _slug(words: str) -> str:
    """Give words as a file's name has them."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:40]
