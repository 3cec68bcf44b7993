"""One HTML file that holds a view and all that it will ask for.

Its state and the answers lie in a block of JSON, arrays as base64; those of answers
are deflated first, and inflated by the browser. ``js/src/host/exported_page.ts`` reads
it.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from vitwidgets.wire import Answer

_HOST = Path(__file__).parent.parent / "static" / "host.js"

# The policy lets the page run and style itself and forbids it all else: no network.
_PAGE = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data: blob:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { color-scheme: light dark; }
body { max-width: 1500px; margin: 16px auto; padding: 0 16px; }
h1, footer { margin: 12px 2px; font: 13px/1.45 system-ui, sans-serif; }
$css
</style>
</head>
<body>
<header><h1>Saved: $title</h1></header>
<main id="view"><noscript>This page needs JavaScript.</noscript></main>
<footer>$footer</footer>
<script id="data" type="application/json">$data</script>
<script>$host
vwHost.openPage();</script>
</body>
</html>
""")


@dataclass(frozen=True)
class KeptAnswer:
    """A request that the page will make, and its answer, or why there is none."""

    kind: str
    arguments: Mapping[str, object]
    answer: Answer | Exception


@dataclass(frozen=True, eq=False)
class PageContents:
    """A view as a page shows it without a kernel.

    Attributes
    ----------
    title
        What it shows, plain text.
    note
        What a reader should know of its numbers, plain text.
    css, esm
        The view's style and module, as they were built.
    state
        Every trait that the view reads: plain values and arrays.
    answers
        What the view will be answered; any other request gets an empty answer. They
        may be made as they are gone through, once.
    held
        Says what of a reader's questions is answered, plain text, once the answers
        were gone through; nothing where all that can be asked is.
    """

    title: str
    note: str
    css: str
    esm: str
    state: Mapping[str, object]
    answers: Iterable[KeptAnswer]
    held: Callable[[], str] = str

    def data(self) -> dict[str, object]:
        """Give state and answers as ``js/src/host/exported_page.ts`` reads them."""
        return {
            "state": {name: _plain(value) for name, value in self.state.items()},
            "answers": [_packed(each) for each in self.answers],
        }


def exported_page(contents: PageContents) -> str:
    """Return a page that shows a view without kernel or network."""
    data = script_json({"esm": contents.esm, **contents.data()})
    footer = f"Saved with vitwidgets. {contents.note} {contents.held()}"
    return _PAGE.substitute(
        title=escape(contents.title),
        footer=escape(footer.strip()),
        css=contents.css,
        data=data,
        host=_HOST.read_text("utf-8"),
    )


def script_json(data: object) -> str:
    """Write JSON that may stand in a page's script."""
    # Without "<" there is neither an end of the script nor a comment in it.
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def deflated(array: NDArray[Any]) -> dict[str, object]:
    """Give an array as ``js/src/host/inflated.ts`` reads it."""
    data = _base64(zlib.compress(array.tobytes(), level=9))
    return {**_described(array), "data": data}


def _plain(value: object) -> object:
    if isinstance(value, dict):
        record = cast("dict[str, object]", value)
        return {name: _plain(item) for name, item in record.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in cast("list[object]", value)]
    if not isinstance(value, np.ndarray):
        return value
    array = cast("NDArray[Any]", value)
    return {**_described(array), "data": _base64(array.tobytes())}


def _packed(kept: KeptAnswer) -> dict[str, object]:
    request = {"kind": kept.kind, **kept.arguments}
    answer = kept.answer
    if isinstance(answer, Exception):
        return {"request": request, "reply": {"error": str(answer), "arrays": []}}
    arrays = [
        {"name": name, **deflated(array)} for name, array in answer.arrays.items()
    ]
    return {"request": request, "reply": {"result": answer.result, "arrays": arrays}}


def _described(array: NDArray[Any]) -> dict[str, object]:
    return {"dtype": array.dtype.name, "shape": list(array.shape)}


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
