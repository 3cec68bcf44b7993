"""What one person's kernel does: a first widget, and clicks when it is told.

Run as a program, by `kernels`. It prints a line when the widget is open, and waits. For
a line it clicks, and prints how long each click took, in seconds, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time

CORES = 2
WARM_UP = 5
"""Clicks that are not counted: the first ones read what later ones find read."""


def main() -> None:
    """Take two cores at most, open, wait, click."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    clicks = int(sys.argv[1])

    import vitwidgets as vw  # noqa: PLC0415 (its time is what is measured)

    scenes = [vw.images.sample(name) for name in ("cat-and-dog", "dog-alone")]
    view = vw.ClickToPatch(vw.load_model(), *scenes)
    view.answers()["predict"](interventions=[])
    print("open", flush=True)
    if not sys.stdin.readline():
        return

    from benchmarks.many_clicks import Hand  # noqa: PLC0415 (not of a person's kernel)

    hand = Hand(view)
    for _ in range(WARM_UP):
        hand.click()
    taken: list[float] = []
    for _ in range(clicks):
        begin = time.perf_counter()
        hand.click()
        taken.append(time.perf_counter() - begin)
    if hand.errors:
        raise RuntimeError(f"{hand.errors} clicks were refused")
    print(json.dumps(taken), flush=True)


if __name__ == "__main__":
    main()
