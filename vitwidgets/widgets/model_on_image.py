"""What every view shows first: a hooked model, and an image as it takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from traitlets import Int, List, Tuple, Unicode

from vitwidgets.images import SampleScene, prepare_image, read_image
from vitwidgets.models import HookedViT
from vitwidgets.wire import Array

if TYPE_CHECKING:
    from torch import Tensor, nn

    from vitwidgets.images import ImageSource, PreparedImage


@dataclass(frozen=True)
class ModelOnImage:
    """A model and an image that is ready for it.

    Attributes
    ----------
    model
        The hooked model.
    prepared
        The image as the model takes it, and as one sees that.
    facts
        The values of the traits that `model_facts` declares.
    """

    model: HookedViT
    prepared: PreparedImage
    facts: dict[str, Any]

    @property
    def pixels(self) -> Tensor:
        """The image on the model's device, in its dtype, ``(1, 3, height, width)``."""
        return self.prepared.pixels.to(next(self.model.module.parameters()))


def model_on_image(model: HookedViT | nn.Module, image: ImageSource) -> ModelOnImage:
    """Make a model and an image ready for each other.

    Raises
    ------
    ValueError
        When the model is in training mode or has no preprocessing, or the image can't
        be used.
    UnsupportedModelError
        When the model is of no supported family.
    """
    hooked = model if isinstance(model, HookedViT) else HookedViT(model)
    if hooked.preprocessing is None:
        raise ValueError(
            f"{hooked.name} came without preprocessing, so an image can't be "
            "made ready for it: open it with vw.load_model(name), or say "
            "HookedViT(module, preprocessing=vw.images.Preprocessing(...))",
        )
    prepared = prepare_image(image, hooked.preprocessing)
    facts = {
        "model_name": hooked.name,
        "n_layers": hooked.config.n_layers,
        "n_tokens": hooked.grid.n_tokens,
        "grid": (hooked.grid.rows, hooked.grid.cols),
        "prefix_tokens": list(hooked.grid.prefix_names),
        "picture": prepared.picture,
    }
    return ModelOnImage(hooked, prepared, facts)


def read_once(image: ImageSource) -> ImageSource:
    """Read an image, for all who look at it: an open file gives nothing twice.

    Raises
    ------
    ImageError
        When it is not one usable image.
    """
    return image if isinstance(image, SampleScene) else read_image(image)


def model_facts() -> dict[str, Any]:
    """Return the traits that say what one model and one image are."""
    return {
        "model_name": Unicode(help="Name of the model, for captions."),
        "n_layers": Int(help="Number of blocks."),
        "n_tokens": Int(help="Prefix tokens and patches together."),
        "grid": Tuple(Int(), Int(), help="Rows and columns of patches."),
        "prefix_tokens": List(
            Unicode(), help="Names of the tokens before the patches, e.g. cls."
        ),
        "picture": Array("uint8", help="What the model saw, [height, width, 3]."),
    }
