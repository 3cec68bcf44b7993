"""An edit of a model's activations as data: saved, compared, printed, applied."""

from __future__ import annotations

import dataclasses
import operator
import re
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast, get_args

from vitwidgets.methods.intervening.changes import change_of, hook_of
from vitwidgets.methods.intervening.component import Component
from vitwidgets.methods.intervening.errors import InterventionError
from vitwidgets.methods.intervening.strength import checked_strength
from vitwidgets.models.addresses import Address

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vitwidgets.methods.intervening.sources import Sources
    from vitwidgets.models import HookedViT
    from vitwidgets.models.interception.hooks import ForwardHooks

Kind: TypeAlias = Literal[
    "patch", "zero", "mean", "resample", "noise", "steer", "erase"
]

_FROM_SOURCE = ("patch", "mean", "resample", "steer", "erase")
_PATCH = re.compile(r"\(\s*(\d+)\s*,\s*(\d+)\s*\)")


@dataclasses.dataclass(frozen=True)
class Intervention:
    """One edit: where, at which tokens, and what goes there.

    Two that mean the same are equal and have one hash; its repr, evaluated, gives it
    again.

    Attributes
    ----------
    address
        The component, such as ``"L7.H3"``, ``"L7.H3.q"``, ``"L7.MLP.n120"`` or
        ``"L7.resid_pre"`` (see `Address`). ``"L7.H3@cls"`` is understood as the one
        token ``"cls"``.
    kind
        What goes there: ``"patch"`` the value of a donor run; ``"zero"``; ``"mean"``
        that of a data set; ``"resample"`` the value in one run of several, drawn by
        the seed; ``"noise"`` the value and Gaussian noise; ``"steer"`` the value and a
        vector; ``"erase"`` the value without a concept, see `erase_concept`.
    tokens
        Labels of tokens as `PatchGrid.label` writes them, in the order of the grid;
        none for all. For a pattern, the tokens that attend.
    strength
        For a replacement, and for erasing, its share, from 0 (nothing) to 1 (all of
        it), linear in between. For noise its standard deviation, as a multiple of that
        of the component's own numbers at these tokens, image by image. For steering
        what the vector is multiplied by.
    source
        Name of the donor, means, vector or eraser among the sources that it is applied
        with; None for ``"zero"`` and ``"noise"``.
    seed
        Of what is drawn. For one token that is the same in every image, whatever other
        tokens are chosen, and on every device.

    Raises
    ------
    InterventionError
        If any of these, or all together, make no sense.
    """

    address: str
    kind: Kind = "patch"
    tokens: tuple[str, ...] = ()
    strength: float = 1.0
    source: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise InterventionError(
                f"there is no kind {self.kind!r}: the kinds are "
                f"{', '.join(get_args(Kind))}"
            )
        address = _address(self.address)
        tokens = _labels(self.tokens)
        if address.token is not None:
            if tokens and tokens != (address.token,):
                raise InterventionError(
                    f"{self.address} names one token, tokens={self.tokens!r} others: "
                    f"write the address without '@', or give no tokens"
                )
            tokens = (address.token,)
        set_ = object.__setattr__
        set_(self, "address", str(dataclasses.replace(address, token=None)))
        set_(self, "tokens", tokens)
        set_(self, "strength", checked_strength(self.kind, self.strength))
        set_(self, "seed", _checked_seed(self.seed))
        self._require_source()

    @property
    def place(self) -> Address:
        """The component, without tokens."""
        return Address.parse(self.address)

    @property
    def layer(self) -> int:
        """Index of its block."""
        return self.place.layer

    def component(self, model: HookedViT) -> Component:
        """Give what it means in a model.

        Raises
        ------
        UnknownSiteError
            If the model has no such block or site.
        InterventionError
            If it has no such head, neuron or token.
        """
        return Component(model, self.place, self.tokens)

    def hooks(self, model: HookedViT, sources: Sources) -> ForwardHooks:
        """Give the hook that makes the edit.

        Parameters
        ----------
        model
            The model.
        sources
            Donor runs, means, vectors and erasers by name.

        Raises
        ------
        UnknownSiteError
            If the model has no such site, or the source did not keep it.
        InterventionError
            If it has no such head, neuron or token, or the source is not there, not of
            the kind that is needed, of another model, of another size, or fitted to
            another place.
        StaleCacheError
            If the donor, or the weights of the model, were changed since it ran.
        """
        component = self.component(model)
        change = change_of(self, component, model, sources)
        return [(component.site, hook_of(component, change))]

    def _require_source(self) -> None:
        source: Any = self.source
        if self.kind in _FROM_SOURCE:
            if not isinstance(source, str) or not source:
                raise InterventionError(
                    f"{self.kind} at {self.address} needs the name of a source, "
                    f"source='...', got {source!r}"
                )
        elif source is not None:
            raise InterventionError(
                f"{self.kind} at {self.address} takes nothing from a source, got "
                f"source={source!r}"
            )


def _address(text: Any) -> Address:
    if not isinstance(text, str):
        raise InterventionError(f"an address is a text such as 'L7.H3', got {text!r}")
    try:
        return Address.parse(text)
    except ValueError as error:
        raise InterventionError(str(error)) from error


def _labels(tokens: Any) -> tuple[str, ...]:
    """Give each label once, prefix tokens first, then patches row by row."""
    if isinstance(tokens, str):
        raise InterventionError(
            f"tokens are several labels: write ({tokens!r},) for the one"
        )
    try:
        given = list(cast("Iterable[Any]", tokens))
    except TypeError:
        given = [tokens]
    keys: set[tuple[int, int, str]] = set()
    for label in given:
        if not isinstance(label, str) or not label:
            raise InterventionError(
                f"a token is named by a label such as 'cls' or '(4,9)', got {label!r}"
            )
        patch = _PATCH.fullmatch(label.strip())
        keys.add((int(patch[1]), int(patch[2]), "") if patch else (-1, -1, label))
    return tuple(name or f"({row},{column})" for row, column, name in sorted(keys))


def _checked_seed(seed: Any) -> int:
    try:
        number = operator.index(seed)
    except TypeError as error:
        raise InterventionError(f"seed must be an integer, got {seed!r}") from error
    if isinstance(seed, bool) or not 0 <= number < 2**63:
        raise InterventionError(f"seed must be from 0 to 2**63 - 1, got {seed!r}")
    return number
