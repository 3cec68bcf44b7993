"""Publish the gallery, or lessons: ``python -m vitwidgets publish FOLDER``."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LESSONS_TITLE = "vitwidgets: lessons about vision transformers"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; exit with 1 and one sentence when it can't be done."""
    parser = argparse.ArgumentParser(prog="python -m vitwidgets")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser(
        "publish",
        help="write the gallery of vitwidgets, or lessons: pages that need neither "
        "kernel nor network",
    )
    command.add_argument("folder", help="a new or empty one")
    command.add_argument(
        "lesson",
        nargs="*",
        help="write these instead of the gallery: names of lessons that ship, or files",
    )
    command.add_argument(
        "--overwrite", action="store_true", help="replace an earlier site in it"
    )
    given = parser.parse_args(arguments)
    # Only now: words about the command need no torch.
    from traitlets import TraitError  # noqa: PLC0415

    from vitwidgets.publishing import publish  # noqa: PLC0415
    from vitwidgets.publishing.gallery import GALLERY_TITLE, gallery  # noqa: PLC0415
    from vitwidgets.workshop import workshop  # noqa: PLC0415

    lessons = list(given.lesson)
    views = map(workshop, lessons) if lessons else gallery()
    title = LESSONS_TITLE if lessons else GALLERY_TITLE
    try:
        site = publish(given.folder, views, title=title, overwrite=given.overwrite)
    except (OSError, ValueError, TraitError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    count = len(site.pages)
    pages, size = f"{count} page{'s' * (count != 1)}", site.bytes / 1e6
    sys.stdout.write(f"{site.index}: {pages}, {size:.1f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
