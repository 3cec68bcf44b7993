"""Python that makes a model and an image again, as far as they are known."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageChops

from vitwidgets.images import SampleScene, read_image, sample, sample_names
from vitwidgets.models.loading.bundled_clip import is_bundled_clip
from vitwidgets.models.loading.load_model import BUNDLED
from vitwidgets.models.words.zero_shot import ZeroShotClassifier
from vitwidgets.widgets.head_measurements import shipped_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vitwidgets.images import ImageSource
    from vitwidgets.models import HookedViT

_PREFIXES = ("open_clip:", "hf-hub:", "local-dir:")


def model_lines(model: HookedViT) -> str:
    """Return Python that makes the model, or says what to put there.

    The bundled model is known by its weights. A name alone doesn't say where weights
    came from, so a comment asks to check.
    """
    lines = _lines_by_name(model)
    if not isinstance(model.module, ZeroShotClassifier):
        return lines
    words = f".with_words({list(model.class_names or ())!r}"
    if model.templates not in ((), ("{}",)):
        words += f", {list(model.templates)!r}"
    again = "  # give text= and through= again" if model.module.through else ""
    # Behind what loads the model, or in the comment that asks for it.
    return f"{lines}{words}){again}"


def _lines_by_name(model: HookedViT) -> str:
    name = model.name
    if name == BUNDLED and shipped_record().is_of(model):
        return "model = vw.load_model()"
    if name == BUNDLED or not _can_be_loaded(name):
        return f"model = ...  # put your model here; it was called {name!r}"
    return (
        "# By its name: add pretrained=, image_size= or dtype= where you gave them.\n"
        f"model = vw.load_model({name!r})"
    )


def image_line(source: ImageSource) -> str:
    """Return a line of Python that makes the image, or says what to put there."""
    if isinstance(source, SampleScene):
        return f"image = vw.images.sample({source.name!r})"
    if isinstance(source, (str, os.PathLike)):
        return f"image = {os.fsdecode(source)!r}"
    name = _sample_name(source) if isinstance(source, Image.Image) else None
    if name is not None:
        return f"image = vw.images.sample({name!r})"
    kind = type(source).__name__
    return f"image = ...  # put your image here; it was given as {kind!r}"


@dataclass(frozen=True)
class Opening:
    """How Python opens a view: the name it gets, and which numbers are printed."""

    variable: str
    widget: str
    printed: str
    meaning: str


def code_frame(
    opening: Opening,
    models: Sequence[HookedViT],
    images: Sequence[ImageSource],
    options: str = "",
    *,
    donors: Mapping[str, ImageSource] | None = None,
) -> tuple[str, str]:
    """Return Python that opens a view, before and after its state.

    Parameters
    ----------
    opening
        The view.
    models, images
        Of each side, the images as they were given.
    options
        Lines of the call that follow them.
    donors
        Images by name that come after them, as they were given.
    """
    (model, *others), (image, *pictures) = models, images
    before = f"import vitwidgets as vw\n\n{model_lines(model)}\n{image_line(image)}\n"
    name = opening.variable
    call = f"{name} = vw.{opening.widget}(\n    model,\n    image,\n"
    for other, picture in zip(others, pictures, strict=True):
        before += _comparison_lines(model, image, other, picture)
        call += "    compare=compare,\n"
    if donors is not None:
        before += _donor_lines(donors)
        call += "    donors,\n"
    after = f")\nprint({name}.{opening.printed})  # {opening.meaning}\n{name}\n"
    return before + call + options, after


def given_again(**values: object) -> str:
    """Return a line for a call that asks for the arguments that code can't say.

    Parameters
    ----------
    **values
        Arguments by name; None is one that was not given.
    """
    names = [f"{name}=" for name, value in values.items() if value is not None]
    return f"    # Give {' and '.join(names)} again, as you did.\n" if names else ""


def _donor_lines(donors: Mapping[str, ImageSource]) -> str:
    """Return Python that makes ``donors``, a dictionary of images."""
    lines = ["donors = {\n"]
    for name, source in donors.items():
        image = image_line(source).removeprefix("image = ")
        value, gap, remark = image.partition("  #")
        if value != "...":  # a "#" may stand in a path, too
            value, gap, remark = image, "", ""
        lines.append(f"    {name!r}: {value},{gap}{remark}\n")
    return "".join((*lines, "}\n"))


def _comparison_lines(
    model: HookedViT, image: ImageSource, other: HookedViT, picture: ImageSource
) -> str:
    """Return Python that makes ``compare``: another image, another model, or both."""
    picture_line = image_line(picture).replace("image =", "compare =", 1)
    if other is model:
        return f"{picture_line}\n"
    if picture is image:
        return model_lines(other).replace("model =", "compare =", 1) + "\n"
    other_lines = model_lines(other).replace("model =", "other =", 1)
    return f"{other_lines}\n{picture_line}\ncompare = (other, compare)\n"


def _can_be_loaded(name: str) -> bool:
    if name.startswith(_PREFIXES) or is_bundled_clip(name):
        return True
    import timm  # noqa: PLC0415 (takes a second where no model came from it)

    untyped: Any = timm
    return bool(untyped.is_model(name.split(".", maxsplit=1)[0]))


def _sample_name(picture: Image.Image) -> str | None:
    """Recognise a bundled scene's picture, which is mostly what a tour is opened on."""
    for name in sample_names():
        scene = sample(name).image
        if picture.size != scene.size:
            return None
        if ImageChops.difference(read_image(picture), scene).getbbox() is None:
            return name
    return None
