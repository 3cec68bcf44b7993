# anywidget carries no types.
# pyright: reportUnknownMemberType=false
"""What leaves a notebook: pictures, a page that needs no kernel, Python text."""

from __future__ import annotations

import json
from abc import abstractmethod
from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import anywidget
from PIL.PngImagePlugin import PngInfo
from traitlets import Tuple, Unicode

from vitwidgets.widgets.exported_file import write_file
from vitwidgets.widgets.exported_page import PageContents, exported_page
from vitwidgets.wire import owned, owner_of

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from PIL import Image

    from vitwidgets.widgets.exported_page import KeptAnswer

_Bundle: TypeAlias = "tuple[dict[str, Any], dict[str, Any]]"


class Shareable(anywidget.AnyWidget):
    """A widget whose present state can be kept and given away."""

    _css: Any
    _esm: Any

    page_note = (
        "No kernel is behind this page: its numbers are those that were computed when "
        "it was saved. “Copy as Python” gives code that prints them."
    )
    """What a reader of a saved page should know of its numbers."""

    code_frame = owned(
        Tuple(
            Unicode(),
            Unicode(),
            help="Python before and after the state, one name=value a line.",
        ),
        "py",
    )

    @classmethod
    def settable_names(cls) -> list[str]:
        """Return the names of the traits that Python and the page may both set."""
        return sorted(cls.class_traits(sync=True, owner="both"))

    @abstractmethod
    def still(self) -> Image.Image:
        """Draw the present state, for a notebook that is read without a kernel."""

    @abstractmethod
    def svg(self) -> str:
        """Draw the present state as SVG, text as text."""

    @abstractmethod
    def caption(self) -> str:
        """Say the present state in a sentence."""

    @abstractmethod
    def kept_answers(self) -> Iterable[KeptAnswer]:
        """Answer ahead what a page without a kernel will ask.

        Raises
        ------
        ValueError
            When that is more than a page should hold.
        """

    def code(self) -> str:
        """Return Python that opens the present state and prints its numbers.

        The model and the image stand there as they were loaded where that is known;
        where it is not, ``...`` and a comment say what to put.
        """
        before, after = cast("tuple[str, str]", self.code_frame)
        # The page writes the same lines: numbers and words are alike in both languages.
        lines = [
            f"    {name}={_literal(getattr(self, name))},\n"
            for name in self.settable_names()
            if self._is_said(name)
        ]
        return before + "".join(lines) + after

    def _is_said(self, name: str) -> bool:
        trait = self.traits()[name]
        rule = trait.metadata["in_code"]
        return rule == "always" or (
            rule == "changed" and getattr(self, name) != trait.default()
        )

    def to_png(self, path: str | os.PathLike[str]) -> None:
        """Write a picture of the present state, with the caption in its metadata.

        Raises
        ------
        OSError
            When the file can't be written; one that was there before is unchanged.
        """
        words = PngInfo()
        words.add_itxt("Description", self.caption())
        png = BytesIO()
        self.still().save(png, "PNG", pnginfo=words)
        write_file(path, png.getvalue())

    def to_svg(self, path: str | os.PathLike[str]) -> None:
        """Write a picture of the present state whose text can be selected.

        Raises
        ------
        OSError
            When the file can't be written; one that was there before is unchanged.
        """
        write_file(path, self.svg().encode())

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write one file that shows the live view without kernel or network.

        Raises
        ------
        ValueError
            When the page would have to hold more than it should.
        OSError
            When the file can't be written; one that was there before is unchanged.
        """
        write_file(path, exported_page(self.page_contents()).encode())

    def page_contents(self) -> PageContents:
        """Give the live view as pages without a kernel show it.

        Raises
        ------
        ValueError
            When a page would have to hold more than it should; or where its answers
            are gone through.
        """
        return PageContents(
            title=self.caption(),
            note=self.page_note,
            css=str(self._css),
            esm=str(self._esm),
            state=self._page_state(),
            answers=self.kept_answers(),
        )

    def _page_state(self) -> dict[str, object]:
        names = cast("list[str]", self.keys)
        return {name: getattr(self, name) for name in names if owner_of(self, name)}

    def _repr_mimebundle_(self, **kwargs: Any) -> _Bundle:
        bundle = cast("_Bundle | None", super()._repr_mimebundle_(**kwargs))
        data, metadata = bundle or ({}, {})
        png = BytesIO()
        self.still().save(png, "PNG")
        still = {
            "image/png": b64encode(png.getvalue()).decode(),
            "text/plain": self.caption(),
        }
        return data | still, metadata


def _literal(value: object) -> str:
    """Write a value as Python: of several records, each stands on its own line."""
    items = cast("list[object]", value) if isinstance(value, list) else []
    if any(isinstance(item, dict) for item in items):
        lines = [f"        {_literal(item)},\n" for item in items]
        return f"[\n{''.join(lines)}    ]"
    return json.dumps(value, ensure_ascii=False)
