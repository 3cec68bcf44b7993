"""The word lens in JupyterLab: words are typed, and say what open_clip says."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import open_clip
import pytest
import torch
from playwright.sync_api import expect

import vitwidgets as vw
from tests.browser.test_word_lens_words import MINUS, percent
from tests.browser.word_lens_page import WordView
from vitwidgets.models.loading.bundled_clip import read_clip

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

    from tests.lab.jupyterlab import Lab, Notebook

pytestmark = pytest.mark.lab

SCENE = "cat-and-dog"
SIDE, LAST = 8, 5
SETUP = "import vitwidgets as vw"
OPEN = f"""
lens = vw.WordLens(
    vw.load_model("emoji-clip"), vw.images.sample("{SCENE}"), "cat, dog, car"
)
lens
"""


@cache
@torch.no_grad()
def streams() -> tuple[Any, torch.Tensor, torch.Tensor]:
    """Return the plain model, the image, and its stream at each layer."""
    clip = read_clip().eval()
    preprocessing: Any = vw.load_model("emoji-clip").preprocessing
    pixels = vw.images.prepare_image(vw.images.sample(SCENE), preprocessing).pixels
    found: list[torch.Tensor] = []
    blocks: Any = clip.visual.transformer.resblocks
    hooks = [blocks[0].register_forward_pre_hook(lambda _, x: found.append(x[0]))]
    hooks += [
        b.register_forward_hook(lambda *given: found.append(given[2])) for b in blocks
    ]
    clip.encode_image(pixels)
    for hook in hooks:
        hook.remove()
    return clip, pixels, torch.cat(found)


@torch.no_grad()
def said(words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return what open_clip says of words.

    Cosines of the image, ``(word,)``, and probabilities of each token where the tower
    is cut off, ``(layer, token, word)``, the embedding first.
    """
    clip, pixels, stream = streams()
    tokens = open_clip.SimpleTokenizer(context_length=clip.context_length)(list(words))
    text = clip.encode_text(tokens, normalize=True)
    image = clip.encode_image(pixels, normalize=True)[0]
    each = clip.visual.ln_post(stream) @ clip.visual.proj
    each = each / each.norm(dim=-1, keepdim=True)
    shares = (clip.logit_scale.exp() * each @ text.T).softmax(-1)
    return (text @ image).numpy(), shares.numpy()


@pytest.fixture(scope="module")
def notebook(session_lab: Lab) -> Iterator[Notebook]:
    notebook = session_lab.notebook("words.ipynb", [SETUP, "pass"])
    notebook.run_cell(0)
    yield notebook
    notebook.close()


@pytest.fixture
def view(lab: Lab, notebook: Notebook) -> WordView:
    opened = lab.open(notebook.path)
    opened.run_cell(1, OPEN)
    assert opened.errors() == []
    view = WordView(opened.cell(1).locator(".vw-root"))
    expect(view.status).not_to_be_empty()
    return view


def expect_words(view: WordView, words: list[str]) -> None:
    """Wait until the list says what open_clip says of these words."""
    expect(view.list.locator(".vw-word-name")).to_have_text(words)
    cosines, _ = said(words)
    scale = streams()[0].logit_scale.exp().item()
    shares = torch.tensor(scale * cosines).softmax(-1).numpy()
    for word, cosine, share in zip(words, cosines, shares, strict=True):
        text = f"cosine {cosine:.3f}".replace("-", MINUS)
        expect(view.shown(word)).to_contain_text(text)
        expect(view.shown(word)).to_contain_text(percent(share))


def hover(view: WordView, row: int, column: int) -> int:
    """Point at a patch; return its token."""
    view.picture.scroll_into_view_if_needed()
    box = view.picture.bounding_box()
    assert box
    x = box["x"] + box["width"] * (column + 0.5) / SIDE
    view.root.page.mouse.move(x, box["y"] + box["height"] * (row + 0.5) / SIDE)
    return 1 + row * SIDE + column


def expect_heat(view: WordView, words: list[str], word: str, layer: int) -> None:
    """Wait until patches say the probability of a word that open_clip says."""
    _, shares = said(words)
    for place in ((0, 0), (2, 3), (7, 5)):
        token = hover(view, *place)
        share = shares[layer + 1, token, words.index(word)]
        expect(view.readout).to_contain_text(f"Probability of {word}: {percent(share)}")


def test_a_word_is_typed_and_says_what_open_clip_says(
    view: WordView, notebook: Notebook, lab: Lab
) -> None:
    first = ["cat", "dog", "car"]
    expect_words(view, first)
    view.box.fill("rabbit, a red car")
    view.box.press("Enter")
    words = [*first, "rabbit", "a red car"]
    expect_words(view, words)
    notebook.wait_for_value("lens.words", words)
    expect(view.box).to_be_focused()
    lab.screenshot("words")
    view.shown("rabbit").click()
    notebook.wait_for_value("(lens.mode, lens.target)", ["heat", 3])
    expect_heat(view, words, "rabbit", LAST)
    view.remove("cat").click()
    left = words[1:]
    expect_words(view, left)
    notebook.wait_for_value("(lens.words, lens.target)", [left, 2])
    view.slider.press("Home")
    expect_heat(view, left, "rabbit", -1)
    view.picture.focus()
    for _ in range(2):  # sliding, removing
        lab.page.keyboard.press("Control+z")
    expect_words(view, words)
    notebook.wait_for_value("(lens.words, lens.target)", [words, 3])
    expect_heat(view, words, "rabbit", LAST)
    expect(view.alert).to_be_hidden()


def test_what_can_not_be_read_is_said_and_python_words_are_shown(
    view: WordView, notebook: Notebook
) -> None:
    words = ["cat", "dog", "car"]
    long = "cat " * 40
    view.box.fill(long)
    view.box.press("Enter")
    expect(view.entry_notes).to_contain_text("is too long")
    expect(view.box).to_have_value(long)
    assert notebook.value("lens.words") == words
    expect_words(view, words)
    view.shown("car").click()
    notebook.wait_for_value("lens.target", 2)
    notebook.ask("lens.words = ['car', 'owl', 'zyzzyva']")
    expect_words(view, ["car", "owl", "zyzzyva"])
    expect(view.shown("zyzzyva")).to_contain_text(
        "this model never learned all of this"
    )
    expect(view.shown("car")).to_have_attribute("aria-pressed", "true")
    expect_heat(view, ["car", "owl", "zyzzyva"], "car", LAST)
    expect(view.box).to_have_value(long)


def test_without_its_kernel_words_stay_and_the_box_says_why(
    view: WordView, notebook: Notebook
) -> None:
    notebook.restart_kernel()
    expect(view.badge).to_have_text("detached: run the cell again")
    expect(view.box).to_be_disabled()
    expect(view.entry_notes).to_contain_text("The kernel is gone")
    expect_words(view, ["cat", "dog", "car"])
    notebook.run_cell(0)
