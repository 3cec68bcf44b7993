"""JupyterLab in a browser: notebooks opened, run, and their kernels questioned."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from tests.lab.watched_page import WatchedPage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from playwright.sync_api import Locator, Page

KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}

# Playwright's evaluate waits for ever, so every promise races a clock.
TIMED = """async ([timeout, ...args]) => {
  const find = (path) =>
    [...jupyterapp.shell.widgets("main")].find((w) => w.context?.path === path);
  const late = new Promise((_, reject) =>
    setTimeout(() => reject(new Error(`no answer in ${timeout} s`)), timeout * 1000));
  return await Promise.race([late, (async () => {%s})()]);
}"""

OPEN = """
const panel = find(args[0])
  ?? await jupyterapp.commands.execute("docmanager:open", {path: args[0]});
jupyterapp.shell.activateById(panel.id);
await panel.context.ready;
await panel.sessionContext.ready;
const kernel = panel.sessionContext.session.kernel;
while (kernel.status !== "idle") await new Promise((r) => setTimeout(r, 50));
"""

RUN_CELL = """
const notebook = find(args[0]).content;
notebook.activeCellIndex = args[1];
if (args[3] !== null) notebook.activeCell.model.sharedModel.setSource(args[3]);
notebook.deselectAll();
const done = jupyterapp.commands.execute("notebook:run-cell");
if (args[2]) await done;
"""

ASK = """
const kernel = find(args[0]).sessionContext.session.kernel;
const future = kernel.requestExecute({
  code: args[1], store_history: false, stop_on_error: false,
});
let printed = "";
future.onIOPub = ({header, content}) => {
  if (header.msg_type === "stream") printed += content.text;
};
const {content} = await future.done;
return {printed, status: content.status, error: content.evalue ?? null};
"""

ERRORS = """
const outputs = find(args[0]).content.widgets.flatMap(
  (cell) => cell.model.outputs?.toJSON() ?? []);
return outputs.filter(({output_type}) => output_type === "error")
  .map(({ename, evalue}) => `${ename}: ${evalue}`);
"""

# A page that misbehaves: an update that no view of ours would send.
FORGE = """
const comm = find(args[0]).sessionContext.session.kernel._comms.get(args[1]);
comm.send({method: "update", state: args[2], buffer_paths: []});
"""

CLOSE = """
const panel = find(args[0]);
const session = panel?.sessionContext.session?.id;
panel?.dispose();
if (session) await jupyterapp.serviceManager.sessions.shutdown(session);
"""


class Lab(WatchedPage):
    """One browser page with JupyterLab in it."""

    START, STARTED = "lab?reset", ".jp-Launcher"
    PICTURES = "lab"
    # The debugger says so of a notebook that is closed soon after it was opened.
    NOT_OURS = (
        "Could not restore the debugger state: Canceled future",
        "Canceled future for debug_request",
    )

    def __init__(self, page: Page, url: str, root: Path) -> None:
        super().__init__(page, url)
        self.root = root
        page.goto(f"{url}/{self.START}")
        page.locator(self.STARTED).first.wait_for()

    def call(self, body: str, *args: Any, timeout: float = 120) -> Any:
        """Run the body of an async JavaScript function; ``find(path)`` is a panel."""
        return self.page.evaluate(TIMED % body, [timeout, *args])

    def command(self, name: str, arguments: dict[str, Any] | None = None) -> None:
        self.call("await jupyterapp.commands.execute(...args);", name, arguments or {})

    def close_boxes(self) -> list[str]:
        """Close the boxes that cover the page; return what they said."""
        boxes = self.page.locator(".jp-Dialog")
        said: list[str] = []
        while open_now := boxes.count():
            said.append(boxes.last.inner_text())
            boxes.last.press("Escape")
            expect(boxes).to_have_count(open_now - 1)
        return said

    def notebook(self, name: str, cells: Sequence[str]) -> Notebook:
        """Write a notebook of code cells and open it, its kernel idle."""
        content = new_notebook(cells=[new_code_cell(cell) for cell in cells])
        content.metadata["kernelspec"] = KERNELSPEC
        nbformat.write(content, self.root / name)
        return self.open(name)

    def open(self, path: str) -> Notebook:
        """Open a notebook below the server's root, or bring it to the front."""
        self.call(OPEN, path)
        return Notebook(self, path)


class Notebook:
    """An open notebook with its kernel."""

    def __init__(self, lab: Lab, path: str) -> None:
        self.lab, self.path, self.page = lab, path, lab.page

    @property
    def panel(self) -> Locator:
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def cell(self, index: int) -> Locator:
        return self.panel.locator(".jp-Notebook .jp-Cell").nth(index)

    def run_all(self, timeout: float = 120) -> None:
        body = "await jupyterapp.commands.execute('notebook:run-all-cells');"
        self.lab.call(body, timeout=timeout)

    def run_cell(
        self, index: int, code: str | None = None, *, wait: bool = True
    ) -> None:
        """Run a cell, with other code in it if given."""
        self.lab.call(RUN_CELL, self.path, index, wait, code)

    def ask(self, code: str, timeout: float = 120) -> str:
        """Run code in the kernel beside the cells; return what it printed.

        Raises
        ------
        RuntimeError
            When the code raised, with its message.
        """
        answer = self.lab.call(ASK, self.path, code, timeout=timeout)
        if answer["status"] != "ok":
            raise RuntimeError(f"{code!r} in the kernel: {answer['error']}")
        return answer["printed"]

    def value(self, expression: str) -> Any:
        """Return the value of a Python expression in the kernel, through JSON."""
        return json.loads(self.ask(f"import json; print(json.dumps({expression}))"))

    def wait_for_value(
        self, expression: str, expected: object, timeout: float = 10
    ) -> None:
        """Wait until an expression in the kernel has a value."""
        deadline = time.monotonic() + timeout
        while (value := self.value(expression)) != expected:
            late = time.monotonic() > deadline
            assert not late, f"{expression} is {value!r}, not {expected!r}"
            self.page.wait_for_timeout(50)

    def errors(self) -> list[str]:
        """Return the errors in the notebook's outputs, as ``NAME: message``."""
        return self.lab.call(ERRORS, self.path)

    def forge_update(self, model_id: str, state: dict[str, Any]) -> None:
        """Send a widget's kernel an update past the widget's view."""
        self.lab.call(FORGE, self.path, model_id, state)

    def restart_kernel(self) -> None:
        body = "await find(args[0]).sessionContext.session.kernel.restart();"
        self.lab.call(body, self.path)

    def close(self) -> None:
        self.lab.call(CLOSE, self.path)
