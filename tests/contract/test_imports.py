"""What importing costs and needs. The layers themselves are import-linter's."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

LENSES = {"emoji_logit_lens", "word_lens"}
WIDGET_LIBRARIES = {"IPython", "anywidget", "bqplot", "ipywidgets"}


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_package_itself_imports_nothing_heavy():
    code = "import json, sys, vitwidgets; print(json.dumps(list(sys.modules)))"
    loaded = {name.partition(".")[0] for name in json.loads(python(code))}
    heavy = {"PIL", "numpy", "open_clip", "timm", "torch", "traitlets"}
    assert loaded & (heavy | WIDGET_LIBRARIES) == set()


def test_every_public_name_is_there():
    code = "import vitwidgets as vw; print([getattr(vw, name) for name in dir(vw)])"
    assert "vitwidgets.widgets" in python(code)


@pytest.mark.parametrize("package", ["images", "methods", "models", "mice"])
def test_imports_on_a_machine_without_widget_libraries(package: str):
    python(f"""
import sys
for name in {sorted(WIDGET_LIBRARIES)}:
    sys.modules[name] = None  # importing it raises ImportError
import vitwidgets.{package}
""")


def imports_of(source: Path) -> set[str]:
    code = source.read_text("utf8")
    pattern = r"""(?:\bfrom|^\s*import|\bimport\()\s*["']([^"']+)["']"""
    return set(re.findall(pattern, code, re.MULTILINE))


def typescript(folder: Path) -> list[Path]:
    sources = sorted(folder.rglob("*.ts"))
    assert sources, f"no TypeScript in {folder}"
    return sources


def strangers(module: Path, *homes: Path) -> set[str]:
    """What a module imports from outside its homes; types of the host's are no code."""
    return {
        name
        for name in imports_of(module) - {"@anywidget/types"}
        if not name.startswith(".")
        or not set(homes) & set((module.parent / name).resolve().parents)
    }


def test_a_view_imports_only_itself_the_core_and_what_lenses_share(root: Path):
    source = root / "js/src"
    for view in (source / "views").iterdir():
        shared = [source / "core"]
        if view.name in LENSES:
            shared.append(source / "lens")
        for module in typescript(view):
            assert strangers(module, view, *shared) == set(), module


def test_what_lenses_share_imports_only_itself_and_the_core(root: Path):
    source = root / "js/src"
    for module in typescript(source / "lens"):
        assert strangers(module, source / "lens", source / "core") == set(), module


def test_the_core_imports_only_itself(root: Path):
    core = root / "js/src/core"
    for module in typescript(core):
        assert strangers(module, core) == set(), module


def test_only_the_plugin_knows_jupyterlab(root: Path):
    plugin = root / "js/src/lab"
    knowing = {
        module
        for module in typescript(root / "js/src")
        if any(n.startswith(("@jupyterlab/", "@lumino/")) for n in imports_of(module))
    }
    assert knowing
    assert all(plugin in module.parents for module in knowing)
