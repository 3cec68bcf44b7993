"""What a person gets who installs vitwidgets and has no node."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.conftest import Distributions

LABEXTENSION = "share/jupyter/labextensions/vitwidgets"


@pytest.fixture(scope="module")
def in_wheel(distributions: Distributions) -> set[str]:
    with ZipFile(distributions.wheel) as archive:
        return set(archive.namelist())


def run_installed(
    code: str, installed: Path, env: dict[str, str], cwd: Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        env={**env, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_wheel_holds_the_package_as_it_is_in_the_tree(
    in_wheel: set[str], root: Path, tracked: list[Path]
):
    package = root / "vitwidgets"
    ours = {p.relative_to(root).as_posix() for p in tracked if package in p.parents}
    views = [path.name for path in (root / "js/src/views").iterdir()]
    scripts = ("host.js", "live.js")
    parts = [*scripts, *(f"{view}.{kind}" for view in views for kind in ("js", "css"))]
    built = {f"vitwidgets/static/{part}" for part in parts}
    assert {name for name in in_wheel if name.startswith("vitwidgets/")} == ours | built


def test_wheel_holds_nothing_elsewhere(in_wheel: set[str]):
    elsewhere = {
        name
        for name in in_wheel
        if not name.startswith("vitwidgets/")
        and ".dist-info/" not in name
        and f".data/data/{LABEXTENSION}/" not in name
    }
    assert elsewhere == set()


@pytest.mark.parametrize(
    "needed",
    [
        "vitwidgets/py.typed",
        *(
            f"vitwidgets/static/{view}.{kind}"
            for view in (
                "attention_head_tour",
                "click_to_patch",
                "emoji_logit_lens",
                "logit_attribution",
                "word_lens",
                "workshop_lesson",
            )
            for kind in ("js", "css")
        ),
        "vitwidgets/static/host.js",
        "vitwidgets/static/live.js",
        "vitwidgets/labels/sprites/noto-emoji.webp",
        "vitwidgets/labels/sprites/LICENSE-noto-emoji.txt",
        "vitwidgets/labels/tables/everyday_words.txt",
        "vitwidgets/models/bundled/biased-mouse.safetensors",
        "vitwidgets/models/bundled/biased-mouse.json",
        "vitwidgets/models/bundled/emoji-clip.safetensors",
        "vitwidgets/models/bundled/emoji-clip.json",
        "vitwidgets/models/bundled/emoji-vit.lens.safetensors",
        "vitwidgets/models/bundled/emoji-vit.safetensors",
        "vitwidgets/models/bundled/emoji-vit.words.safetensors",
        "vitwidgets/models/bundled/emoji-vit.json",
        "vitwidgets/workshop/lessons/attention-heads.json",
        "vitwidgets/workshop/lessons/clip.json",
        "vitwidgets/workshop/lessons/logit-lens.json",
        "vitwidgets/workshop/lessons/patching.json",
    ],
)
def test_wheel_holds(needed: str, in_wheel: set[str]):
    assert needed in in_wheel


def test_wheel_holds_sample_scenes_with_their_masks(in_wheel: set[str]):
    samples = {name for name in in_wheel if name.startswith("vitwidgets/images/sample")}
    masks = {name for name in samples if name.endswith(".masks.png")}
    pictures = {name for name in samples if name.endswith(".png")} - masks
    assert len(pictures) >= 12
    assert {name.replace(".masks.png", ".png") for name in masks} == pictures


def test_wheel_holds_the_licence(in_wheel: set[str]):
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in in_wheel)


def test_sdist_holds_what_was_built(distributions: Distributions):
    with tarfile.open(distributions.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "package.json",
        "package-lock.json",
        "js/build.mjs",
        "vitwidgets/static/attention_head_tour.js",
        "vitwidgets/static/click_to_patch.js",
        "vitwidgets/static/emoji_logit_lens.js",
        "vitwidgets/static/live.js",
        "vitwidgets/static/logit_attribution.js",
        "vitwidgets/static/word_lens.js",
        "vitwidgets/static/workshop_lesson.js",
        "vitwidgets/labextension/package.json",
    } <= names
    assert not [name for name in names if name.startswith(("node_modules", ".venv"))]


def test_wheel_works_without_node_and_without_network(
    installed: Path, without_node: dict[str, str], tmp_path: Path
):
    code = """
import socket

def refuse(*args, **kwargs):
    raise AssertionError(f"network: {args}")

socket.socket.connect = socket.getaddrinfo = refuse
import vitwidgets as vw
print(vw.__file__)
scene = vw.images.sample(vw.images.sample_names()[0])
tour = vw.AttentionHeadTour(vw.load_model(), scene.image)
print(len(str(tour.trait_values()["_esm"])) > 1000)
"""
    done = run_installed(code, installed, without_node, tmp_path)
    assert done.returncode == 0, done.stderr
    where, has_view = done.stdout.split("\n")[:2]
    assert where.startswith(str(installed))
    assert has_view == "True"


def test_jupyterlab_accepts_the_extension(installed: Path, tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "jupyterlab.labextensions", "list"],
        env={
            **os.environ,
            "JUPYTER_PATH": str(installed / "share/jupyter"),
            "JUPYTER_CONFIG_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    section = done.stderr.split(str(installed / "share/jupyter/labextensions"))[1]
    line = next(line for line in section.splitlines() if "vitwidgets" in line)
    assert "enabled" in line
    assert "OK" in line


def test_one_version(
    distributions: Distributions, installed: Path, root: Path, tmp_path: Path
):
    version = json.loads((root / "package.json").read_text("utf8"))["version"]
    lock = json.loads((root / "package-lock.json").read_text("utf8"))
    assert lock["version"] == lock["packages"][""]["version"] == version
    assert distributions.wheel.name == f"vitwidgets-{version}-py3-none-any.whl"
    code = "import vitwidgets; print(vitwidgets.__version__)"
    done = run_installed(code, installed, dict(os.environ), tmp_path)
    assert done.stdout.strip() == version
