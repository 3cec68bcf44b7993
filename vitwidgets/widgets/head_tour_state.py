"""The state of the attention head tour: what the page shows, and who may write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from traitlets import Dict, Enum, Int, List, TraitError, Tuple, Unicode, validate

from vitwidgets.widgets.attention_source import SHOWN
from vitwidgets.widgets.explorer import Explorer
from vitwidgets.widgets.head_measurements import RANKED
from vitwidgets.widgets.model_on_image import model_facts
from vitwidgets.wire import Array, Index, IndexOrNone, Record, checked_index, owned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_PINS = 4
_RECTANGLE = ("top", "left", "bottom", "right")

_THE_TOUR_ITSELF = ("stops", "stop")
"""What a stop of a guided tour doesn't hold: everything else is the view's state."""


def side_facts() -> dict[str, Any]:
    """Return the traits that say what one model and one image are."""
    return {
        **model_facts(),
        "n_heads": Int(help="Number of heads in a block."),
        "opening_codes": Array(
            "uint8", help="Codes of the first row or column, [layer, head, token]."
        ),
        "opening_scales": Array("float32", help="Their scales, [layer, head, 1]."),
        "opening_query": Int(help="The token that the opening rows belong to."),
        "opening_direction": Enum(
            ("row", "column"), "row", help="The direction of the opening rows."
        ),
        "delivery": Enum(
            ("layers", "rows"),
            "layers",
            help="Whether whole layers fit the payload budget, or only rows travel.",
        ),
    }


_FACTS = {name: owned(trait, "py") for name, trait in side_facts().items()}


class HeadTourState(Explorer):
    """The traits of the tour; what doesn't exist on its model is refused."""

    model_name = _FACTS["model_name"]
    n_layers = _FACTS["n_layers"]
    n_heads = _FACTS["n_heads"]
    n_tokens = _FACTS["n_tokens"]
    grid = _FACTS["grid"]
    prefix_tokens = _FACTS["prefix_tokens"]
    picture = _FACTS["picture"]
    opening_codes = _FACTS["opening_codes"]
    opening_scales = _FACTS["opening_scales"]
    opening_query = _FACTS["opening_query"]
    opening_direction = _FACTS["opening_direction"]
    delivery = _FACTS["delivery"]
    compared = owned(
        List(
            Record("TourSide", side_facts()),
            help="The model and image that this one is compared with: one, or none.",
        ),
        "py",
    )
    offered = owned(
        List(Unicode(), help="What can be shown here; a saved page holds less."), "py"
    )
    payload_budget = owned(
        Int(
            help=(
                "Bytes of attention of each kind that the page may hold: all of it "
                "where that fits, else the rows that were looked at last."
            )
        ),
        "py",
    )

    layer = owned(Index(help="Block of the head in the large view."), "both")
    head = owned(Index(help="The head in the large view."), "both")
    query = owned(Index(help="The token whose row or column is shown."), "both")
    direction = owned(
        Enum(
            ("row", "column"),
            "row",
            help="row: what the token attends to; column: who attends to it.",
        ),
        "both",
    )
    scale = owned(
        Enum(("linear", "log"), "linear", help="Scale of the colours."),
        "both",
    )
    maximum = owned(
        Enum(
            ("head", "shared"),
            "head",
            help="The brightest colour: each head's own maximum, or one for all.",
        ),
        "both",
    )
    shown = owned(
        Enum(
            SHOWN,
            "pattern",
            help=(
                "pattern: attention; scores: before the softmax; written: the length "
                "of what is taken from each token; rollout: through all blocks."
            ),
        ),
        "both",
        in_code="changed",
    )
    region = owned(
        List(
            Index(),
            help=(
                "Patches [top, left, bottom, right], inclusive, whose mean stands in "
                "place of the query; empty for none."
            ),
        ),
        "both",
        in_code="changed",
    )
    pins = owned(
        List(
            Tuple(Index(), Index()),
            help=f"Up to {MOST_PINS} heads [layer, head] that are compared.",
        ),
        "both",
        in_code="changed",
    )
    large = owned(
        Enum(
            ("picture", "matrix"),
            "picture",
            help="The large view: over the picture, or from each token to each.",
        ),
        "both",
        in_code="changed",
    )
    sort = owned(
        Unicode(help="The measurement that orders the heads; empty: by place."),
        "both",
        in_code="changed",
    )
    search = owned(
        Unicode(help="Which heads are looked for, e.g. L3.H2, corner, entropy>2."),
        "both",
        in_code="changed",
    )
    selection = owned(
        List(
            Tuple(Index(), Index()),
            help="Heads [layer, head] that were chosen in a chart; empty for all.",
        ),
        "both",
        in_code="changed",
    )
    side = owned(
        Index(help="Whose heads the grid shows: 0, or 1 where two are compared."),
        "both",
        in_code="changed",
    )
    stops = owned(
        List(
            Record(
                "TourStop",
                {
                    "title": Unicode(help="A few words."),
                    "text": Unicode(help="What there is to see, in plain text."),
                    "state": Dict(help="The view's state there, trait by trait."),
                },
            ),
            help="The stops of the guided tour.",
        ),
        "both",
        in_code="never",
    )
    stop = owned(
        IndexOrNone(-1, help="The present stop; -1 while there is none."),
        "both",
        in_code="never",
    )

    _sizes: Mapping[str, int]
    """Of ``layer``, ``head``, ``query`` and ``side``; ``rows`` and ``columns``."""

    _unavailable: Mapping[str, str]
    """What can't be shown here, and why."""

    def checked_state(self, state: Mapping[str, object]) -> dict[str, Any]:
        """Return a stop's state as the traits would take it, without taking it.

        Raises
        ------
        TraitError
            When a name or value doesn't exist here.
        """
        allowed = [n for n in self.settable_names() if n not in _THE_TOUR_ITSELF]
        checked: dict[str, Any] = {}
        for name, value in state.items():
            if name not in allowed:
                raise TraitError(
                    f"there is no state {name!r:.100}; a stop may hold "
                    f"{', '.join(allowed)}"
                )
            trait = self.traits()[name]
            own = cast("Any", trait)._validate(self, value)  # noqa: SLF001
            checked[name] = self._checked(name, own)
        return checked

    @validate(
        "layer",
        "head",
        "query",
        "side",
        "shown",
        "region",
        "pins",
        "selection",
        "sort",
        "stops",
    )
    def _validate_place(self, proposal: dict[str, Any]) -> Any:
        return self._checked(proposal["trait"].name, proposal["value"])

    def _checked(self, name: str, value: Any) -> Any:
        if name in ("layer", "head", "query", "side"):
            return checked_index(name, value, self._sizes[name])
        if name == "region":
            self._check_region(value)
        elif name in ("pins", "selection"):
            self._check_heads(name, value)
        elif name in ("shown", "sort"):
            self._check_choice(name, value)
        elif name == "stops":
            return [self._checked_stop(at, stop) for at, stop in enumerate(value)]
        return value

    def _check_choice(self, name: str, value: str) -> None:
        if name == "shown" and value in self._unavailable:
            raise TraitError(f"shown={value!r}: {self._unavailable[value]}")
        # Whether this model's heads were measured so is known only when they are: the
        # page says it then.
        if name == "sort" and value and value not in RANKED:
            raise TraitError(
                f"sort={value!r:.100}: nothing that is measured of heads is called so; "
                f"choose one of {', '.join(RANKED)}, or an empty text for their places"
            )

    def _check_region(self, region: Sequence[int]) -> None:
        if not region:
            return
        if len(region) != len(_RECTANGLE):
            raise TraitError(
                f"region={region!r:.100}: four numbers are needed "
                f"({', '.join(_RECTANGLE)} patch, inclusive), or none"
            )
        top, left, bottom, right = region
        rows, columns = self._sizes["rows"], self._sizes["columns"]
        if not (top <= bottom < rows and left <= right < columns):
            raise TraitError(
                f"region={list(region)}: top to bottom has to lie within rows 0 to "
                f"{rows - 1}, left to right within columns 0 to {columns - 1}"
            )

    def _check_heads(self, name: str, heads: Sequence[tuple[int, int]]) -> None:
        for layer, head in heads:
            checked_index("layer", layer, self._sizes["layer"])
            checked_index("head", head, self._sizes["head"])
        if len(set(heads)) != len(heads):
            raise TraitError(f"{name}={heads!r:.200}: a head stands there twice")
        if name == "pins" and len(heads) > MOST_PINS:
            raise TraitError(
                f"pins={heads!r:.200}: at most {MOST_PINS} heads can be pinned"
            )

    def _checked_stop(self, at: int, stop: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return {**stop, "state": self.checked_state(stop["state"])}
        except TraitError as error:
            raise TraitError(f"stop {at}: {error}") from None
