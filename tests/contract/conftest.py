from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Distributions:
    sdist: Path
    wheel: Path


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def tracked(root: Path) -> list[Path]:
    """Every file that is, or would be, under version control."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    names = filter(None, listing.stdout.split("\0"))
    return [path for name in names if (path := root / name).is_file()]


@pytest.fixture(scope="session")
def without_node(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a machine with no program at all on PATH."""
    return {**os.environ, "PATH": str(tmp_path_factory.mktemp("empty"))}


@pytest.fixture(scope="session")
def distributions(
    root: Path,
    without_node: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Distributions:
    """An sdist of the tree, and the wheel that this sdist gives without node."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)]
    done = subprocess.run(
        command, cwd=root, env=without_node, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (sdist,) = folder.glob("*.tar.gz")
    (wheel,) = folder.glob("*.whl")
    return Distributions(sdist, wheel)


@pytest.fixture(scope="session")
def installed(
    distributions: Distributions, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder that holds the installed wheel and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    options = ["--quiet", "--no-deps", "--no-index", "--no-compile"]
    options += ["--target", str(folder)]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, str(distributions.wheel)],
        check=True,
    )
    return folder
