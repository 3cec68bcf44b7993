"""What can be tried of Binder without Binder: its files.

That lessons fit into its memory is seen where they are run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # hatchling brings it

ROOT = Path(__file__).parents[2]
LESSONS = sorted((ROOT / "examples").glob("*.ipynb"))
OTHER_NAMES = {"pytorch-cpu": "torch"}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]


@pytest.fixture(scope="module")
def environment() -> dict[str, SpecifierSet]:
    """What conda is asked for; its single = is pip's == with a wildcard."""
    read = yaml.safe_load((ROOT / "binder/environment.yml").read_text("utf8"))
    assert set(read["channels"]) == {"conda-forge", "nodefaults"}
    found: dict[str, SpecifierSet] = {}
    for line in read["dependencies"]:
        name, version = re.fullmatch(r"([a-z_-]+)(.*)", line).groups()
        wanted = re.sub(r"^=(?!=)(.*)", r"==\1.*", version)
        found[OTHER_NAMES.get(name, name)] = SpecifierSet(wanted)
    return found


def lowest(wanted: SpecifierSet) -> str:
    """The lowest version that is allowed; tests need no more than that."""
    (bound,) = (each for each in wanted if each.operator in (">=", "=="))
    return bound.version.removesuffix(".*")


def test_environment_brings_what_vitwidgets_asks_for(
    project: dict[str, Any], environment: dict[str, SpecifierSet]
):
    listed = [*project["dependencies"], *project["optional-dependencies"]["lab"]]
    asked = {each.name: each.specifier for each in map(Requirement, listed)}
    shared = asked.keys() & environment.keys()
    assert {"torch", "timm", "jupyterlab", "ipywidgets"} <= shared
    assert {
        name: (environment[name], asked[name])
        for name in shared
        if not asked[name].contains(lowest(environment[name]))
    } == {}


def test_environment_keeps_pip_from_torch_for_cuda(
    environment: dict[str, SpecifierSet],
):
    # open_clip asks for torchvision, and pip's comes with a torch of its own.
    assert {"torch", "torchvision"} <= environment.keys()


def test_python_and_node_are_fit(
    project: dict[str, Any], environment: dict[str, SpecifierSet]
):
    supported = SpecifierSet(project["requires-python"])
    assert supported.contains(lowest(environment["python"]))
    package = yaml.safe_load((ROOT / "package.json").read_text("utf8"))
    oldest = SpecifierSet(package["engines"]["node"])
    assert oldest.contains(lowest(environment["nodejs"]))


def post_build(tmp_path: Path, **programs: str) -> tuple[int, list[str]]:
    """Run it in an empty folder with programs that only write down their calls."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("python", "npm"):
        program = folder / name
        note = f'echo "{name} $1 $2 $3" >> "{tmp_path}/calls"'
        program.write_text(f"#!/bin/sh\n{note}\n{programs.get(name, '')}\n")
        program.chmod(0o755)
    path = os.pathsep.join([str(folder), os.environ["PATH"]])
    (tmp_path / "repository").mkdir()
    done = subprocess.run(
        [ROOT / "binder/postBuild"],
        cwd=tmp_path / "repository",
        env={**os.environ, "PATH": path},
        check=False,
    )
    calls = (tmp_path / "calls").read_text().splitlines()
    return done.returncode, [
        call for call in calls if call.startswith(("npm", "python -m"))
    ]


def test_post_build_builds_then_installs(tmp_path: Path):
    code, calls = post_build(tmp_path)
    assert code == 0
    assert calls == [
        "npm ci --no-audit --no-fund",
        "python -m pip install",
        "npm cache clean --force",
    ]


def test_post_build_stops_at_what_fails(tmp_path: Path):
    code, calls = post_build(tmp_path, npm="exit 7")
    assert code == 7
    assert calls == ["npm ci --no-audit --no-fund"]


@pytest.mark.parametrize(("cuda", "expected"), [("None", 0), ("'13.2'", 1)])
def test_post_build_refuses_torch_for_cuda(cuda: str, expected: int, tmp_path: Path):
    (tmp_path / "torch.py").write_text(
        "import types\n"
        "__version__ = '2.15'\n"
        f"version = types.SimpleNamespace(cuda={cuda})\n"
    )
    real = f'[ "$1" = -m ] || PYTHONPATH="{tmp_path}" exec "{sys.executable}" "$@"'
    code, calls = post_build(tmp_path, python=real)
    assert code == expected
    assert bool(calls) == (expected == 0)


def test_the_link_opens_the_first_lesson():
    (place,) = re.findall(
        r"urlpath=lab/tree/(\S+)", (ROOT / "docs/binder.md").read_text("utf8")
    )
    assert ROOT / place == LESSONS[0]
