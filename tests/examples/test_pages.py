"""What pages show as Python runs, block after block, and their links lead on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import vitwidgets as vw

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
PAGES = (
    "README.md",
    "docs/activation-patching.md",
    "docs/agreement.md",
    "docs/attention-head-tour.md",
    "docs/circuits.md",
    "docs/click-to-patch.md",
    "docs/dashboards.md",
    "docs/emergent-segmentation.md",
    "docs/emoji-logit-lens.md",
    "docs/guided-tours.md",
    "docs/interventions.md",
    "docs/jupyterlab.md",
    "docs/how-it-works.md",
    "docs/logit-attribution.md",
    "docs/logit-lens.md",
    "docs/publishing.md",
    "docs/reading-attention-heads.md",
    "docs/sharing.md",
    "docs/tuned-lens.md",
    "docs/word-lens.md",
    "docs/word-maps.md",
    "docs/words-as-classes.md",
    "docs/workshop.md",
)
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def readers_own(page: str) -> Mapping[str, Any]:
    """Return what a page takes for granted that its reader has."""
    if page != "docs/guided-tours.md":
        return {}
    scenes = [vw.images.sample(name) for name in ("cat-alone", "dog-alone")]
    model = vw.load_model()
    objects = [scene.objects[0] for scene in scenes]
    return {
        "model": model,
        "image": scenes[0],
        "images": [scene.image for scene in scenes],
        "masks": [
            scene.masks[name] for scene, name in zip(scenes, objects, strict=True)
        ],
        "labels": [model.class_names.index(name) for name in objects],
    }


@pytest.mark.parametrize("page", PAGES)
def test_blocks_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = BLOCK.findall((ROOT / page).read_text())
    assert blocks
    names = {"__name__": "__main__", **readers_own(page)}

    monkeypatch.chdir(tmp_path)
    for number, block in enumerate(blocks):
        code = compile(block, f"{page}, block {number}", "exec")
        exec(code, names)  # noqa: S102


def test_links_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    links = [
        page.parent / target
        for page in pages
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    ]
    assert len(links) > len(pages)
    assert [str(each) for each in links if not each.exists()] == []
