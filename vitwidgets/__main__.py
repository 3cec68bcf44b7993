"""Publish the gallery: ``python -m vitwidgets publish FOLDER``."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; exit with 1 and one sentence when it can't be done."""
    parser = argparse.ArgumentParser(prog="python -m vitwidgets")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser(
        "publish",
        help="write the gallery of vitwidgets: pages that need neither kernel nor "
        "network",
    )
    command.add_argument("folder", help="a new or empty one")
    command.add_argument(
        "--overwrite", action="store_true", help="replace an earlier site in it"
    )
    given = parser.parse_args(arguments)
    # Only now: words about the command need no torch.
    from vitwidgets.publishing import publish  # noqa: PLC0415
    from vitwidgets.publishing.gallery import GALLERY_TITLE, gallery  # noqa: PLC0415

    try:
        site = publish(
            given.folder, gallery(), title=GALLERY_TITLE, overwrite=given.overwrite
        )
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    pages = len(site.pages)
    size = site.bytes / 1e6
    sys.stdout.write(f"{site.index}: {pages} pages, {size:.1f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
