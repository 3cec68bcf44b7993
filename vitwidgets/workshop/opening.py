"""Opening a lesson: the file, the model and the images together."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

from vitwidgets.images import sample
from vitwidgets.models import HookedViT, load_model
from vitwidgets.widgets.model_on_image import read_once
from vitwidgets.workshop.played import PlayedLesson
from vitwidgets.workshop.progress_file import ProgressFile, image_names, progress_name
from vitwidgets.workshop.reading import lesson_path, read_lesson
from vitwidgets.workshop.views import own_model

if TYPE_CHECKING:
    from torch import nn

    from vitwidgets.images import ImageSource
    from vitwidgets.workshop.lesson import Lesson


def open_lesson(
    lesson: str | os.PathLike[str],
    model: HookedViT | nn.Module | None,
    image: ImageSource | None,
    donor: ImageSource | None,
    progress: object,
) -> PlayedLesson:
    """Open a lesson; see :func:`vitwidgets.workshop`."""
    opened = _opened(lesson, model, image, donor)
    if progress is None:
        read, hooked, seen, donated = opened
        images = image_names(read, seen, donated)
        progress = progress_name(read, hooked.name, images)
    if isinstance(progress, str | os.PathLike):
        path = Path(cast("str | os.PathLike[str]", progress))
        return PlayedLesson(*opened, file=ProgressFile(path))
    return PlayedLesson(*opened, progress=progress)


def open_afresh(lesson: str | os.PathLike[str]) -> PlayedLesson:
    """Open a lesson on what it ships with, as if nobody had begun it; keep nothing."""
    return PlayedLesson(*_opened(lesson, None, None, None))


def _opened(
    lesson: str | os.PathLike[str],
    model: HookedViT | nn.Module | None,
    image: ImageSource | None,
    donor: ImageSource | None,
) -> tuple[Lesson, HookedViT, ImageSource, ImageSource]:
    read = read_lesson(lesson_path(lesson))
    if donor is not None and not read.donor:
        raise ValueError(f"the lesson {read.name} needs no donor: leave donor= out")
    if model is None:
        model = load_model(own_model(read.view))
    hooked = model if isinstance(model, HookedViT) else HookedViT(model)
    own = sample(read.image)
    seen = own if image is None else read_once(image)
    donated = seen
    if read.donor:
        donated = sample(read.donor) if donor is None else read_once(donor)
    return read, hooked, seen, donated
