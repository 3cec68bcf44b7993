"""The state of every lens: what the page shows, and who may write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import Bool, Enum, Int, List, TraitError, Unicode, validate

from vitwidgets.methods.logit_lens import NORMS
from vitwidgets.widgets.class_explorer import ClassExplorer
from vitwidgets.widgets.lens.source import LENSES
from vitwidgets.wire import Array, Index, IndexOrNone, Record, checked_index, owned

if TYPE_CHECKING:
    from collections.abc import Mapping

MODES = ("emoji", "class", "heat", "entropy", "mask")
HEATS = ("logit", "probability", "rank")
_PLACES = ("layer", "token", "target", "versus", "mask", "lens", "norm")


def readings_fields() -> dict[str, Any]:
    """Return the traits of what a lens reads; layers begin with the embedding."""
    return {
        "lens": Unicode(help="plain or tuned."),
        "norm": Unicode(help="own or final."),
        "top_classes": Array("uint16", help="The likeliest, [layer, token, top]."),
        "top_logits": Array("float32", help="Their logits, [layer, token, top]."),
        "normaliser": Array(
            "float32",
            help="[layer, token]; a probability is exp(logit - normaliser).",
        ),
        "entropy": Array("float32", help="Of all classes, nats, [layer, token]."),
        "followed_classes": Array(
            "uint16", help="The likeliest at any layer, [token, followed]."
        ),
        "followed_logits": Array("float32", help="[layer, token, followed]."),
    }


class LensState(ClassExplorer):
    """The traits of a lens; what doesn't exist on its model is refused."""

    class_traits_by_name = frozenset({"target", "versus", "mask"})

    lenses = owned(
        List(Unicode(), help="Lenses there are; a saved page may hold fewer."), "py"
    )
    norms = owned(
        List(Unicode(), help="Norms there are; a saved page may hold fewer."), "py"
    )
    token_norms = owned(
        Array("float32", help="Length of each token's stream, [layer, token]."), "py"
    )
    artifacts = owned(
        Array(
            "uint8",
            help="1 for a patch whose norm stands out, [layer, token].",
        ),
        "py",
    )
    truth = owned(
        List(
            Record(
                "LensTruth",
                {
                    "name": Unicode(help="What it is."),
                    "classes": List(Int(), help="The classes that are called so."),
                    "mask": Array("uint8", help="1 where it is, [height, width]."),
                },
            ),
            help="Where things truly are, where that is known.",
        ),
        "py",
    )
    opening = owned(
        Record(
            "LensReadings",
            readings_fields(),
            help="What the lens that it opens with reads.",
        ),
        "py",
    )
    readable_classes = owned(
        List(
            Int(),
            help="Classes that a saved page has maps of; empty: any can be asked for.",
        ),
        "py",
    )

    layer = owned(
        IndexOrNone(-1, help="Block after which is read; -1: the embedding."), "both"
    )
    token = owned(Index(help="The token that is looked at."), "both")
    mode = owned(
        Enum(MODES, "emoji", help="What is drawn over the picture."),
        "both",
    )
    heat = owned(
        Enum(HEATS, "probability", help="What heat shows of the target."),
        "both",
        in_code="changed",
    )
    target = owned(
        IndexOrNone(-1, help="The class whose heat is shown; -1 for none."),
        "both",
        in_code="changed",
    )
    versus = owned(
        IndexOrNone(-1, help="The class that the target is compared with, or -1."),
        "both",
        in_code="changed",
    )
    lens = owned(
        Enum(LENSES, "plain", help="The model's own readout, or a trained one."),
        "both",
        in_code="changed",
    )
    norm = owned(
        Enum(
            NORMS,
            "own",
            help="Statistics of the final norm: the token's own, or the last layer's.",
        ),
        "both",
        in_code="changed",
    )
    show_norms = owned(
        Bool(False, help="Whether tokens whose norm stands out are marked."),
        "both",
        in_code="changed",
    )
    mask = owned(
        List(Index(), help="The set of classes whose patches the mask shows."),
        "both",
        in_code="changed",
    )

    _sizes: Mapping[str, int]
    """Of ``layer`` and ``token``."""

    _unavailable: Mapping[str, str]
    """Lenses and norms that can't be had here, and why."""

    @validate(*_PLACES)
    def _validate_place(self, proposal: dict[str, Any]) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        if name in ("lens", "norm"):
            if value in self._unavailable:
                raise TraitError(f"{name}={value!r}: {self._unavailable[value]}")
        elif name == "mask":
            for each in value:
                checked_index("class", each, self._class_count())
            if len(set(value)) != len(value):
                raise TraitError(f"mask={value!r:.200}: a class stands there twice")
        elif name in ("target", "versus"):
            checked_index(name, value, self._class_count(), least=-1)
        elif name == "layer":
            checked_index(name, value, self._sizes["layer"], least=-1)
        else:
            checked_index(name, value, self._sizes[name])
        return value

    def _class_count(self) -> int:
        return len(self.labels)
