"""The page of a workshop's lesson: its text, questions, hints, and progress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from PIL import Image, ImageDraw, ImageFont
from traitlets import Bool, Dict, Int, List, Tuple, Unicode

from vitwidgets.widgets.explorer import Explorer, built
from vitwidgets.widgets.svg_parts import opening, plain_words, text
from vitwidgets.wire import Answer, Record, owned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vitwidgets.widgets.exported_page import KeptAnswer

_WIDTH, _LINE, _MARGIN, _FONT_SIZE = 620, 22, 14, 13


class LessonPlayer(Protocol):
    """What plays a lesson over a live view, at the page's wish."""

    def go(self, step: int) -> None:
        """Show a step, counted from 0, as it begins."""
        ...

    def check(self, choice: str = "") -> None:
        """Judge the present step's answer."""
        ...

    def hint(self) -> None:
        """Show one hint more."""
        ...

    def start_over(self) -> None:
        """Begin anew at the first step."""
        ...

    def summary(self) -> str:
        """Say what was done."""
        ...


class WorkshopLesson(Explorer):
    """The page of a lesson; what happens is the player's.

    Parameters
    ----------
    player
        Does what the page asks for, and tells what there is to see by `show`.
    title
        What the lesson is about.
    titles
        Of its steps.
    code
        Python that opens it.
    """

    _esm = built("workshop_lesson.js")
    _css = built("workshop_lesson.css")

    title = owned(Unicode(help="What the lesson is about."), "py")
    titles = owned(List(Unicode(), help="Of its steps."), "py")
    step = owned(Int(help="The present step, counted from 0."), "py")
    shown = owned(
        Record(
            "LessonStep",
            {
                "paragraphs": List(Unicode(), help="Text, in a little Markdown."),
                "ask": Unicode(help="What is asked; or empty."),
                "choices": List(
                    Tuple(Unicode(), Unicode()),
                    help=(
                        "What to choose from: what is sent, and its words; none where "
                        "the view is the answer."
                    ),
                ),
                "hints": List(Unicode(), help="Those that were asked for."),
                "more_hints": Int(help="How many there are still."),
                "left_out": Unicode(help="Why nothing is asked here; or empty."),
                "judged": Bool(
                    help="Whether it was tried since the step was last begun."
                ),
            },
            help="What the present step says.",
        ),
        "py",
    )
    progress = owned(
        List(
            Record(
                "LessonProgress",
                {
                    "seen": Bool(help="Whether the step was shown."),
                    "solved": Bool(help="Whether its question was answered."),
                    "hints": Int(help="How many hints were shown."),
                    "count": Int(help="How many tries there were."),
                    "tries": List(
                        Dict(),
                        help="The newest tries: their time, what, right and said.",
                    ),
                },
            ),
            help="Of each step.",
        ),
        "py",
    )
    kept = owned(
        Record(
            "LessonKept",
            {
                "said": Unicode(help="What there is to know of it now; or empty."),
                "file": Unicode(help="Name of the file that progress is kept in."),
                "begun": Bool(help="Whether there is anything to begin anew."),
            },
            help="Where progress is kept.",
        ),
        "py",
    )

    def __init__(
        self, player: LessonPlayer, title: str, titles: list[str], code: str
    ) -> None:
        self._player = player
        nothing: dict[str, object] = {
            "paragraphs": [],
            "ask": "",
            "choices": [],
            "hints": [],
            "more_hints": 0,
            "left_out": "",
            "judged": False,
        }
        facts = {
            "title": title,
            "titles": titles,
            "shown": nothing,
            "kept": {"said": "", "file": "", "begun": False},
            "code_frame": (code, ""),
        }
        super().__init__(facts, {})

    def show(self, **facts: Any) -> None:
        """Set what the page shows, all at once."""
        with self.hold_sync(), self.hold_trait_notifications():
            for name, value in facts.items():
                self.set_trait(name, value)

    def answers(self) -> dict[str, Callable[..., Answer]]:
        """Do what buttons of the page ask for."""
        return {
            "go": self._go,
            "check": self._check,
            "hint": self._hint,
            "start_over": self._start_over,
            "summary": lambda: Answer({"text": self._player.summary()}),
        }

    def still(self) -> Image.Image:
        """Draw the lesson's title and how far one has come."""
        lines = self._lines()
        size = (_WIDTH, 2 * _MARGIN + _LINE * len(lines))
        picture = Image.new("RGB", size, "white")
        draw, font = ImageDraw.Draw(picture), ImageFont.load_default(_FONT_SIZE)
        for at, line in enumerate(lines):
            place = (_MARGIN, _MARGIN + _LINE * at)
            draw.text(place, plain_words(line), fill=(40, 40, 40), font=font)
        return picture

    def svg(self) -> str:
        """Draw what the still shows, as text."""
        lines = self._lines()
        height = 2 * _MARGIN + _LINE * len(lines)
        drawn = [
            text(_MARGIN, _MARGIN + _LINE * at + _FONT_SIZE, plain_words(line), "start")
            for at, line in enumerate(lines)
        ]
        begin = opening(_WIDTH, height, plain_words(self.caption()))
        return "\n".join([begin, *drawn, "</svg>\n"])

    def caption(self) -> str:
        """Say which lesson it is and how far one has come."""
        solved = sum(each["solved"] for each in self.progress)
        return (
            f"Lesson “{self.title}”: step {self.step + 1} of {len(self.titles)}, "
            f"{solved} question{'s' * (solved != 1)} answered"
        )

    def kept_answers(self) -> Iterator[KeptAnswer]:
        """Answer nothing ahead: by itself it needs a kernel that judges."""
        return iter(())

    def _lines(self) -> list[str]:
        titles = enumerate(zip(self.titles, self.progress, strict=False), 1)
        marks = {(True, True): "done", (True, False): "seen"}
        return [
            self.caption(),
            *(
                f"{number}. {title}  {marks.get((done['seen'], done['solved']), '')}"
                for number, (title, done) in titles
            ),
        ]

    def _go(self, step: object) -> Answer:
        if type(step) is not int or step not in range(len(self.titles)):
            raise ValueError(
                f"step {step!r:.100} doesn't exist: the lesson has {len(self.titles)} "
                "steps, counted from 0"
            )
        self._player.go(step)
        return Answer()

    def _check(self, choice: object = "") -> Answer:
        if not isinstance(choice, str):
            raise ValueError(f"choice={choice!r:.100}: a text is needed")  # noqa: TRY004
        self._player.check(choice)
        return Answer()

    def _hint(self) -> Answer:
        self._player.hint()
        return Answer()

    def _start_over(self) -> Answer:
        self._player.start_over()
        return Answer()
