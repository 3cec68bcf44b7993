# ipywidgets carries no types.
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
"""Close what a widget is made of, which ipywidgets leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ipywidgets import Widget

if TYPE_CHECKING:
    from collections.abc import Iterator


def close_parts(whole: Any) -> None:
    """Close every widget that a widget holds in its traits, and those that these hold.

    The widget itself stays open.
    """
    found: dict[int, Any] = {}
    _collect(whole, found)
    del found[id(whole)]
    for part in found.values():
        part.close()


def _collect(widget: Any, found: dict[int, Any]) -> None:
    if id(widget) in found:
        return
    found[id(widget)] = widget
    for name in widget.keys:
        for part in _widgets_in(getattr(widget, name)):
            _collect(part, found)


def _widgets_in(value: object) -> Iterator[Any]:
    if isinstance(value, Widget):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in cast("tuple[object, ...]", value):
            yield from _widgets_in(item)
    elif isinstance(value, dict):
        for item in cast("dict[object, object]", value).values():
            yield from _widgets_in(item)
