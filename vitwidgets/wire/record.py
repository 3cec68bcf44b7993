"""A JSON object of declared fields, the only nested form that crosses the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from traitlets import HasTraits, List, TraitError, TraitType

if TYPE_CHECKING:
    from collections.abc import Mapping


class Record(TraitType[dict[str, Any], dict[str, Any]]):
    """A dictionary with just these fields, each checked by a trait of its own.

    Parameters
    ----------
    type_name
        What its TypeScript interface is called.
    fields
        A trait for each key; its ``help`` documents the field.
    **metadata
        As for any trait, such as ``help``.
    """

    def __init__(
        self, type_name: str, fields: Mapping[str, TraitType[Any, Any]], **metadata: Any
    ) -> None:
        super().__init__({}, **metadata)
        self.type_name = type_name
        self.fields = dict(fields)
        for name, trait in self.fields.items():
            trait.name = name

    def validate(self, obj: HasTraits, value: object) -> dict[str, Any]:
        """Accept a dictionary with every field and no other."""
        if not isinstance(value, dict):
            raise TraitError(
                f"{self.type_name}: a dictionary with {', '.join(self.fields)} is "
                f"needed, not {value!r:.100}"
            )
        record = cast("dict[str, Any]", value)
        wrong = sorted(map(str, record.keys() ^ self.fields.keys()))
        if wrong:
            raise TraitError(
                f"{self.type_name}: {', '.join(wrong):.100} missing or unknown; the "
                f"fields are {', '.join(self.fields)}"
            )
        return {
            name: trait._validate(obj, record[name])  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
            for name, trait in self.fields.items()
        }

    def info(self) -> str:
        """Describe an accepted value, for error messages."""
        return f"a {self.type_name}: a dictionary with {', '.join(self.fields)}"


class Records(List[dict[str, Any]]):
    """A list of one kind of record; an error says which of them is wrong, and why.

    Parameters
    ----------
    record
        The kind.
    **metadata
        As for any trait, such as ``help``.
    """

    def __init__(self, record: Record, **metadata: Any) -> None:
        super().__init__(record, **metadata)
        self._record = record

    def validate_elements(self, obj: HasTraits, value: Any) -> list[dict[str, Any]]:
        """Accept records; traitlets' own error would lose what is wrong with one."""
        return [self._checked(obj, *each) for each in enumerate(value)]

    def _checked(self, obj: HasTraits, number: int, item: object) -> dict[str, Any]:
        try:
            return self._record.validate(obj, item)
        except TraitError as error:
            raise TraitError(f"{self.name}[{number}]: {error}") from None
