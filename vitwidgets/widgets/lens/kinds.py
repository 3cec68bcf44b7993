"""What a lens on a model of known kinds of classes shows besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import Enum, Int, List, Unicode

from vitwidgets.widgets.lens.state import LensState
from vitwidgets.wire import Record, owned

if TYPE_CHECKING:
    from vitwidgets.labels import Labels

MODES = ("emoji", "class", "superclass", "heat", "entropy", "mask")


class KindsState(LensState):
    """The traits of a lens whose classes are of kinds, such as birds."""

    class_superclasses = owned(
        List(Int(), help="For each class its index in superclasses."), "py"
    )
    superclasses = owned(
        List(
            Record(
                "Superclass",
                {
                    "name": Unicode(help="Such as bird."),
                    "emoji": Unicode(help="Its own."),
                },
            ),
            help="Kinds of classes.",
        ),
        "py",
    )
    mode = owned(
        Enum(MODES, "emoji", help="What is drawn over the picture."),
        "both",
    )


def kinds_facts(labels: Labels) -> dict[str, Any]:
    """Return the values of the traits that name the kinds of the classes."""
    kinds = dict(zip(labels.superclasses, labels.superclass_emoji, strict=True))
    places = {name: index for index, name in enumerate(kinds)}
    return {
        "class_superclasses": [places[name] for name in labels.superclasses],
        "superclasses": [
            {"name": name, "emoji": emoji} for name, emoji in kinds.items()
        ],
    }
