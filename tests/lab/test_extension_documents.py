"""Saved tours and saved pages open by double click, without any kernel."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

import vitwidgets as vw
from tests.lab.fresh_folder import REFRESH, STARTING, fresh_folder, opened
from tests.lab.tour_view import TourView

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.lab.jupyterlab import Lab

pytestmark = pytest.mark.lab

STOPS = [
    {
        "title": "Whiskers <b>first</b>",
        "text": "This head looks from them to the nose.",
        "state": {"layer": 3, "head": 1, "query": 42},
    },
    {"title": "All heads", "text": "As they are.", "state": {"direction": "column"}},
]
FOREIGN = "<!doctype html><script>document.title = 'ran'</script><p>not ours</p>"
SESSIONS = """
await jupyterapp.serviceManager.sessions.refreshRunning();
return [...jupyterapp.serviceManager.sessions.running()].map(({path}) => path);
"""


RUN = "([id, args]) => jupyterapp.commands.execute(id, args)"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    tour = vw.AttentionHeadTour(vw.load_model(), vw.images.sample("cat-alone"))
    tour.stops = STOPS
    tour.save_tour(folder / "mine.vwtour.json")
    tour.to_html(folder / "mine.vw.html")
    tour.close()
    return folder


@pytest.fixture
def folder(lab: Lab, saved: Path) -> Iterator[Path]:
    with fresh_folder(lab, "documents") as folder:
        for path in saved.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        (folder / "foreign.vw.html").write_text(FOREIGN)
        (folder / "broken.vwtour.json").write_text('{"format": "vitwidgets tour"')
        lab.call(REFRESH)
        yield folder


def double_click(lab: Lab, file: str) -> None:
    lab.page.locator(".jp-DirListing-item:visible", has_text=file).dblclick()


def test_a_saved_tour_is_read_without_a_kernel(lab: Lab, folder: Path) -> None:
    before = lab.call(SESSIONS)
    double_click(lab, "mine.vwtour.json")
    document = lab.page.locator(".vw-lab-tour")
    expect(document.get_by_role("heading")).to_have_text("A guided tour of emoji-vit")
    stops = document.get_by_role("listitem")
    expect(stops).to_have_count(len(STOPS))
    expect(stops.first).to_contain_text(STOPS[0]["title"])
    expect(stops.first).to_contain_text("L3.H1")
    expect(stops.first).to_contain_text(STOPS[0]["text"])
    lab.screenshot("tour-document")
    assert lab.call(SESSIONS) == before

    changed = json.loads((folder / "mine.vwtour.json").read_text())
    changed["stops"] = changed["stops"][:1]
    (folder / "mine.vwtour.json").write_text(json.dumps(changed))
    lab.command("docmanager:reload")
    expect(stops).to_have_count(1)


def test_a_saved_tour_goes_on_in_a_notebook(lab: Lab, folder: Path) -> None:
    double_click(lab, "mine.vwtour.json")
    lab.page.get_by_role("button", name="Open in a notebook").click()
    notebook = opened(lab, folder / "mine.ipynb")
    notebook.panel.locator(".vw-tour").wait_for(timeout=STARTING)
    assert notebook.errors() == []
    assert notebook.value("[tour.stop, tour.layer, tour.head, tour.query]") == [
        0,
        *(3, 1, 42),
    ]


def test_a_broken_tour_says_what_is_wrong(lab: Lab, folder: Path) -> None:
    double_click(lab, "broken.vwtour.json")
    alert = lab.page.locator(".vw-lab-tour").get_by_role("alert")
    expect(alert).to_contain_text("This file can't be read as JSON")


def test_a_saved_page_is_live_without_a_kernel(lab: Lab, folder: Path) -> None:
    before = lab.call(SESSIONS)
    double_click(lab, "mine.vw.html")
    page = lab.page.locator(".vw-lab-page")
    root = page.frame_locator("iframe").locator(".vw-tour")
    view = TourView(root, 8, 8, prefix=1)
    view.head(1, 2).click()
    expect(view.head(1, 2)).to_have_attribute("aria-selected", "true")
    view.wait_for(view.brightness, lambda seen: seen.std() > 1, "a painted head")
    lab.screenshot("saved-page")
    # It can neither reach JupyterLab nor be told apart from any other web site.
    assert page.locator("iframe").get_attribute("sandbox") == (
        "allow-scripts allow-downloads"
    )
    assert lab.call(SESSIONS) == before


def test_documents_and_the_panel_come_back_with_the_page(
    lab: Lab, folder: Path, chromium: Browser
) -> None:
    page = chromium.new_page()
    page.goto(f"{lab.url}/lab/workspaces/restored")
    page.locator(".jp-Launcher").first.wait_for()
    page.evaluate(RUN, ["filebrowser:go-to-path", {"path": folder.name}])
    for name in ("mine.vwtour.json", "mine.vw.html"):
        page.locator(".jp-DirListing-item", has_text=name).dblclick()
        page.locator(".lm-TabBar-tab", has_text=name).wait_for()
    page.evaluate(RUN, ["vitwidgets:show-memory", {}])
    wait_until_saved(lab, page)

    page.reload()
    page.locator(".lm-TabBar-tab", has_text="mine.vw.html").click()
    frame = page.locator(".vw-lab-page").frame_locator("iframe")
    frame.locator(".vw-tour").wait_for()
    page.locator(".lm-TabBar-tab", has_text="mine.vwtour.json").click()
    stops = page.locator(".vw-lab-tour").get_by_role("listitem")
    expect(stops).to_have_count(len(STOPS))
    expect(page.locator(".vw-lab-alive")).to_be_visible()
    page.close()


def wait_until_saved(lab: Lab, page: Page) -> None:
    """Wait until the server knows what is open in this page."""
    wanted = ("mine.vwtour.json", "mine.vw.html", "vitwidgets-alive")
    for _ in range(100):
        for path in (lab.root.parent / "workspaces").glob("*restored*"):
            if all(each in path.read_text() for each in wanted):
                return
        page.wait_for_timeout(100)
    raise AssertionError("JupyterLab did not save what is open")


def test_another_page_does_not_run(lab: Lab, folder: Path) -> None:
    double_click(lab, "foreign.vw.html")
    page = lab.page.locator(".vw-lab-page")
    expect(page.get_by_role("alert")).to_contain_text("vitwidgets did not save this")
    expect(page.locator("iframe")).to_have_count(0)


def test_pages_of_another_name_have_the_reader_to_choose(
    lab: Lab, folder: Path
) -> None:
    (folder / "mine.vw.html").rename(folder / "plain.html")
    lab.call(REFRESH)
    arguments = {"path": f"{folder.name}/plain.html", "factory": "Saved view"}
    lab.command("docmanager:open", arguments)
    frame = lab.page.locator(".vw-lab-page").frame_locator("iframe")
    frame.locator(".vw-tour").wait_for()
