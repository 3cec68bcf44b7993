"""The views need nothing of the extension: with it disabled they work all the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.lab.jupyterlab import Lab
from tests.lab.server import running_server

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.lab

OFF = {"disabledExtensions": {"vitwidgets": True}}
TOUR = """
import vitwidgets as vw
tour = vw.AttentionHeadTour(vw.load_model(), vw.images.sample("cat-alone"))
tour
"""


def test_a_view_where_the_extension_is_disabled(
    chromium: Browser, tmp_path: Path
) -> None:
    settings = tmp_path / "config" / "labconfig" / "page_config.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(OFF))
    with running_server(tmp_path) as (url, root):
        page = chromium.new_page()
        lab = Lab(page, url, root)
        ours = "return jupyterapp.commands.listCommands().filter((id) => "
        assert lab.call(ours + "id.startsWith('vitwidgets'));") == []
        notebook = lab.notebook("views.ipynb", [TOUR])
        notebook.run_cell(0)
        head = notebook.panel.locator(".vw-head").nth(9)
        head.click()
        label = head.get_attribute("aria-label") or ""
        notebook.wait_for_value("f'L{tour.layer}.H{tour.head}'", label.split()[0])
        assert notebook.errors() == []
        assert lab.complaints == []
        page.close()
