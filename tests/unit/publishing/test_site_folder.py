"""A site is written whole, and never over what is not its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from vitwidgets.publishing.site_folder import LISTING, SiteFolder

if TYPE_CHECKING:
    from pathlib import Path

FIRST = {"index.html": b"one", "1-lens.html": b"lens", "assets/host.js": b"host"}
SECOND = {"index.html": b"two", "assets/host.js": b"host", "assets/live.js": b"live"}


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files but the listing, hidden ones too."""
    files = (path for path in folder.rglob("*") if path.is_file())
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    found.pop(LISTING, None)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a site in it."""
    SiteFolder(tmp_path / "site").write(FIRST)
    return tmp_path / "site"


def test_a_new_folder_gets_the_files(folder: Path):
    assert contents(folder) == FIRST


def test_an_empty_folder_and_one_in_a_new_folder_do(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "new" / "deep"):
        SiteFolder(path).write(FIRST)
        assert contents(path) == FIRST


def test_overwriting_replaces_the_earlier_site_and_nothing_else(folder: Path):
    (folder / "notes.txt").write_bytes(b"mine")
    SiteFolder(folder, overwrite=True).write(SECOND)
    assert contents(folder) == {**SECOND, "notes.txt": b"mine"}
    SiteFolder(folder, overwrite=True).write(FIRST)
    assert contents(folder) == {**FIRST, "notes.txt": b"mine"}


def test_what_is_gone_already_is_no_obstacle(folder: Path):
    (folder / "1-lens.html").unlink()
    SiteFolder(folder, overwrite=True).write(SECOND)
    assert contents(folder) == SECOND


def test_a_folder_with_something_in_it_is_refused(folder: Path):
    with pytest.raises(FileExistsError, match=r"is not empty.*overwrite=True"):
        SiteFolder(folder)


def test_a_file_is_no_folder(tmp_path: Path):
    (tmp_path / "site").write_text("a file")
    with pytest.raises(
        NotADirectoryError, match="is a file; give the name of a folder"
    ):
        SiteFolder(tmp_path / "site", overwrite=True)


def test_files_of_somebody_else_are_never_written_over(tmp_path: Path):
    (tmp_path / "index.html").write_bytes(b"mine")
    with pytest.raises(
        FileExistsError, match=r"index\.html' is not of an earlier site"
    ):
        SiteFolder(tmp_path, overwrite=True).write(FIRST)
    assert contents(tmp_path) == {"index.html": b"mine"}


@pytest.mark.parametrize("name", ["index.html", "1-lens.html"])
def test_files_that_were_changed_since_are_not_touched(folder: Path, name: str):
    (folder / name).write_bytes(b"edited by hand")
    with pytest.raises(FileExistsError, match=f"{name}' was changed since"):
        SiteFolder(folder, overwrite=True).write(SECOND)
    assert contents(folder) == {**FIRST, name: b"edited by hand"}


@pytest.mark.parametrize(
    ("listing", "says"),
    [
        ("not JSON", "is damaged"),
        ("[]", "is damaged"),
        ('{"files": 3}', "is damaged"),
        ('{"files": {"../mine.txt": ""}}', "outside of the folder"),
        ('{"files": {"/etc/mine.txt": ""}}', "outside of the folder"),
    ],
)
def test_a_listing_that_makes_no_sense_is_refused(
    folder: Path, listing: str, says: str
):
    (folder / LISTING).write_text(listing)
    with pytest.raises(FileExistsError, match=says):
        SiteFolder(folder, overwrite=True)
    assert contents(folder) == FIRST


def test_a_site_without_room_leaves_the_earlier_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(*_args: Any) -> int:
        raise OSError(28, "No space left on device")

    target = SiteFolder(folder, overwrite=True)
    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OSError, match=r"No space left on device\); give a folder"):
        target.write(SECOND)
    monkeypatch.undo()
    assert contents(folder) == FIRST
    assert json.loads((folder / LISTING).read_text())["files"].keys() == FIRST.keys()


def test_a_new_folder_without_room_is_not_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(*_args: Any) -> int:
        raise OSError(28, "No space left on device")

    target = SiteFolder(tmp_path / "site")
    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OSError, match="can't be written"):
        target.write(FIRST)
    assert list(tmp_path.iterdir()) == []
