"""Light and dark, and what axe-core says of both."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.lab.small_vit import TOKENS
from tests.lab.tour_view import picture_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.jupyterlab import Lab
    from tests.lab.small_tour import TourNotebook

pytestmark = pytest.mark.lab

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(params=["Light", "Dark"])
def theme(request: pytest.FixtureRequest, lab: Lab) -> Iterator[str]:
    change_theme(lab, request.param)
    yield request.param
    change_theme(lab, "Light")


def change_theme(lab: Lab, name: str) -> None:
    lab.command("apputils:change-theme", {"theme": f"JupyterLab {name}"})
    light = str(name == "Light").lower()
    lab.page.locator(f"body[data-jp-theme-light={light}]").wait_for(state="attached")


def test_theme(tour: TourNotebook, lab: Lab, theme: str) -> None:
    tour.view.pick(TOKENS - 1)
    tour.view.expect_painted(tour.truth.painted(TOKENS - 1))
    lab.screenshot(f"theme-{theme.lower()}")

    background = picture_of(tour.view.root)[-8, 40]
    text = tour.view.root.evaluate("(root) => getComputedStyle(root).color")
    text_is_dark = max(map(float, re.findall(r"[\d.]+", text)[:3])) < 128
    assert (background.min() > 200) == (theme == "Light")
    assert text_is_dark == (theme == "Light")


def test_axe_finds_nothing(tour: TourNotebook, lab: Lab, theme: str) -> None:
    tour.view.root.get_by_role("button", name="Help").click()
    lab.page.add_script_tag(path=AXE)
    violations = tour.view.root.evaluate(
        """async (root) => (await axe.run(root)).violations.map(
             ({id, nodes}) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)"""
    )
    lab.screenshot(f"help-{theme.lower()}")
    assert violations == []
