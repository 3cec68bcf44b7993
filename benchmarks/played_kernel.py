"""A widget's state and answers, as a page of Chromium takes them without a kernel."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from vitwidgets.wire import owner_of

if TYPE_CHECKING:
    from vitwidgets.widgets.explorer import Explorer

WATCH = """() => {
  window.script = [];
  window.frames = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntriesByName("vw:paint")) script.push(entry.duration);
  }).observe({ entryTypes: ["measure"] });
  let last = performance.now();
  const frame = (now) => {
    frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""


def state_of(view: Explorer) -> dict[str, Any]:
    """Give the traits that the page knows, arrays encoded as the host page has them."""
    names = [name for name in view.keys if owner_of(view, name)]
    return {name: _plain(getattr(view, name)) for name in names}


def reply(view: Explorer, request: dict[str, Any]) -> dict[str, Any]:
    """Answer a request as the kernel would."""
    asked = {k: v for k, v in request.items() if k not in ("type", "id", "kind")}
    answer = view.answers()[request["kind"]](**asked)
    arrays = [{"name": n, **_encoded(a)} for n, a in answer.arrays.items()]
    return {"result": answer.result, "arrays": arrays}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return _encoded(value)
    if isinstance(value, dict):
        parts = cast("dict[str, Any]", value)
        return {name: _plain(part) for name, part in parts.items()}
    if isinstance(value, list):
        return [_plain(part) for part in cast("list[Any]", value)]
    return value


def _encoded(array: np.ndarray) -> dict[str, Any]:
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"dtype": array.dtype.name, "shape": list(array.shape), "data": data}
