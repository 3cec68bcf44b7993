"""The word lens in a page opened from disk, and the kernel that the test plays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from tests.browser.lens_page import Lens, LensPage
from tests.browser.tour_page import PAGE, STATIC

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.word_lens_data import WordData

NAMES = "(all) => all.map((each) => each.textContent)"


class WordPage(LensPage):
    """One page; ``answer`` may be replaced to play another kernel."""

    data: WordData

    def open(self, *, style: str = "", places: int = 1) -> None:
        """Write the host page to disk and open it, without any lens yet."""
        text = PAGE.substitute(
            page_style=style,
            css=(STATIC / "word_lens.css").read_text("utf8"),
            esm=(STATIC / "word_lens.js").read_text("utf8"),
            host=(STATIC / "host.js").read_text("utf8"),
            places="".join(f'<div id="place{i}"></div>' for i in range(places)),
        )
        path = self.folder / "words.html"
        path.write_text(text, "utf8")
        self.page.goto(path.as_uri())

    def show_words(self, data: WordData, **state: Any) -> WordView:
        """Show a lens whose kernel answers as ``data`` does, and let it draw."""
        self.data = data
        # The data change with the words.
        self.answer = lambda request: self.data.answer(request)  # noqa: PLW0108
        lens = self.show_waiting(data, **state)
        return WordView(lens.root, data, self)

    def take_words(self, view: WordView) -> None:
        """Do as Python does when the page has set words: say what it then knows."""
        words = self.saved.get("words", self.data.words)
        self.data = self.data.of(*words, templates=self.saved.get("templates"))
        self.assign(**self.data.facts())
        view.data = self.data


class WordView(Lens):
    """The parts of one word lens; where a test plays the kernel, on its page."""

    data: WordData

    def __init__(
        self,
        root: Locator,
        data: WordData | None = None,
        page: WordPage | None = None,
    ) -> None:
        super().__init__(root, data)
        self._page = page
        self.box = root.get_by_role("textbox", name="Add words")
        self.entry_notes = root.locator(".vw-words-entry p:visible")
        self.winner = root.locator(".vw-words-winner")
        self.list = root.locator(".vw-word-list")
        self.legend = root.get_by_role("group", name="Patches by word")
        self.sentences = root.locator(".vw-sentences")

    def names(self) -> list[str]:
        """Return the words in the list."""
        return self.list.locator(".vw-word-name").evaluate_all(NAMES)

    def shown(self, word: str) -> Locator:
        """Return the button that shows a word."""
        return self.list.get_by_title(word, exact=True)

    def versus(self, word: str) -> Locator:
        """Return the button that compares with a word."""
        name = f"vs {word}: compare"
        return self.list.get_by_role("button", name=name, exact=True)

    def remove(self, word: str) -> Locator:
        """Return the button that removes a word."""
        return self.list.get_by_role("button", name=f"Remove {word}", exact=True)

    def add(self, text: str) -> None:
        """Type words, press Enter, and let the kernel say what it reads."""
        self.box.fill(text)
        self.box.press("Enter")
        expect(self.box).to_have_value("")
        self.take()

    def take(self) -> None:
        """Let the page save what it has to save, and Python answer to new words."""
        assert self._page
        self._page.settle()
        self._page.take_words(self)
