"""What a workshop takes: memory, processor and waiting, of kernels with a lesson open.

``python benchmarks/workshop_kernels.py --kernels 10`` starts so many processes at once
for each lesson, and goes through all its steps in each, checking every question, as
fast as it can: people are slower. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from statistics import median

LESSONS = ("attention-heads", "logit-lens", "patching", "clip")
_KERNEL = """
import contextlib, json, resource, tempfile, time
start = time.perf_counter()
import vitwidgets as vw
folder = tempfile.TemporaryDirectory()
lesson = vw.workshop({name!r}, progress=folder.name + "/progress.json")
opened = time.perf_counter() - start
waits = []
for at, step in enumerate(lesson.lesson.steps):
    begin = time.perf_counter()
    lesson.go(at)
    if step.question:
        with contextlib.suppress(ValueError):
            choice = step.question.choices[0][0] if step.question.choices else ""
            lesson.check(choice)
    waits.append(time.perf_counter() - begin)
with open("/proc/self/status") as status:
    rss = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
with open("/proc/self/smaps_rollup") as rollup:
    own = next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
spent = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({{
    "opened": opened, "longest": max(waits), "median": sorted(waits)[len(waits) // 2],
    "rss": rss / 1024, "pss": own / 1024, "peak": spent.ru_maxrss / 1024,
    "cpu": spent.ru_utime + spent.ru_stime,
}}), flush=True)
input()
"""


def measured(name: str, kernels: int) -> list[dict[str, float]]:
    """Run a lesson in so many processes at once, and give what each took.

    They stay until all are done, so that memory is that of all at once.
    """
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _KERNEL.format(name=name)],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(kernels)
    ]
    found: list[dict[str, float]] = []
    for process in running:
        if process.stdout is None:
            raise RuntimeError("the kernel has no output")
        found.append(json.loads(process.stdout.readline()))
    for process in running:
        process.communicate("\n")
    return found


def main() -> None:
    """Print a table: a line a lesson."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernels", type=int, default=1, help="how many at once")
    kernels = parser.parse_args().kernels
    print(f"{kernels} kernels at once, {os.cpu_count()} cores; MB and seconds")
    print(
        "lesson           opened  a step  longest  memory    own    peak    cpu    all"
    )
    for name in LESSONS:
        begin = time.perf_counter()
        found = measured(name, kernels)
        all_took = time.perf_counter() - begin
        middle = {key: median(each[key] for each in found) for key in found[0]}
        print(
            f"{name:16} {middle['opened']:6.1f} {middle['median']:7.2f} "
            f"{max(each['longest'] for each in found):8.1f} {middle['rss']:7.0f} "
            f"{middle['pss']:6.0f} {middle['peak']:7.0f} {middle['cpu']:6.1f} "
            f"{all_took:6.1f}"
        )


if __name__ == "__main__":
    main()
