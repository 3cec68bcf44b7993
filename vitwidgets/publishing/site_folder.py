"""Writing a site's files, and never over what is not the site's own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path, PurePosixPath
from secrets import token_hex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LISTING = "vitwidgets-site.json"
"""Names the site's files, with the SHA-256 of each, so that they are known again."""


class SiteFolder:
    """A folder that a site may be written to.

    Parameters
    ----------
    folder
        It is made when it isn't there.
    overwrite
        Whether an earlier site in it may be replaced.

    Raises
    ------
    OSError
        If it is no folder, or holds something that may not be replaced; here and in
        `write`. The message says what, and what to do.
    """

    def __init__(
        self, folder: str | os.PathLike[str], *, overwrite: bool = False
    ) -> None:
        self.path = Path(folder)
        self._earlier: dict[str, str] = {}
        if self.path.exists() and not self.path.is_dir():
            raise NotADirectoryError(
                f"{self._name} is a file; give the name of a folder for the site"
            )
        if not self.path.is_dir() or not any(self.path.iterdir()):
            return
        if not overwrite:
            raise FileExistsError(
                f"{self._name} is not empty; give a new folder; or say overwrite=True "
                f"(--overwrite) where an earlier site is to be replaced"
            )
        self._earlier = self._read_listing()

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write a site; if that fails, what was there before stays.

        Files of an earlier site that this one lacks are removed. Others are left alone.

        Parameters
        ----------
        files
            By path in the folder, with ``/``.
        """
        listing = {name: _digest(data) for name, data in files.items()}
        text = json.dumps({"made_by": "vitwidgets", "files": listing}, indent=1)
        everything = {**files, LISTING: text.encode()}
        for name in {*everything, *self._earlier} - {LISTING}:
            self._require_own(name)
        is_new = not self.path.exists()
        staged = self.path / f".{token_hex(8)}.partial"
        try:
            for name, data in everything.items():
                path = staged / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            for name in everything:
                path = self.path / name
                path.parent.mkdir(exist_ok=True)
                os.replace(staged / name, path)  # noqa: PTH105 (its errors)
            for name in self._earlier.keys() - everything.keys():
                (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            if is_new:
                shutil.rmtree(self.path, ignore_errors=True)
            raise OSError(
                f"the site can't be written to {self._name} ({error.strerror}); give "
                f"a folder that you may write to, with room for "
                f"{sum(map(len, everything.values())) / 1e6:.1f} MB"
            ) from error
        finally:
            shutil.rmtree(staged, ignore_errors=True)

    @property
    def _name(self) -> str:
        return repr(str(self.path))

    def _require_own(self, name: str) -> None:
        path = self.path / name
        if not os.path.lexists(path):
            return
        if name not in self._earlier:
            raise FileExistsError(
                f"{str(path)!r} is not of an earlier site; give another folder, or "
                f"move that file away"
            )
        if not path.is_file() or _digest(path.read_bytes()) != self._earlier[name]:
            raise FileExistsError(
                f"{str(path)!r} was changed since the site was made; give another "
                f"folder, or move that file away"
            )

    def _read_listing(self) -> dict[str, str]:
        """Read which files are an earlier site's; none where there was no site."""
        path = self.path / LISTING
        if not path.exists():
            return {}
        try:
            files: dict[str, str] = dict(json.loads(path.read_bytes())["files"])
        except (ValueError, KeyError, TypeError) as error:
            raise FileExistsError(
                f"{str(path)!r} is damaged, so that there is no telling which files "
                f"are the earlier site's; give another folder"
            ) from error
        if not all(map(_is_inside, files)):
            raise FileExistsError(
                f"{str(path)!r} names files outside of the folder; give another folder"
            )
        return files


def _is_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and not {"..", "/"}.intersection(parts) and "\\" not in name


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
