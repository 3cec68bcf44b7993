from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# Every instance of a widget carries its view to the page.
MOST_BYTES = 100_000
# Pictures, three grids, edits, prediction and four kinds of proof in one view.
MOST_BYTES_OF = {"click_to_patch": 110_000}
MOST_STYLE_BYTES = 20_000
SVG_NAMESPACE = "http://www.w3.org/2000/svg"


@pytest.fixture(scope="module")
def views(root: Path) -> list[Path]:
    names = [path.name for path in (root / "js/src/views").iterdir()]
    assert names
    return [root / f"vitwidgets/static/{name}.js" for name in names]


def test_generated_state_is_what_python_declares(root: Path):
    generated = subprocess.run(
        [sys.executable, "-m", "vitwidgets.widgets"],
        capture_output=True,
        check=True,
    )
    committed = (root / "js/src/core/state.gen.ts").read_bytes()
    assert generated.stdout == committed, (
        "state.gen.ts is out of date; "
        "run: python -m vitwidgets.widgets > js/src/core/state.gen.ts"
    )


def test_views_are_small(views: list[Path]):
    for view in views:
        size = view.stat().st_size
        most = MOST_BYTES_OF.get(view.stem, MOST_BYTES)
        assert size <= most, f"{view.name} is {size} bytes"
        style = view.with_suffix(".css").stat().st_size
        assert style <= MOST_STYLE_BYTES, f"the style of {view.name} is {style} bytes"


def test_views_are_self_contained(views: list[Path]):
    for view in views:
        for part in (view, view.with_suffix(".css")):
            code = part.read_text("utf8").replace(SVG_NAMESPACE, "")
            assert not re.findall(r"https?://[^\s\"'`]*", code), part.name
            assert not re.findall(r"@import|\bimport\s*[\"'({]|\bfrom\s*[\"']", code)


def test_views_evaluate_no_text_as_code(views: list[Path]):
    for view in views:
        code = view.read_text("utf8")
        assert not re.findall(r"\beval\s*\(|new\s+Function\b|\.innerHTML\b", code)
