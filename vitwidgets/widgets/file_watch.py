# psygnal's list of slots has neither a public name nor a whole type.
# pyright: reportPrivateUsage=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
"""Lets go of a view that is closed, which anywidget would hold for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anywidget._file_contents import FileContents

if TYPE_CHECKING:
    from anywidget import AnyWidget


def stop_watching(widget: AnyWidget) -> None:
    """Disconnect a widget from the files of its view.

    A class has these files, and they hold a function with each of its widgets, to be
    told when a file changes. With a widget all that it shows would stay in memory.
    """
    for contents in _files_of(type(widget)):
        for slot in list(contents.changed._slots):  # noqa: SLF001
            function = slot.dereference()
            cells = getattr(function, "__closure__", None) or ()
            if any(cell.cell_contents is widget for cell in cells):
                contents.changed.disconnect(function)


def _files_of(kind: type) -> list[FileContents]:
    values = (value for each in kind.__mro__ for value in vars(each).values())
    return [value for value in values if isinstance(value, FileContents)]
