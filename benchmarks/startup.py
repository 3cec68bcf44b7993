"""What importing costs."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.measuring import Row, compare, milliseconds

BUDGET = 0.05


def rows() -> list[Row]:
    """Time whole processes: importing ipywidgets, and importing vitwidgets."""

    def process(statement: str) -> None:
        subprocess.run([sys.executable, "-c", statement], check=True)

    timing = compare(
        lambda: process("import ipywidgets"),
        lambda: process("import vitwidgets"),
        rounds=9,
    )
    overhead = timing.ours - timing.reference
    return [
        Row(
            "import vitwidgets (whole process)",
            f"import ipywidgets {milliseconds(timing.reference)}",
            f"{milliseconds(timing.ours)} ({1000 * overhead:+.0f} ms)",
            f"+ {1000 * BUDGET:.0f} ms",
            overhead <= BUDGET,
        ),
    ]
