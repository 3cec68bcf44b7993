"""Command line of the models: ``python -m vitwidgets.models census``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vitwidgets.models.census.entries import committed
from vitwidgets.models.census.report import page
from vitwidgets.models.census.walk import complaints, random_tenth, walked


def main() -> int:
    """Run the census; give 1 if somebody has to look at something."""
    parser = argparse.ArgumentParser(prog="python -m vitwidgets.models")
    commands = parser.add_subparsers(required=True)
    census = commands.add_parser(
        "census", help="try every model of timm and open_clip, and write a page"
    )
    census.add_argument(
        "--page",
        type=Path,
        default=Path("docs/models.md"),
        help="file to write (default: docs/models.md)",
    )
    census.add_argument(
        "--only", default="", help="models whose names contain this; writes no page"
    )
    options = parser.parse_args()
    entries = [entry for entry in committed() if options.only in entry.name]
    whole = random_tenth(committed())
    verdicts = walked(entries, whole)
    if not options.only:
        options.page.write_text(page(verdicts, len(whole)), encoding="utf-8")
    found = complaints(verdicts)
    sys.stderr.writelines(f"{complaint}\n" for complaint in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
