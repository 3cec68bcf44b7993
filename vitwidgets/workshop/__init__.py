"""Workshops: lessons over the live views, answered by doing.

The module itself is called: ``vw.workshop("logit-lens")``.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

    from torch import nn

    from vitwidgets.images import ImageSource
    from vitwidgets.models import HookedViT
    from vitwidgets.workshop.played import PlayedLesson


def workshop(
    lesson: str | os.PathLike[str],
    model: HookedViT | nn.Module | None = None,
    image: ImageSource | None = None,
    *,
    donor: ImageSource | None = None,
    progress: object = None,
) -> PlayedLesson:
    """Open a lesson over a live view.

    Questions are answered in the view, and judged by what is computed of the very model
    and image that are open: a lesson fits any model that its view fits. A question that
    has no answer there is left out, and the page says why.

    Parameters
    ----------
    lesson
        ``"attention-heads"``, ``"logit-lens"``, ``"patching"`` or ``"clip"``; or the
        path of a lesson's file.
    model
        A :class:`vitwidgets.HookedViT` or a module that one can be made of; for a
        lesson over the word lens the image tower of a CLIP that has its text. By
        default the bundled model, or the bundled CLIP.
    image
        One image, as :func:`vitwidgets.images.read_image` takes it; by default the
        lesson's own.
    donor
        For a lesson over click-to-patch the image that values are taken from.
    progress
        Where progress is kept: the path of a file, by default one in the present
        folder, ``<lesson>.vwprogress.json`` (with the model's and images' names where
        they aren't the lesson's own). It is written after each act, and a lesson that
        is opened again goes on with it. Or what ``lesson.progress`` of the same lesson,
        model and images was, to go on with that; then no file is kept.

    Returns
    -------
    PlayedLesson
        A widget; ``.progress`` is what was done as JSON, ``.summary()`` a text to hand
        in, ``.view`` the live view.

    Raises
    ------
    ValueError
        When there is no such lesson, ``progress`` is of another one, or the model or an
        image can't be used. (A *file* of another one is moved aside, and the page says
        so.)
    LessonError
        When the lesson's file can't be taken: what is wrong, by line and field.
    UnsupportedModelError
        As the lesson's view says.
    """
    from vitwidgets.workshop.opening import open_lesson  # noqa: PLC0415 (torch)

    return open_lesson(lesson, model, image, donor, progress)


class _Workshop(ModuleType):
    __call__ = staticmethod(workshop)


# The package and the function have one name, and importing the package would put the
# module in the function's place.
sys.modules[__name__].__class__ = _Workshop
