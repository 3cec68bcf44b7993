"""A notebook server that knows nothing of this machine's user, and goes away."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START_TIMEOUT = 180

PRIVATE_FOLDERS = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    "IPYTHONDIR": "ipython",
}

SETTINGS = {
    # A question whether to fetch Jupyter's news would cover the page.
    "@jupyterlab/apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    # A cell out of sight is no cell for Playwright, which is to scroll to it.
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
}


@contextmanager
def running_server(
    folder: Path, program: str = "lab", settings: str = "LabApp"
) -> Iterator[tuple[str, Path]]:
    """Start a server with all its state in ``folder``; give its URL and its root.

    ``program`` is what ``jupyter`` is asked for, ``settings`` the class that it is.
    """
    root = folder / "notebooks"
    root.mkdir()
    port = free_port()
    command = [
        *(sys.executable, "-m", "jupyter", program, "--no-browser", "--allow-root"),
        *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
        *("--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True"),
        *(f"--ServerApp.root_dir={root}", f"--{settings}.expose_app_in_browser=True"),
    ]
    with running(command, root, private_environment(folder), f"{port}/api/status"):
        yield f"http://127.0.0.1:{port}", root


@contextmanager
def running(
    command: list[str], root: Path, environment: dict[str, str], status: str
) -> Iterator[None]:
    """Run a server in ``root``, once it answers at ``status``, PORT/PATH."""
    log = root.parent / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_up(server, status, log)
            yield
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def private_environment(folder: Path) -> dict[str, str]:
    """Return an environment in which Jupyter reads and writes in ``folder`` only."""
    environment = dict(os.environ)
    for variable, name in PRIVATE_FOLDERS.items():
        (folder / name).mkdir(exist_ok=True)
        environment[variable] = str(folder / name)
    for plugin, chosen in SETTINGS.items():
        file = folder / "settings" / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(chosen))
    # Kernels compute little here, and share the machine with a browser.
    return environment | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_up(server: subprocess.Popen[bytes], status: str, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not answers(status):
        if server.poll() is not None or time.monotonic() > deadline:
            said = log.read_text()[-4000:]
            raise RuntimeError(f"{server.args} did not start:\n{said}")
        time.sleep(0.1)


def answers(status: str) -> bool:
    port, _, path = status.partition("/")
    connection = HTTPConnection("127.0.0.1", int(port), timeout=5)
    try:
        connection.request("GET", f"/{path}")
        return connection.getresponse().status == HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
