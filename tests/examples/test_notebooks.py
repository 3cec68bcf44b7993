"""Every example runs from top to bottom without any network, in Binder's memory."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
DEAD_PROXY = "http://127.0.0.1:9"  # the discard port: nothing listens there
SECONDS = 120
FOR_ONE_KERNEL = 1_900_000_000  # of Binder's 2 GB; JupyterLab itself takes the rest

# Proxies are advice that not every client takes; the kernel's sockets take none.
NO_NETWORK = """
import socket

def _refuse(self, address):
    host = address[0] if isinstance(address, tuple) else "localhost"
    if host not in ("127.0.0.1", "::1", "localhost"):
        raise OSError(f"the network is off; {address!r} was wanted")
    return _connect(self, address)

_connect = socket.socket.connect
socket.socket.connect = _refuse
"""

# Counted as Linux does: what a kernel may write to, whether it has or not.
LITTLE_MEMORY = f"""
import resource

resource.setrlimit(resource.RLIMIT_DATA, ({FOR_ONE_KERNEL},) * 2)
"""


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for scheme in ("http", "https", "all"):
        monkeypatch.setenv(f"{scheme}_proxy", DEAD_PROXY)
        monkeypatch.setenv(f"{scheme}_proxy".upper(), DEAD_PROXY)
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    # Weights that somebody fetched earlier would hide that a notebook needs the hub.
    monkeypatch.setenv("HF_HOME", str(tmp_path / "huggingface"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00_no_network.py").write_text(NO_NETWORK)
    if sys.platform == "linux":
        (startup / "01_little_memory.py").write_text(LITTLE_MEMORY)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))


def execute(notebook: nbformat.NotebookNode, folder: Path) -> None:
    """Run all cells in place, in a kernel with the environment of this moment."""
    client = NotebookClient(
        notebook,
        timeout=SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env=dict(os.environ))


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_offline(path: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)

    execute(notebook, tmp_path)

    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code if cell.source.strip())


@pytest.mark.usefixtures("offline")
def test_offline_means_offline(tmp_path: Path) -> None:
    abroad = new_code_cell("import socket; socket.create_connection(('192.0.2.1', 80))")
    with pytest.raises(CellExecutionError, match="the network is off"):
        execute(new_notebook(cells=[abroad]), tmp_path)


def test_there_are_examples() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_committed_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.outputs for cell in cells] == [[]] * len(cells)
    assert {cell.execution_count for cell in cells} <= {None}


@pytest.mark.skipif(sys.platform != "linux", reason="memory is not limited elsewhere")
@pytest.mark.usefixtures("offline")
def test_little_memory_is_little(tmp_path: Path) -> None:
    greedy = new_code_cell(f"import numpy; numpy.ones({FOR_ONE_KERNEL}, 'int8')")
    with pytest.raises(CellExecutionError, match="MemoryError"):
        execute(new_notebook(cells=[greedy]), tmp_path)
