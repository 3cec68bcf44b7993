"""Writing a file whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_hex


def write_file(path: str | os.PathLike[str], contents: bytes) -> None:
    """Write a file; one of that name stays as it was if that fails.

    Raises
    ------
    OSError
        When the file can't be written: which, why, and what to do.
    """
    # A link stays a link: what it points to is written.
    target = Path(path).resolve()
    partial = target.with_name(f".{token_hex(8)}.partial")
    try:
        if target.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        partial.write_bytes(contents)
        os.replace(partial, target)  # noqa: PTH105 - Path.replace, but for its errors
    except OSError as error:
        raise OSError(
            f"{os.fspath(path)!r} can't be written ({error.strerror}); give the path "
            "of a file in a folder that exists and that you may write to."
        ) from error
    finally:
        _remove(partial)


def _remove(partial: Path) -> None:
    try:
        partial.unlink(missing_ok=True)
    except OSError:
        return  # its folder is no folder, so there is nothing to remove
