from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def check_node(root: Path, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "hatch_build.py"],
        cwd=root,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def pretend(folder: Path, version: str) -> str:
    for name in ("node", "npm"):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho {version}\n")
        program.chmod(0o755)
    return str(folder)


def test_missing_node_is_named_with_the_places_and_the_remedy(
    root: Path, tmp_path: Path
):
    done = check_node(root, str(tmp_path))
    assert done.returncode == 1
    assert "node and npm not found" in done.stderr
    assert str(tmp_path) in done.stderr
    assert "node >= 20.19" in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_npm_alone_is_named(root: Path, tmp_path: Path):
    path = pretend(tmp_path, "v22.1.0")
    (tmp_path / "npm").unlink()
    assert check_node(root, path).stderr.startswith("npm not found")


@pytest.mark.parametrize("version", ["v18.20.4", "v20.18.3", "nonsense", ""])
def test_unfit_node_is_refused(version: str, root: Path, tmp_path: Path):
    done = check_node(root, pretend(tmp_path, version))
    assert done.returncode == 1
    assert f"{tmp_path / 'node'} is node {version}" in done.stderr


@pytest.mark.parametrize("version", ["v20.19.0", "v22.0.0", "v26.1.3"])
def test_fit_node_is_accepted(version: str, root: Path, tmp_path: Path):
    assert check_node(root, pretend(tmp_path, version)).returncode == 0
