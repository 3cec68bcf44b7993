"""Traits that cross the wire: arrays as bytes, indices, and who may write what."""

from __future__ import annotations

import math
from operator import index
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from traitlets import Float, HasTraits, Int, TraitError, TraitType

if TYPE_CHECKING:
    from typing import SupportsIndex

Owner = Literal["py", "both"]
InCode = Literal["always", "changed", "never"]
_Trait = TypeVar("_Trait", bound="TraitType[Any, Any]")


def owned(trait: _Trait, owner: Owner, *, in_code: InCode = "always") -> _Trait:
    """Mark a trait as synced with the page, and say who may write it.

    Parameters
    ----------
    trait
        The trait to sync.
    owner
        ``"py"``: the page only reads it, and a write from there is refused.
        ``"both"``: a person's act in the page and Python may both set it.
    in_code
        Whether Python that reproduces the state names one that both may write:
        always, when it differs from its default, or never.
    """
    trait.tag(sync=True, owner=owner, in_code=in_code, to_json=_to_json)
    # A person drags over these; an echo would arrive after the pointer moved on.
    return trait.tag(echo_update=False)


def owner_of(widget: HasTraits, name: str) -> Owner | None:
    """Return who owns the trait ``name``, or None for one that is not ours."""
    return widget.trait_metadata(name, "owner")


def _to_json(value: object, widget: object) -> object:
    """Give arrays the form of the wire, wherever they stand in lists and records."""
    if isinstance(value, np.ndarray):
        array = cast("NDArray[Any]", value)
        return {
            "dtype": array.dtype.name,
            "shape": list(array.shape),
            "data": array.tobytes(),
        }
    if isinstance(value, dict):
        record = cast("dict[str, object]", value)
        return {name: _to_json(item, widget) for name, item in record.items()}
    if isinstance(value, (list, tuple)):
        return [_to_json(item, widget) for item in cast("list[object]", value)]
    return value


class Array(TraitType[NDArray[Any], NDArray[Any]]):
    """A NumPy array that crosses as bytes, with its dtype and shape beside them.

    Parameters
    ----------
    dtype
        The only dtype the trait accepts; the page relies on it.
    **metadata
        As for any trait, such as ``help``.
    """

    info_text = "a NumPy array"

    def __init__(
        self, dtype: Literal["uint8", "uint16", "float32"], **metadata: Any
    ) -> None:
        super().__init__(np.zeros(0, dtype), **metadata)
        self.dtype = dtype

    def validate(self, obj: HasTraits, value: object) -> NDArray[Any]:
        """Accept arrays of the declared dtype only: nothing is cast silently."""
        if not isinstance(value, np.ndarray):
            self.error(obj, value)
        array = cast("NDArray[Any]", value)
        if array.dtype != self.dtype:
            self.error(obj, array)
        return array

    def info(self) -> str:
        """Describe an accepted value, for error messages."""
        return f"a NumPy array of {self.dtype}"


def checked_index(
    name: str, value: object, size: int | None = None, *, least: int = 0
) -> int:
    """Return ``value`` as an index from ``least``, below ``size`` where one is given.

    Raises
    ------
    TraitError
        When it isn't a whole number (bool and float aren't), or out of range.
    """
    # A bool would pass for 0 or 1.
    kind = "bool" if isinstance(value, bool) else type(value).__name__
    try:
        number = None if kind == "bool" else index(cast("SupportsIndex", value))
    except TypeError:
        number = None
    if number is None:
        raise TraitError(
            f"{name}={value!r:.100}: a whole number counted from 0 is needed, "
            f"not a {kind}",
        )
    if number < least or (size is not None and number >= size):
        allowed = f"{least} or more"
        if size is not None:
            allowed = f"{least} to {size - 1} on this model"
        raise TraitError(f"{name}={number} doesn't exist: {name} is {allowed}")
    return number


class Index(Int[int, Any]):
    """A zero-based index: any integer type but bool, never negative."""

    def validate(self, obj: HasTraits, value: object) -> int:  # noqa: ARG002
        """Accept Python's, NumPy's and torch's integers; refuse bool and float."""
        return checked_index(self.name or "index", value)


class IndexOrNone(Index):
    """An index, or -1 for none."""

    def validate(self, obj: HasTraits, value: object) -> int:  # noqa: ARG002
        """Accept what an index is, and -1."""
        is_none = type(value) is int and value == -1
        return -1 if is_none else checked_index(self.name or "index", value, least=-1)


class Number(Float[float, Any]):
    """A finite number; a whole one is kept as the int that a page writes it as."""

    def validate(self, obj: HasTraits, value: object) -> float:
        """Accept finite numbers; refuse bool, NaN and infinities."""
        if isinstance(value, bool):
            self.error(obj, value)
        number = float(super().validate(obj, value))
        if not math.isfinite(number):
            raise TraitError(f"{self.name}={value!r}: a finite number is needed")
        return int(number) if number.is_integer() else number
