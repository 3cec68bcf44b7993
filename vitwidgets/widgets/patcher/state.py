"""The state of click-to-patch: what the page shows, and who may write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import Bool, Enum, Int, List, TraitError, Unicode, validate

from vitwidgets.methods.intervening.strength import checked_strength
from vitwidgets.methods.interventions import Intervention, InterventionError
from vitwidgets.widgets.class_explorer import ClassExplorer
from vitwidgets.widgets.patcher.edits import checked_edits, record_of
from vitwidgets.widgets.patcher.places import PARTS, SITES, checked_component
from vitwidgets.wire import Array, Index, IndexOrNone, Number, Record, Records, owned
from vitwidgets.wire import checked_index as checked

if TYPE_CHECKING:
    from traitlets import HasTraits

KINDS = ("patch", "zero", "mean", "resample", "noise", "steer")
GRIDS = ("heads", "tokens", "head_tokens")


class EditRecord(Record):
    """An edit; from Python, an `Intervention` is one too."""

    def validate(self, obj: HasTraits, value: object) -> dict[str, Any]:
        """Accept interventions, and dictionaries with every field and no other."""
        given = record_of(value) if isinstance(value, Intervention) else value
        return super().validate(obj, given)


EDIT = EditRecord(
    "PatchEdit",
    {
        "address": Unicode(help="L3.H1, L3.H1.q, L3.resid_pre, L3.MLP ..."),
        "tokens": List(Unicode(), help="Labels of tokens; none for all."),
        "kind": Enum(KINDS, "patch", help="What goes there."),
        "strength": Number(1.0, help="As an Intervention has it."),
        "source": Unicode(help="A donor's name for patch and steer."),
        "seed": Int(help="Of what is drawn."),
        "switch": Enum(("on", "off"), "on", help="Whether it acts."),
    },
)


class PatcherState(ClassExplorer):
    """The traits of click-to-patch; what doesn't exist on its model is refused."""

    class_traits_by_name = frozenset({"target"})

    n_heads = owned(Int(help="Number of heads in a block."), "py")
    logits = owned(
        Array("float32", help="Of the clean image, nothing edited, [class]."), "py"
    )
    donors = owned(
        List(
            Record(
                "Donor",
                {
                    "name": Unicode(help="What interventions call it."),
                    "picture": Array(
                        "uint8", help="What the model saw, [height, width, 3]."
                    ),
                    "logits": Array("float32", help="Of the donor, [class]."),
                },
            ),
            help="Images that values may be taken from.",
        ),
        "py",
    )
    available = owned(
        List(
            Unicode(),
            help="Of the sites and parts of heads, those that this model has.",
        ),
        "py",
    )
    saved = owned(
        Bool(help="Whether no kernel is there, only what a saved page holds."),
        "py",
    )
    task = owned(
        Record(
            "PatcherTask",
            {
                "kind": Unicode(
                    help="sweep, controls, replay, flip, reference; empty for none."
                ),
                "done": Int(help="Runs that are done."),
                "total": Int(help="Runs that there are."),
                "seconds_left": Number(help="As far as is known; -1 where it isn't."),
            },
            help="The long work that is going on.",
        ),
        "py",
    )
    sweep = owned(
        Record(
            "PatcherSweep",
            {
                "over": Unicode(help="heads, a site, or a part of heads; or empty."),
                "layer": Int(help="The block of a part of heads, or -1."),
                "source": Unicode(help="The donor's name."),
                "target": Int(help="The class, as the sweep was asked for it."),
                "metric": Unicode(help="As the sweep was asked for it."),
                "direction": Unicode(help="As the sweep was asked for it."),
                "values": Array(
                    "float32",
                    help="Exact ones so far, NaN where not run, flattened grid.",
                ),
                "correlation": Number(
                    help="Rank correlation with the preview so far; -2 for none."
                ),
            },
            help="The newest sweep, as far as it has come.",
        ),
        "py",
    )

    interventions = owned(
        Records(EDIT, help="The edits, in the order in which they act."),
        "both",
    )
    source = owned(Unicode(help="The donor of the next edit."), "both")
    kind = owned(
        Enum(KINDS, "patch", help="What the next edit puts there."),
        "both",
        in_code="changed",
    )
    strength = owned(
        Number(1.0, help="Strength of the next edit."), "both", in_code="changed"
    )
    grid_shown = owned(
        Enum(
            GRIDS,
            "heads",
            help=(
                "heads: layer x head; tokens: layer x token of a site; head_tokens: "
                "head x token of a layer."
            ),
        ),
        "both",
        in_code="changed",
    )
    layer = owned(
        Index(help="Block of the patches on the picture, and of head_tokens."),
        "both",
        in_code="changed",
    )
    site = owned(
        Enum(SITES, "resid_pre", help="What of a token is edited."),
        "both",
        in_code="changed",
    )
    part = owned(
        Enum(PARTS, "z", help="What of a head at a token is edited."),
        "both",
        in_code="changed",
    )
    target = owned(
        IndexOrNone(
            -1, help="The class that one wants to see; -1: what the donor shows."
        ),
        "both",
        in_code="changed",
    )
    metric = owned(
        Enum(
            ("difference", "logit", "probability", "kl"),
            "difference",
            help="What a sweep measures.",
        ),
        "both",
        in_code="changed",
    )
    direction = owned(
        Enum(
            ("denoising", "noising"),
            "denoising",
            help="denoising: parts of the donor come here; noising: the other way.",
        ),
        "both",
        in_code="changed",
    )
    marked = owned(
        List(Unicode(), help="Components that are marked in the grids: L3.H1, L3.MLP."),
        "both",
        in_code="changed",
    )

    def _page_state(self) -> dict[str, object]:
        return {**super()._page_state(), "saved": True}

    @validate("interventions")
    def _validate_edits(self, proposal: dict[str, Any]) -> list[dict[str, Any]]:
        return checked_edits(proposal["value"], self.model, self.donor_names())

    @validate("kind", "strength")
    def _validate_strength(self, proposal: dict[str, Any]) -> object:
        name, value = proposal["trait"].name, proposal["value"]
        if self._is_own(proposal):
            kind = value if name == "kind" else self.kind
            try:
                checked_strength(kind, value if name == "strength" else self.strength)
            except InterventionError as error:
                hint = "; set strength first" if name == "kind" else ""
                raise TraitError(f"{name}={value!r:.100}: {error}{hint}") from error
        return value

    @validate("source")
    def _validate_source(self, proposal: dict[str, Any]) -> str:
        if self._is_own(proposal) and proposal["value"] not in self.donor_names():
            raise TraitError(
                f"source={proposal['value']!r:.100}: there is no such donor; the "
                f"donors are {', '.join(map(repr, self.donor_names()))}"
            )
        return proposal["value"]

    @validate("layer", "target")
    def _validate_index(self, proposal: dict[str, Any]) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        config = self.model.config
        if self._is_own(proposal) and (name == "layer" or value >= 0):
            checked(
                name, value, config.n_layers if name == "layer" else config.n_classes
            )
        return value

    def _is_own(self, proposal: dict[str, Any]) -> bool:
        """Tell a trait from a field of a record that is called the same."""
        trait = proposal["trait"]
        return trait is self.traits()[trait.name]

    @validate("site", "part")
    def _validate_place(self, proposal: dict[str, Any]) -> str:
        name, value = proposal["trait"].name, proposal["value"]
        if value not in self.available:
            raise TraitError(
                f"{name}={value!r} doesn't exist on this model, which has "
                f"{', '.join(self.available)}"
            )
        return value

    @validate("grid_shown")
    def _validate_grid(self, proposal: dict[str, Any]) -> str:
        needed = {"heads": ("z",), "tokens": SITES, "head_tokens": PARTS}
        grid = proposal["value"]
        if not set(needed[grid]).intersection(self.available):
            raise TraitError(
                f"grid_shown={grid!r}: the heads of this model can't be told apart; "
                f"show 'tokens'"
            )
        return grid

    @validate("marked")
    def _validate_marked(self, proposal: dict[str, Any]) -> list[str]:
        return [checked_component(self.model, each) for each in proposal["value"]]

    def donor_names(self) -> list[str]:
        """Return the names of the donors, the first one first."""
        return [donor["name"] for donor in self.donors]
