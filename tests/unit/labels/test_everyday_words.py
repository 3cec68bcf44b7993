"""The words that ship, and a person's own in a file of any make."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from importlib import resources

import pytest

from vitwidgets.labels import everyday_kinds, everyday_words, read_vocabulary
from vitwidgets.mice.clip.captions import OPPOSITES
from vitwidgets.mice.clip.colours import COLOURS
from vitwidgets.mice.vocabulary import VOCABULARY


def test_there_are_thousands_and_no_word_twice():
    words = everyday_words()
    assert len(words) >= 2500
    assert [word for word, often in Counter(words).items() if often > 1] == []


def test_words_are_plain_lower_case_text():
    for word in everyday_words():
        assert re.fullmatch(r"[a-z0-9]+([ '-][a-z0-9]+|s' )*", word), word


def test_the_file_says_what_the_reader_says():
    table = resources.files("vitwidgets.labels") / "tables" / "everyday_words.txt"
    lines = table.read_text("utf-8").split("\n")
    assert lines[0].startswith("# ")
    assert lines.pop() == ""
    assert all(line.strip() == line != "" for line in lines)
    assert [line for line in lines if line[0] != "#"] == list(everyday_words())


def test_all_that_the_bundled_clip_was_taught_is_there():
    words = set(everyday_words())
    assert {thing.name for thing in VOCABULARY} <= words
    assert {f"the word {thing.name}" for thing in VOCABULARY} <= words
    assert {colour.name for colour in COLOURS} <= set(everyday_words("colours"))
    assert {"one", "two", "three"} <= set(everyday_words("numbers"))
    places = {"on the left", "on the right", "at the top", "at the bottom", *OPPOSITES}
    assert places <= set(everyday_words("positions"))


def test_kinds_part_the_words():
    kinds = everyday_kinds()
    assert len(set(kinds)) == len(kinds) >= 20
    parts = [everyday_words(kind) for kind in kinds]
    assert all(len(part) >= 30 for part in parts)
    assert tuple(word for part in parts for word in part) == everyday_words()
    assert "cat" in everyday_words("animals")
    assert "a blurry photo" in everyday_words("style")


def test_a_kind_that_is_not_there():
    with pytest.raises(ValueError, match=r"'colour'; did you mean 'colours'.* animals"):
        everyday_words("colour")


@pytest.mark.parametrize(
    "data",
    [
        "cat\ndog\nCafé crème\n".encode(),
        "cat\r\ndog\r\nCafé crème".encode(),
        "cat\ndog\nCafé crème\n".encode("utf-8-sig"),
        "cat\ndog\nCafé crème\n".encode("utf-16"),
        codecs.BOM_UTF16_BE + "cat\ndog\nCafé crème\n".encode("utf-16-be"),
        "cat\ndog\nCafé crème\n".encode("utf-32"),
        "cat\ndog\nCafe\u0301 cre\u0300me\n".encode(),
        "\n# my words\n  cat\t\n\n \ndog\n  #\nCafé \t crème\n\n".encode(),
    ],
)
def test_words_from_files_of_any_make(tmp_path, data):
    file = tmp_path / "words.txt"
    file.write_bytes(data)
    assert read_vocabulary(file) == ("cat", "dog", "Café crème")
    assert read_vocabulary(str(file)) == read_vocabulary(file)


def test_the_words_that_ship_are_a_file_of_words():
    table = resources.files("vitwidgets.labels") / "tables" / "everyday_words.txt"
    with resources.as_file(table) as file:
        assert read_vocabulary(file) == everyday_words()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("cat\ncafé\n".encode("latin-1"), "line 2 .* byte 0xe9 .* Latin-1"),
        ("cat\ndog\n".encode("utf-16-le"), "line 1 .* no text"),
        ("cat\ndog\n".encode("utf-16")[:-1], "UTF-16"),
        (b"\x89PNG\r\n\x1a\n\x00", "line 1 .* byte 0x89"),
        (b"cat\nd\x00g\n", r"line 2 .* no text: 'd\\x00g'"),
        ("cat\ncaf\N{REPLACEMENT CHARACTER}\n".encode(), "line 2 .* no text"),
        (b"cat\ndog\n\nCat\n", "'Cat' in lines 1 and 4"),
        (b"red  car\nred car\n", "'red car' in lines 1 and 2"),
        ("é\ne\u0301\n".encode(), "in lines 1 and 2"),
        (b"cat\n" * 8, "lines 1 and 6; and 2 more"),
        (b"", "no word"),
        (b"\n  \n# cat\n", "no word"),
    ],
)
def test_files_that_are_no_list_of_words(tmp_path, data, said):
    file = tmp_path / "words.txt"
    file.write_bytes(data)
    with pytest.raises(ValueError, match=said) as error:
        read_vocabulary(file)
    assert "words.txt" in str(error.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_vocabulary(tmp_path / "words.txt")
