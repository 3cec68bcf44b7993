"""What an index and a reader of a release are told is right."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
from email import message_from_string
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
import yaml

if TYPE_CHECKING:
    from email.message import Message
    from pathlib import Path

    from tests.contract.conftest import Distributions


@pytest.fixture(scope="module")
def metadata(distributions: Distributions) -> Message:
    with ZipFile(distributions.wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return message_from_string(archive.read(name).decode("utf8"))


@pytest.fixture(scope="module")
def version(root: Path) -> str:
    return json.loads((root / "package.json").read_text("utf8"))["version"]


def test_an_index_would_take_both(distributions: Distributions):
    files = [str(distributions.sdist), str(distributions.wheel)]
    done = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("PASSED") == 2


def test_what_an_index_shows(metadata: Message, version: str):
    assert metadata["Name"] == "vitwidgets"
    assert metadata["Version"] == version
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata.get_payload().startswith("# vitwidgets")


def test_who_installs_it_gets_no_tools(metadata: Message):
    plain = {
        re.match(r"[\w.-]+", line)[0].lower()
        for line in metadata.get_all("Requires-Dist")
        if "extra ==" not in line
    }
    assert {"anywidget", "timm", "torch"} <= plain
    assert not plain & {"jupyterlab", "nnsight", "playwright", "pytest", "sphinx"}


def test_sdist_holds_what_one_reads_and_builds_with(distributions: Distributions):
    with tarfile.open(distributions.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "CHANGELOG.md",
        "CITATION.cff",
        "CONTRIBUTING.md",
        "LICENSE",
        "Makefile",
        "README.md",
        "binder/environment.yml",
        "docs/index.md",
        "examples/01_attention_head_tour.ipynb",
        "tests/conftest.py",
    } <= names


def test_citation_is_of_this_version(root: Path, version: str):
    citation = yaml.safe_load((root / "CITATION.cff").read_text("utf8"))
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= citation.keys()
    assert citation["version"] == version
    assert citation["license"] == "MIT"


def test_changelog_comes_to_this_version(root: Path, version: str):
    headings = re.findall(
        r"^## (.*)$", (root / "CHANGELOG.md").read_text("utf8"), re.MULTILINE
    )
    assert headings
    newest = headings[0]
    assert newest == "[Unreleased]" or newest.startswith(f"[{version}]")


def test_forge_runs_the_same_command(root: Path):
    workflow = yaml.safe_load((root / ".github/workflows/checks.yml").read_text("utf8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert any(step.get("run") == ".ci/run" for step in steps)
    command = (root / ".ci/run").read_text("utf8").splitlines()[-1]
    assert command.startswith("exec make test")
