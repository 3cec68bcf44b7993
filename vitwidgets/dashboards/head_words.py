"""What is said of heads and their words, as text and HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, TypeAlias

from vitwidgets.models.addresses import Address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vitwidgets.methods.words_of_heads.heads_by_text import HeadsByText

STYLE = """<style>
.vw-head-words { border-collapse: collapse; line-height: 1.5; }
.vw-head-words caption { text-align: left; font-weight: bold; padding-bottom: 4px; }
.vw-head-words th { text-align: left; font-weight: normal; padding: 1px 12px 1px 0; }
.vw-head-words td { text-align: right; padding: 1px 0 1px 8px; white-space: nowrap; }
.vw-head-words td:nth-child(2) { text-align: left; }
.vw-head-words .vw-bar {
  display: inline-block;
  height: 9px;
  background: #62a0da;
  border: 1px solid #808080;
}
.vw-head-words tr:last-child > * { border-top: 1px solid #808080; }
.vw-head-images { display: flex; flex-wrap: wrap; gap: 6px 14px; }
.vw-head-images > div > div { display: flex; flex-wrap: wrap; gap: 4px; }
.vw-head-images figure { margin: 0; text-align: center; line-height: 1.3; }
.vw-head-images img { width: 72px; height: 72px; object-fit: contain; display: block; }
</style>"""
"""Of all that is made here; once a page is enough."""

Shown: TypeAlias = tuple[int, str, float]
"""Number of an image, its address, and what a head adds there, against its mean."""

_BAR = 90
"""Pixels of 100 %."""
_FIRST = 3


def head_title(found: HeadsByText, layer: int, head: int) -> str:
    """Say a head's address and words in one line: ``L5.H2, 43 %: red, cat, two``."""
    words = found.words_of(layer, head)
    address = Address(layer, "z", head)
    if not words:
        return f"{address}: no words"
    share = sum(share for _, share in words)
    return f"{address}, {share:.0%}: {', '.join(word for word, _ in words[:_FIRST])}"


def summary(found: HeadsByText) -> str:
    """Say over what was measured, in HTML."""
    n_images, n_words = len(found.outputs.images), len(found.words)
    text = (
        f"<b>What does each head of {escape(found.model_name)} write?</b> Measured "
        f"over {n_images:,} images, in {n_words:,} words."
    )
    skipped, unknown = len(found.outputs.skipped), len(found.unknown)
    if skipped:
        more = "1 more image" if skipped == 1 else f"{skipped:,} more images"
        text += f" {more} could not be read."
    if unknown:
        more = "1 more word was" if unknown == 1 else f"{unknown:,} more words were"
        text += f" {more} left out, which the model never learned."
    return text


def words_table(found: HeadsByText, layer: int, head: int) -> str:
    """Return the words of a head with their shares, in HTML."""
    address = Address(layer, "z", head)
    words = found.words_of(layer, head)
    if not words:
        return f"<p>{address} {_no_words(found, layer, head)}</p>"
    rows = [_row(word, share) for word, share in words]
    together = sum(share for _, share in words)
    return (
        '<table class="vw-head-words"><caption>'
        f"{address}: words for what differs between images</caption><tbody>"
        f"{''.join(rows)}{_row('all of these', together)}</tbody></table>"
    )


def writers(
    found: HeadsByText, word: str, count: int
) -> list[tuple[str, tuple[int, int]]]:
    """Return the heads that write a word most, each as a line and its place."""
    shares = found.writing(word)
    best = shares.flatten().argsort(descending=True)[:count]
    places = [divmod(int(at), shares.shape[1]) for at in best]
    return [
        (f"{shares[place]:4.0%}  {head_title(found, *place)}", place)
        for place in places
        if shares[place] > 0
    ]


def pictures(
    layer: int, head: int, word: str, most: Sequence[Shown], least: Sequence[Shown]
) -> str:
    """Return the images in which a head writes a word most and least, in HTML."""
    address = Address(layer, "z", head)
    about = f"In these images {address} writes “{word}”"
    return (
        '<div class="vw-head-images">'
        f"{_row_of_pictures(f'{about} most', word, most)}"
        f"{_row_of_pictures(f'{about} least', word, least)}</div>"
    )


def _no_words(found: HeadsByText, layer: int, head: int) -> str:
    if found.spans[layer][head] is None:
        return "writes the same in all images."
    return "writes nothing that any of the words is about."


def _row_of_pictures(title: str, word: str, shown: Sequence[Shown]) -> str:
    figures = "".join(
        f'<figure><img src="{source}" alt="image {number}, {escape(word)} '
        f'{value:+.2f}"><figcaption>{value:+.2f}</figcaption></figure>'
        for number, source, value in shown
    )
    return f"<div>{escape(title)}<div>{figures}</div></div>"


def _row(word: str, share: float) -> str:
    return (
        f'<tr><th scope="row">{escape(word)}</th><td>'
        f'<span class="vw-bar" style="width: {round(_BAR * share)}px"></span></td>'
        f"<td>{share:.1%}</td></tr>"
    )
