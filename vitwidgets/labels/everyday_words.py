"""Lists of words: the everyday ones that ship, and a person's own from a file."""

from __future__ import annotations

import codecs
import difflib
import unicodedata
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

_TABLE = "everyday_words.txt"
_COMMENT = "#"
_REPLACED = "\N{REPLACEMENT CHARACTER}"
_NAMED_AT_MOST = 5
# The mark of UTF-32 begins as that of UTF-16 does, and is therefore tried first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def everyday_words(kind: str | None = None) -> tuple[str, ...]:
    """Return everyday English words and short phrases, some thousands of them.

    They are written by hand for this package, from "cat" to "a blurry photo". Among
    them are all words that emoji-clip was taught.

    Parameters
    ----------
    kind
        One of `everyday_kinds`; by default the words of all.

    Returns
    -------
    tuple of str
        Lower case, each once.

    Raises
    ------
    ValueError
        If there is no such kind; the message lists those that there are.

    Examples
    --------
    >>> everyday_words("colours")[:3]
    ('red', 'orange', 'yellow')
    """
    table = _table()
    if kind is None:
        return tuple(word for words in table.values() for word in words)
    if kind not in table:
        near = difflib.get_close_matches(str(kind), table, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(
            f"there are no words of the kind {kind!r:.100}; {hint}there are: "
            f"{', '.join(table)}"
        )
    return table[kind]


def everyday_kinds() -> tuple[str, ...]:
    """Return the kinds of `everyday_words`, such as "animals" and "colours"."""
    return tuple(_table())


def read_vocabulary(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Read words and phrases from a text file, one a line.

    Empty lines, and lines that begin with ``#``, are passed over. Space around and
    repeated space within a phrase does not count, and accented letters are taken as one
    sign each, however they were typed.

    The file is UTF-8, with or without a byte order mark; or UTF-16 or UTF-32 with one.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    tuple of str
        In the order of the file.

    Raises
    ------
    OSError
        If the file can't be read.
    ValueError
        If it is in another encoding, such as Latin-1; holds what is no text; has the
        same word twice (capitals don't make a difference, as CLIP reads them alike); or
        has no word.
    """
    path = Path(path)
    text = _decoded(path.read_bytes(), path)
    found: dict[str, tuple[int, str]] = {}
    twice: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        word = " ".join(unicodedata.normalize("NFC", line).split())
        if not word or word.startswith(_COMMENT):
            continue
        if any(
            unicodedata.category(sign) == "Cc" or sign == _REPLACED for sign in word
        ):
            raise ValueError(
                f"line {number} of {str(path)!r} holds signs that are no text: "
                f"{word!r:.100}. Save the words as plain text in UTF-8"
            )
        first, _ = found.setdefault(word.casefold(), (number, word))
        if first != number:
            twice.append(f"{word!r:.100} in lines {first} and {number}")
    if twice:
        named = "; ".join(twice[:_NAMED_AT_MOST])
        rest = len(twice) - _NAMED_AT_MOST
        raise ValueError(
            f"words are there twice in {str(path)!r}: {named}"
            + (f"; and {rest} more" if rest > 0 else "")
            + ". Keep one of each (capitals don't make a difference)"
        )
    if not found:
        raise ValueError(
            f"there is no word in {str(path)!r}: write one word or phrase a line"
        )
    return tuple(word for _, word in found.values())


def _decoded(data: bytes, path: Path) -> str:
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        number = data[: error.start].count(b"\n") + 1
        raise ValueError(
            f"line {number} of {str(path)!r} holds the byte "
            f"0x{data[error.start]:02x} where {encoding.upper()} has none: the file "
            f"may be in another encoding, such as Latin-1, or no text at all. Save it "
            f"as plain text in UTF-8"
        ) from error


@cache
def _table() -> Mapping[str, tuple[str, ...]]:
    path = resources.files("vitwidgets.labels") / "tables" / _TABLE
    kinds: dict[str, list[str]] = {}
    words: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(_COMMENT):
            words = kinds.setdefault(line.removeprefix(_COMMENT).strip(), [])
        else:
            words.append(line)
    return {kind: tuple(words) for kind, words in kinds.items()}
