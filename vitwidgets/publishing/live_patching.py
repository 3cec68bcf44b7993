"""Click-to-patch in a page that computes the model itself."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from vitwidgets.methods.image_stream import ImageStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from vitwidgets.images import Preprocessing
    from vitwidgets.methods.image_stream import Images
    from vitwidgets.models import HookedViT
    from vitwidgets.widgets import ClickToPatch
    from vitwidgets.widgets.exported_page import KeptAnswer

_MOST_REFERENCES = 64
"""Images, which a page runs before it knows a mean."""
_NEAR = 0.01
"""Levels by which a whole one may be off, after all the arithmetic in float32."""
_COMPUTED = frozenset({"patch", "zero", "steer"})


@dataclass(frozen=True, eq=False)
class LivePatching:
    """What a page needs beside the model and its own state.

    Attributes
    ----------
    references
        Pictures that means are of, uint8 ``(picture, height, width, 3)``; none where
        the page takes no means.
    """

    references: NDArray[np.uint8]

    def needed(self, answers: Iterable[KeptAnswer]) -> Iterator[KeptAnswer]:
        """Leave out the predictions that the page computes."""
        for kept in answers:
            edits = cast(
                "Sequence[Mapping[str, Any]]", kept.arguments.get("interventions", ())
            )
            if kept.kind != "predict" or not all(map(self.is_computed, edits)):
                yield kept

    def is_computed(self, edit: Mapping[str, Any]) -> bool:
        """Whether the page computes what an edit does."""
        if edit["kind"] == "mean":
            return len(self.references) > 0
        return edit["kind"] in _COMPUTED


def live_patching(view: ClickToPatch) -> LivePatching:
    """Find what a page needs to compute the predictions of a view.

    Parameters
    ----------
    view
        Of a model that `live_model` takes; not closed.

    Raises
    ------
    ValueError
        If no reference image can be read.
    """
    return LivePatching(_whole_levels(view.model, view.runs.reference.images))


def _whole_levels(model: HookedViT, images: Images) -> NDArray[np.uint8]:
    """Give images as levels from 0 to 255, or none of them where that loses anything.

    Nor are there any where they are more than a page runs.
    """
    height, width = model.config.image_size
    none = np.zeros((0, height, width, 3), np.uint8)
    batches = list(islice(ImageStream(model, images, None, _MOST_REFERENCES), 2))
    if len(batches) > 1:
        return none
    colours = cast("Preprocessing", model.preprocessing)
    mean, std = torch.tensor(colours.mean), torch.tensor(colours.std)
    pixels = batches[0].pixels.float().permute(0, 2, 3, 1)
    levels = (pixels * std + mean) * 255
    whole = levels.round().clamp(0, 255)
    if float((whole - levels).abs().max()) > _NEAR:
        return none
    return whole.to(torch.uint8).numpy()
