"""The documentation leaves no page, picture or public name out."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = ("", ".dashboards", ".images", ".labels", ".methods", ".models", ".widgets")
LISTED = re.compile(r"^\.\. auto\w+:: ([\w.]+)$", re.MULTILINE)
EXPORTED = re.compile(r"^(?:    )?from \S+ import (?:\(\s*)?(\w+) as \1", re.MULTILINE)
SHOWN_ONLY_AS_TYPES = {"ImageSource"}


def named(path: str) -> object:
    """What a dotted path leads to."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.fixture(scope="module")
def in_reference(root: Path) -> list[str]:
    pages = (page.read_text("utf8") for page in (root / "docs/api").glob("*.md"))
    return [path for page in pages for path in LISTED.findall(page)]


@pytest.mark.parametrize("package", PACKAGES)
def test_reference_has_every_public_name(
    package: str, root: Path, in_reference: list[str]
):
    folder = root / "vitwidgets" / package.removeprefix(".")
    names = set(EXPORTED.findall((folder / "__init__.py").read_text("utf8")))
    assert names
    parts = {name for name in names if (folder / name / "__init__.py").exists()}
    documented = {id(named(path)) for path in in_reference}
    missing = {
        name
        for name in names - parts - SHOWN_ONLY_AS_TYPES
        if id(named(f"vitwidgets{package}.{name}")) not in documented
    }
    assert missing == set()


def test_reference_names_nothing_twice(in_reference: list[str]):
    things = [id(named(path)) for path in in_reference]
    assert len(things) == len(set(things)) > 50


def test_pictures_are_those_of_the_model(root: Path, tmp_path: Path):
    kept = root / "docs/pictures"
    script = kept / "make.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True)
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {path.name for path in kept.iterdir() if path.suffix != ".py"} - {
        "__pycache__"
    }
    for name in made:
        if name.endswith(".svg"):
            old, new = ((f / name).read_text("utf8") for f in (kept, tmp_path))
            assert re.findall(r">([^<]+)</text>", old) == re.findall(
                r">([^<]+)</text>", new
            )
        else:
            old, new = (np.asarray(Image.open(f / name), int) for f in (kept, tmp_path))
            assert np.abs(old - new).mean() < 1
