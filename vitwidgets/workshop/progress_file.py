"""Progress kept in a file, so that a new kernel goes on where the last one stopped."""

from __future__ import annotations

import hashlib
import json
import re
from itertools import count
from typing import TYPE_CHECKING, Any

from vitwidgets.images import SampleScene, read_image
from vitwidgets.widgets.exported_file import write_file
from vitwidgets.workshop.progress import read_progress
from vitwidgets.workshop.views import own_model

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vitwidgets.images import ImageSource
    from vitwidgets.workshop.lesson import Lesson
    from vitwidgets.workshop.progress import StepProgress

ENDING = ".vwprogress.json"
MOST_BYTES = 10_000_000


def image_names(lesson: Lesson, image: ImageSource, donor: ImageSource) -> list[str]:
    """Name what a lesson is played on, so that another image has another name."""
    return [
        _image_name(each) for each in ((image, donor) if lesson.donor else (image,))
    ]


def progress_name(lesson: Lesson, model: str, images: Sequence[str]) -> str:
    """Name the file of a lesson's progress.

    The lesson alone names it on the bundled model and the lesson's own images; else the
    model and the images do, too, so that none takes the other's place.
    """
    own = [each for each in (lesson.image, lesson.donor) if each]
    parts = [lesson.name]
    if model != own_model(lesson.view):
        parts.append(model)
    if list(images) != own:
        parts.extend(images)
    return ".".join(re.sub(r"[^\w.-]+", "-", part)[:80] for part in parts) + ENDING


class ProgressFile:
    """A lesson's progress in a file.

    Whatever stands there is never overwritten unless it was read first: what can't be
    taken is moved aside, and what another kernel wrote meanwhile stays.

    Parameters
    ----------
    path
        Where; taken from the folder that is the present one now.

    Attributes
    ----------
    problem
        Why nothing is kept, for people; or empty.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._known: bytes | None = None
        self.problem = ""

    @property
    def name(self) -> str:
        """The file's name."""
        return self._path.name

    def read(
        self, lesson: Lesson, model: str, images: Sequence[str]
    ) -> tuple[list[StepProgress] | None, str]:
        """Give the progress that the file holds, if any.

        Returns
        -------
        progress, said
            None where there is none of this lesson, model and images; then `said` is
            why, for people, or empty where there is no file.
        """
        try:
            contents = self._contents()
        except OSError as error:
            self.problem = self._not_kept(f"it can't be read ({_reason(error)})")
            return None, ""
        if contents is None:
            return None, ""
        try:
            found = read_progress(_parsed(contents), lesson, model, images)
        except ValueError as error:
            return None, self._moved(f"{self.name} can't be gone on with ({error}). ")
        self._known = contents
        return found, ""

    def write(self, record: dict[str, Any]) -> None:
        """Keep progress; where that can't be done, `problem` says why."""
        contents = (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode()
        try:
            present = self._contents()
            if present not in (None, self._known):
                self.problem = self._not_kept(
                    "another notebook or kernel has written to it meanwhile. Run the "
                    "cell again to go on from there"
                )
                return
            write_file(self._path, contents)
        except OSError as error:
            self.problem = self._not_kept(
                f"it can't be written ({_reason(error)}). progress= takes the path of "
                "a file in another folder"
            )
            return
        self._known, self.problem = contents, ""

    def begin_anew(self) -> str:
        """Move what is kept aside; say where to, for people."""
        self.problem = ""
        return self._moved("") if self._path.exists() else ""

    def _moved(self, why: str) -> str:
        aside = next(
            path for number in count(1) if not (path := self._aside(number)).exists()
        )
        try:
            self._path.rename(aside)
        except OSError as error:
            self.problem = self._not_kept(
                f"{why}It can't be moved aside ({_reason(error)})"
            )
            return ""
        self._known = None
        return f"{why}You begin anew; what was there is now {aside.name}."

    def _aside(self, number: int) -> Path:
        stem = self.name.removesuffix(".json")
        return self._path.with_name(f"{stem}.old-{number}.json")

    def _contents(self) -> bytes | None:
        try:
            with self._path.open("rb") as file:
                return file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            return None

    def _not_kept(self, why: str) -> str:
        return f"What you do here is not kept in {self.name}: {why}."


def _parsed(contents: bytes) -> object:
    if len(contents) > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES:,} bytes")
    try:
        return json.loads(contents)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is no JSON: damaged?") from error


def _reason(error: OSError) -> str:
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    return cause.strerror or str(error)


def _image_name(image: ImageSource) -> str:
    if isinstance(image, SampleScene):
        return image.name
    picture = read_image(image)
    told = f"{picture.mode} {picture.size}".encode() + picture.tobytes()
    return f"image-{hashlib.sha256(told).hexdigest()[:8]}"
