"""Opening a lesson: the file, the model and the images together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.images import sample
from vitwidgets.models import HookedViT, load_model
from vitwidgets.widgets.model_on_image import read_once
from vitwidgets.workshop.played import PlayedLesson
from vitwidgets.workshop.reading import lesson_path, read_lesson

if TYPE_CHECKING:
    import os

    from torch import nn

    from vitwidgets.images import ImageSource


def open_lesson(
    lesson: str | os.PathLike[str],
    model: HookedViT | nn.Module | None,
    image: ImageSource | None,
    donor: ImageSource | None,
    progress: object,
) -> PlayedLesson:
    """Open a lesson; see :func:`vitwidgets.workshop`."""
    read = read_lesson(lesson_path(lesson))
    if donor is not None and not read.donor:
        raise ValueError(f"the lesson {read.name} needs no donor: leave donor= out")
    if model is None:
        model = load_model()
    hooked = model if isinstance(model, HookedViT) else HookedViT(model)
    own = sample(read.image)
    seen = own if image is None else read_once(image)
    donated = seen
    if read.donor:
        donated = sample(read.donor) if donor is None else read_once(donor)
    return PlayedLesson(read, hooked, seen, donated, progress)
