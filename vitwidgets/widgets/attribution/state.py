"""The state of a logit attribution: what the page shows, and who may write it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from traitlets import Enum, Int, List, TraitError, Unicode, validate

from vitwidgets.methods.contributions.measures import MEASURES
from vitwidgets.widgets.class_explorer import ClassExplorer
from vitwidgets.wire import Index, IndexOrNone, Record, checked_index, owned

if TYPE_CHECKING:
    from collections.abc import Mapping

_OUTER = (
    "embedding",
    "position",
    "embedding bias",
    "norm bias",
    "class bias",
    "entropy",
    "hooks",
)
_COMPONENT = re.compile(
    r"L(?P<layer>\d+)"
    r"(\.(H(?P<head>\d+)|attention|attention bias|MLP(\.n(?P<neuron>\d+))?|MLP bias))?"
)


class AttributionState(ClassExplorer):
    """The traits of the attribution; what doesn't exist on its model is refused."""

    class_traits_by_name = frozenset({"target", "versus"})

    n_heads = owned(Int(help="Number of heads in a block."), "py")
    readable = owned(
        List(
            Record(
                "AttributionChoice",
                {
                    "target": Int(help="A class."),
                    "versus": Int(help="Another class, or -1."),
                    "measure": Unicode(help="logit, difference or log_probability."),
                },
            ),
            help="What a saved page can be asked for; empty: anything.",
        ),
        "py",
    )

    target = owned(Index(help="The class whose logit is taken apart."), "both")
    versus = owned(
        IndexOrNone(-1, help="The class that the target is compared with, or -1."),
        "both",
        in_code="changed",
    )
    measure = owned(
        Enum(
            MEASURES,
            "logit",
            help=(
                "logit: of the target; difference: minus that of versus; "
                "log_probability: of the target."
            ),
        ),
        "both",
        in_code="changed",
    )
    component = owned(
        Unicode(
            help="What is opened: L3, L3.H2, L3.MLP, embedding ...; empty for nothing."
        ),
        "both",
        in_code="changed",
    )

    _sizes: Mapping[str, int]
    """Of ``layer``, ``head``, ``neuron`` and ``class``."""

    @validate("target", "versus", "measure", "component")
    def _validate_choice(self, proposal: dict[str, Any]) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        if name == "component":
            self._check_component(value)
            return value
        if name == "target" or (name == "versus" and value >= 0):
            checked_index(name, value, self._sizes["class"])
        chosen: dict[str, Any] = {
            "target": self.target,
            "versus": self.versus,
            "measure": self.measure,
        }
        _check_comparison(**{**chosen, name: value})
        return value

    def _check_component(self, component: str) -> None:
        if not component or component in _OUTER:
            return
        match = _COMPONENT.fullmatch(component)
        if match is None:
            raise TraitError(
                f"component={component!r:.100}: write 'L3', 'L3.H2', 'L3.MLP', "
                f"'L3.MLP.n120', 'L3.attention bias', 'L3.MLP bias', "
                f"{', '.join(map(repr, _OUTER))}, or nothing"
            )
        for name in ("layer", "head", "neuron"):
            if match[name] is None:
                continue
            try:
                checked_index(name, int(match[name]), self._sizes[name])
            except TraitError as error:
                raise TraitError(f"component={component!r}: {error}") from None


def _check_comparison(target: int, versus: int, measure: str) -> None:
    if measure != "difference":
        return
    if versus < 0:
        raise TraitError(
            "measure='difference' needs another class: set versus together with it"
        )
    if versus == target:
        raise TraitError(
            f"target and versus are both class {target}, and their difference is "
            f"0: choose two classes"
        )
