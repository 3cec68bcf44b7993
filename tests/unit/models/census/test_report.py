"""The page that the census writes."""

from __future__ import annotations

import re
from pathlib import Path

from vitwidgets.models.census.entries import Entry, committed
from vitwidgets.models.census.report import page
from vitwidgets.models.census.verdicts import Verdict

PAGE = Path(__file__).parents[4] / "docs" / "models.md"


def verdict(library, group, name, kind, *, note="", tower="image", expected=True):
    entry = Entry(library, group, name, tower, expected)
    return Verdict(entry, "Kind", kind, note, frozenset())


def test_shares_are_of_what_is_to_be_exact_and_partial_is_a_miss():
    text = page(
        [
            verdict("timm", "eva", "a", "exact"),
            verdict("timm", "eva", "b", "partial", note="hook_z: out of reach"),
            verdict("open_clip", "tower", "c", "exact"),
            verdict("open_clip", "ResNet", "d", "unsupported", expected=False),
            verdict("open_clip", "Text", "c", "exact", tower="text"),
            verdict("open_clip", "Text", "d", "exact", tower="text"),
        ],
        n_whole=1,
    )
    assert "| timm | 2 | 1 | 50.0% |" in text
    assert "| open_clip, image towers | 1 | 1 | 100.0% |" in text
    assert "### eva: 1 exact, 1 partial" in text
    assert "| b | Kind | partial | hook_z: out of reach |" in text
    assert "| d | Kind | unsupported | exact |" in text


def test_the_committed_page_lists_every_model_of_the_census():
    rows = re.findall(r"^\| (\S+) \|", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    assert {entry.name for entry in committed()} <= set(rows)
    assert "| wrong |" not in PAGE.read_text("utf-8")
