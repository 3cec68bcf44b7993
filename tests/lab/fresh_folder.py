"""A folder that the file browser stands in, and the notebooks that appear in it."""

from __future__ import annotations

import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.jupyterlab import Lab, Notebook

STARTING = 120_000  # milliseconds for a kernel to start and import all it needs

CURRENT = "return jupyterapp.shell.currentWidget?.context?.path ?? null;"
# Disposed of, not closed: that would ask what to do with what was changed on disk. And
# before its kernel is: a cell that is run on a kernel that goes away is told in a box.
CLOSE_ALL = """
for (const widget of [...jupyterapp.shell.widgets("main")]) {
  if (!widget.context?.path.startsWith(`${args[0]}/`)) continue;
  const session = widget.sessionContext?.session?.id;
  widget.dispose();
  if (session) await jupyterapp.serviceManager.sessions.shutdown(session);
}
await jupyterapp.commands.execute("filebrowser:go-to-path", {path: ""});
await jupyterapp.commands.execute("filebrowser:hide-main");
"""
REFRESH = "await jupyterapp.commands.execute('filebrowser:refresh');"


@contextmanager
def fresh_folder(lab: Lab, stem: str) -> Iterator[Path]:
    """Make a folder and show it; afterwards close what is in it.

    The folder stays: a file browser that asks once more for one that is gone covers
    the page with a box, in whichever test that happens to be.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{stem}-", dir=lab.root))
    lab.command("filebrowser:go-to-path", {"path": folder.name})
    try:
        yield folder
    finally:
        lab.call(CLOSE_ALL, folder.name)


def opened(lab: Lab, path: Path) -> Notebook:
    """Wait until this notebook is in front, and return it."""
    relative = path.relative_to(lab.root).as_posix()
    deadline = time.monotonic() + STARTING / 1000
    while lab.call(CURRENT) != relative:
        if time.monotonic() > deadline:
            boxes = lab.page.locator(".jp-Dialog").all_inner_texts()
            raise AssertionError(
                f"{relative} was not opened; in front is {lab.call(CURRENT)}, boxes "
                f"say {boxes}, the page complained {lab.complaints}"
            )
        lab.page.wait_for_timeout(50)
    return lab.open(relative)


def sources(path: Path) -> list[str]:
    """Return the cells of a valid notebook that nobody ran."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.get("outputs") for cell in notebook.cells)
    return [cell.source for cell in notebook.cells]
