"""``python -m vitwidgets.labels.sprites``: make the sprite sheet that ships."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from vitwidgets.labels.sprites.making import DEFAULT_FONT, FontError, write_sheet

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the sheet and its index; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m vitwidgets.labels.sprites",
        description="Draw every emoji of the label tables into one sheet.",
    )
    parser.add_argument("--font", default=DEFAULT_FONT, help="file of Noto Color Emoji")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(__file__).parent,
        help="where to write (default: the package itself)",
    )
    options = parser.parse_args(arguments)
    try:
        done = write_sheet(options.folder, options.font)
    except (FontError, OSError, ValueError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write(f"{done}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
