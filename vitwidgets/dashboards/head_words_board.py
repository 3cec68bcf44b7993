# ipywidgets carries no types.
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
"""Heads, their words and images beside each other: one open head, one word."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from ipywidgets import (
    HTML,
    Combobox,
    Dropdown,
    HBox,
    Layout,
    Select,
    ToggleButtons,
    VBox,
)
from traitlets import Int, TraitError, Unicode, validate

from vitwidgets.dashboards.closing import close_parts
from vitwidgets.dashboards.head_grid import HeadGrid
from vitwidgets.dashboards.head_words import (
    STYLE,
    head_title,
    pictures,
    summary,
    words_table,
    writers,
)

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.dashboards.head_words import Shown
    from vitwidgets.dashboards.shown_images import ShownImages
    from vitwidgets.methods.words_of_heads.heads_by_text import HeadsByText

_WRITERS = 12
_EXTREMES = 6
_HINT = (
    "Click a head, or choose it in the list. Below are the images in which it writes a "
    "word most and least; the numbers say how far from what it writes on average."
)
_FINDER = "Heads by their share of all that heads write of this word:"


class HeadWordsBoard(VBox):
    """What each head writes, in words; see `vitwidgets.dashboards.heads_by_text`.

    Parameters
    ----------
    found
        What was measured.
    images
        Those that it was measured on, in order.
    """

    layer = Int(help="Layer of the open head.")
    head = Int(help="The open head, counted within its layer.")
    word = Unicode(help="What images are shown by, and heads are sorted by.")

    def __init__(self, found: HeadsByText, images: ShownImages) -> None:
        self._found, self._images = found, images
        self._redrawing = False
        explained = found.explained
        self._shape: tuple[int, ...] = tuple(explained.shape)
        self._make_controls()
        layer, head = divmod(int(explained.nan_to_num(-1).argmax()), self._shape[1])
        super().__init__(
            self._arranged(),
            layer=layer,
            head=head,
            word=self._first_word(layer, head),
            layout=Layout(max_width="1100px"),
        )
        self.add_class("vw-heads-by-text")
        self._redraw()
        self.observe(self._redraw, ["layer", "head", "word"])

    @property
    def found(self) -> HeadsByText:
        """The numbers that are shown."""
        return self._found

    def close(self) -> None:
        """Close the board and all that it is made of."""
        if self.comm is None:
            return
        close_parts(self)
        super().close()

    @validate("layer", "head")
    def _validate_place(self, proposal: dict[str, Any]) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        count = self._shape[int(name == "head")]
        if not 0 <= value < count:
            raise TraitError(
                f"there is no {name} {value}: they run from 0 to {count - 1}"
            )
        return value

    @validate("word")
    def _validate_word(self, proposal: dict[str, Any]) -> str:
        word = " ".join(proposal["value"].split())
        if word:
            try:
                self._found.embedding_of(word)
            except ValueError as error:
                raise TraitError(str(error)) from error
        return word

    def _make_controls(self) -> None:
        found = self._found
        layers, heads = (range(count) for count in self._shape)
        places = [(layer, head) for layer in layers for head in heads]
        self._grid = HeadGrid(
            found.explained.numpy(),
            [[self._first_word(layer, head) for head in heads] for layer in layers],
            [[head_title(found, layer, head) for head in heads] for layer in layers],
            self._open,
        )
        wide = Layout(width="100%", margin="2px 0")
        self._heads = Dropdown(
            options=[(head_title(found, *place), place) for place in places],
            description="head",
            layout=wide,
            style={"description_width": "initial"},
        )
        self._words = ToggleButtons(style={"button_width": "auto"})
        self._finder = Combobox(
            options=found.words,
            placeholder="type any word, then Enter",
            continuous_update=False,
            ensure_option=False,
            description="find",
            layout=wide,
            style={"description_width": "initial"},
        )
        self._writers = Select(rows=_WRITERS, layout=wide)
        self._table, self._pictures, self._status = HTML(), HTML(), HTML()
        self._heads.observe(self._head_chosen, "value")
        self._writers.observe(self._writer_chosen, "value")
        self._words.observe(self._word_chosen, "value")
        self._finder.observe(self._word_typed, "value")

    def _arranged(self) -> list[Any]:
        beside = Layout(flex="1 1 260px", min_width="0", margin="0 0 0 8px")
        left = VBox([self._grid.box], layout=Layout(flex="0 1 auto", min_width="0"))
        middle = VBox([self._heads, self._table, self._words], layout=beside)
        right = VBox(
            [self._finder, self._status, HTML(_FINDER), self._writers], layout=beside
        )
        return [
            HTML(summary(self._found)),
            HBox([left, middle, right], layout=Layout(flex_flow="row wrap")),
            HTML(_HINT),
            self._pictures,
            HTML(STYLE),
        ]

    def _redraw(self, _change: object = None) -> None:
        place = (self.layer, self.head)
        self._redrawing = True
        try:
            self._grid.frame(*place)
            self._heads.value = place
            self._table.value = words_table(self._found, *place)
            self._show_words([word for word, _ in self._found.words_of(*place)])
            self._finder.value, self._status.value = self.word, ""
            self._pictures.value = self._extremes() if self.word else ""
            self._show_writers(place)
        finally:
            self._redrawing = False

    def _show_words(self, words: list[str]) -> None:
        if list(self._words.options) != words:
            self._words.options = words
        self._words.value = self.word if self.word in words else None

    def _show_writers(self, place: tuple[int, int]) -> None:
        lines = writers(self._found, self.word, _WRITERS) if self.word else []
        if list(self._writers.options) != lines:
            self._writers.options = lines
        listed = [each for _, each in lines]
        self._writers.value = place if place in listed else None

    def _extremes(self) -> str:
        along = self._found.along(self.layer, self.head, self.word)
        order = [int(at) for at in along.argsort(descending=True)]
        count = min(_EXTREMES, len(order) // 2)
        most, least = (
            [self._shown(at, along) for at in chosen]
            for chosen in (order[:count], order[::-1][:count])
        )
        return pictures(self.layer, self.head, self.word, most, least)

    def _shown(self, at: int, along: Tensor) -> Shown:
        number = self._found.outputs.images[at]
        return number, self._images.source(number), float(along[at])

    def _first_word(self, layer: int, head: int) -> str:
        words = self._found.words_of(layer, head)
        return words[0][0] if words else ""

    def _open(self, layer: int, head: int) -> None:
        with self.hold_trait_notifications():
            self.layer, self.head = layer, head
            self.word = self._first_word(layer, head) or self.word

    def _head_chosen(self, change: dict[str, Any]) -> None:
        if not self._redrawing:
            self._open(*change["new"])

    def _writer_chosen(self, change: dict[str, Any]) -> None:
        if not self._redrawing and change["new"] is not None:
            with self.hold_trait_notifications():
                self.layer, self.head = change["new"]

    def _word_chosen(self, change: dict[str, Any]) -> None:
        if not self._redrawing and change["new"] is not None:
            self.word = change["new"]

    def _word_typed(self, change: dict[str, Any]) -> None:
        if self._redrawing:
            return
        self._status.value = ""
        try:
            self.word = change["new"]
        except TraitError as error:
            self._status.value = escape(str(error))
