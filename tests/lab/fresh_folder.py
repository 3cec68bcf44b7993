"""A folder that the file browser stands in, and the notebooks that appear in it."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import nbformat

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.jupyterlab import Lab, Notebook

STARTING = 120_000  # milliseconds for a kernel to start and import all it needs

CURRENT = "return jupyterapp.shell.currentWidget?.context?.path ?? null;"
# Disposed of, not closed: that would ask what to do with what was changed on disk.
CLOSE_ALL = """
for (const widget of [...jupyterapp.shell.widgets("main")]) {
  if (!widget.context?.path.startsWith(`${args[0]}/`)) continue;
  await widget.sessionContext?.shutdown();
  widget.dispose();
}
await jupyterapp.commands.execute("filebrowser:go-to-path", {path: ""});
await jupyterapp.commands.execute("filebrowser:hide-main");
"""
REFRESH = "await jupyterapp.commands.execute('filebrowser:refresh');"


@contextmanager
def fresh_folder(lab: Lab, name: str) -> Iterator[Path]:
    """Make a folder and show it; afterwards close and remove what is in it."""
    folder = lab.root / name
    folder.mkdir()
    lab.command("filebrowser:go-to-path", {"path": name})
    try:
        yield folder
    finally:
        lab.call(CLOSE_ALL, name)
        shutil.rmtree(folder)


def opened(lab: Lab, path: Path) -> Notebook:
    """Wait until this notebook is in front, and return it."""
    relative = path.relative_to(lab.root).as_posix()
    deadline = time.monotonic() + STARTING / 1000
    while lab.call(CURRENT) != relative:
        late = time.monotonic() > deadline
        assert not late, f"{relative} was not opened; in front is {lab.call(CURRENT)}"
        lab.page.wait_for_timeout(50)
    return lab.open(relative)


def sources(path: Path) -> list[str]:
    """Return the cells of a valid notebook that nobody ran."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.get("outputs") for cell in notebook.cells)
    return [cell.source for cell in notebook.cells]
