"""What importing costs."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.measuring import Row, milliseconds, take_turns

BUDGET = 0.05


def rows(rounds: int = 9) -> list[Row]:
    """Time whole processes: importing ipywidgets, and importing vitwidgets."""

    def process(statement: str) -> None:
        subprocess.run([sys.executable, "-c", statement], check=True)

    variants = {
        "ipywidgets": lambda: process("import ipywidgets"),
        "vitwidgets": lambda: process("import vitwidgets"),
    }
    for read_from_disk in variants.values():
        read_from_disk()
    reference, ours = take_turns(variants, rounds=rounds).values()
    return [
        Row(
            "import vitwidgets (whole process)",
            f"import ipywidgets {milliseconds(reference.seconds)}",
            f"{milliseconds(ours.seconds)} ({1000 * ours.extra:+.0f} ms)",
            f"+ {1000 * BUDGET:.0f} ms",
            ours.extra <= BUDGET,
        ),
    ]
