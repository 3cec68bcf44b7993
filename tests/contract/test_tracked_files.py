"""What must not be committed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

MOST_LINES = 400
MOST_BYTES = 4_000_000


@pytest.fixture(scope="module")
def texts(tracked: list[Path]) -> dict[Path, str]:
    contents = {path: path.read_bytes() for path in tracked}
    return {
        path: content.decode("utf8")
        for path, content in contents.items()
        if b"\0" not in content
    }


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r'"resolved":\s*"http', id="address in the lock file"),
        pytest.param(r"registry\.[a-z]+\.(org|com|io)\b", id="npm registry"),
        pytest.param(r"pypi\.org/simple|files\.pythonhosted", id="package index"),
        pytest.param(r"\bindex[-_]url\b|\bfind[-_]links\b", id="pip option"),
        pytest.param(
            r"(?<![\w.~)}\]>])/(root|home|work|Users|tmp/w|opt)/\w", id="someone's path"
        ),
    ],
)
def test_no_trace_of_one_machine(pattern: str, texts: dict[Path, str]):
    this = re.compile(pattern)
    guilty = {
        f"{path}:{number}: {line.strip()[:120]}"
        for path, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if this.search(line)
    }
    assert guilty == set()


def test_no_source_is_too_long_to_read(texts: dict[Path, str], root: Path):
    code = {".py", ".ts", ".mjs", ".css"}
    lengths = {
        str(path.relative_to(root)): text.count("\n")
        for path, text in texts.items()
        if path.suffix in code and ".gen." not in path.name  # nobody reads these
    }
    assert {k: v for k, v in lengths.items() if v > MOST_LINES} == {}


def test_no_file_is_heavy(tracked: list[Path], root: Path):
    sizes = {str(path.relative_to(root)): path.stat().st_size for path in tracked}
    assert {k: v for k, v in sizes.items() if v > MOST_BYTES} == {}
