"""Several views stand in one notebook: the style of one is no style of another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOTS = {
    "views/attention_head_tour": "vw-tour",
    "views/click_to_patch": "vw-patcher",
    "views/emoji_logit_lens": "vw-lens",
    "views/logit_attribution": "vw-attribution",
    "views/word_lens": "vw-words",
    "views/workshop_lesson": "vw-lesson",
    "lens": "vw-lens",
}
LENSES = {"views/emoji_logit_lens", "views/word_lens", "lens"}


def selectors(folder: Path) -> Iterator[str]:
    for file in sorted(folder.rglob("*.css")):
        text = re.sub(
            r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        for together in re.findall(r"([^{};]+)\{", text):
            for each in re.split(r",(?![^(]*\))", together):
                yield " ".join(each.split())


def classes(selector: str) -> set[str]:
    return set(re.findall(r"\.(vw-[\w-]+)", selector))


@pytest.fixture(scope="module")
def styled(root: Path) -> dict[str, list[str]]:
    """Selectors by the folder below js/src that they stand in."""
    source = root / "js/src"
    views = {f"views/{each.name}" for each in (source / "views").iterdir()}
    assert views | {"lens"} == ROOTS.keys()
    return {name: list(selectors(source / name)) for name in (*ROOTS, "core")}


@pytest.mark.parametrize("folder", ROOTS)
def test_every_rule_of_a_view_is_about_that_view(
    folder: str, styled: dict[str, list[str]]
) -> None:
    family = LENSES if folder in LENSES else {folder}
    others = {"vw-root"} | {
        name
        for other, rules in styled.items()
        if other not in family
        for rule in rules
        for name in classes(rule)
    }
    for rule in styled[folder]:
        own = classes(rule) - others
        is_about_elements = bool(classes(rule)) or rule.startswith(":")
        assert own or not is_about_elements, (
            f"{rule} of {folder} reaches into other views, too: "
            f"begin it with .{ROOTS[folder]} or :where(.{ROOTS[folder]})"
        )
