"""The board of heads by text, without a page: what is drawn, and what clicks do."""

from __future__ import annotations

import base64
import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image
from traitlets import TraitError

from tests.unit.methods.small_vits import GRIDS, hooked_vit
from tests.unit.widgets.small_clip import LAYERS, PREPROCESSING, TOWER
from vitwidgets.dashboards import heads_by_text
from vitwidgets.dashboards.closing import close_parts
from vitwidgets.dashboards.head_grid import HeadGrid
from vitwidgets.dashboards.shown_images import ShownImages
from vitwidgets.images import prepare_image
from vitwidgets.methods import heads_by_text as measured_heads

if TYPE_CHECKING:
    from vitwidgets.dashboards.head_words_board import HeadWordsBoard

HEADS = 2
IMAGES = [
    Image.fromarray(np.full((32, 32, 3), 0, np.uint8) + np.uint8(9 * seed))
    if seed % 2
    else Image.fromarray(
        np.random.default_rng(seed).integers(0, 256, (32, 32, 3), np.uint8)
    )
    for seed in range(14)
]
WORDS = ["cat", "dog", "a red car", "two moons", "blue", "stars", "zebra"]


@pytest.fixture(name="board")
def _board(capsys: pytest.CaptureFixture[str]):
    board = heads_by_text(TOWER, IMAGES, WORDS, 3)
    yield board
    board.close()


def parts(widget: Any, kind: str) -> list[Any]:
    found = [widget] if type(widget).__name__ == kind else []
    for child in getattr(widget, "children", ()):
        found += parts(child, kind)
    return found


def text(board: HeadWordsBoard) -> str:
    return "".join(part.value for part in parts(board, "HTML"))


def marks(board: HeadWordsBoard, kind: str) -> list[Any]:
    (figure,) = parts(board, "Figure")
    return [mark for mark in figure.marks if type(mark).__name__ == kind]


def click(board: HeadWordsBoard, layer: int, head: int) -> None:
    (targets,) = marks(board, "Scatter")
    at = [
        int(x) == head and int(y) == layer
        for x, y in zip(targets.x, targets.y, strict=True)
    ]
    data = {"name": str(targets.names[at.index(True)])}
    targets._handle_custom_msgs(targets, {"event": "element_click", "data": data})


def shown(board: HeadWordsBoard) -> list[tuple[int, np.ndarray]]:
    """Give number and pixels of the pictures, most and then least."""
    pattern = r'src="data:image/png;base64,([^"]+)" alt="image (\d+),'
    return [
        (int(number), np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))))
        for data, number in re.findall(pattern, text(board))
    ]


def test_cells_have_the_colour_that_the_words_explain(board):
    (cells,) = marks(board, "GridHeatMap")
    explained = board.found.explained.numpy()
    np.testing.assert_allclose(cells.color[:LAYERS, :HEADS], explained)
    # What is more than that is beyond the axes.
    assert cells.scales["row"].max == LAYERS < len(cells.color)
    assert cells.scales["column"].max == HEADS < cells.color.shape[1]
    assert (cells.scales["color"].min, cells.scales["color"].max) == (0, 1)


def test_cells_say_the_first_word_and_the_share(board):
    written = {
        (x, y, str(label))
        for mark in marks(board, "Label")
        for x, y, label in zip(mark.x, mark.y, mark.text, strict=True)
    }
    for layer in range(LAYERS):
        for head in range(HEADS):
            words = board.found.words_of(layer, head)
            place = head + 0.5, layer + 0.5
            assert (*place, words[0][0]) in written
            assert len(words[0][0]) < 13
            share = f"{float(board.found.explained[layer, head]):.0%}"
            assert (*place, share) in written


def test_it_opens_at_the_head_that_words_explain_best(board):
    explained = board.found.explained
    assert explained[board.layer, board.head] == explained.max()
    assert board.word == board.found.words_of(board.layer, board.head)[0][0]


def test_a_click_opens_a_head_its_words_and_images(board):
    click(board, 2, 1)
    assert (board.layer, board.head) == (2, 1)
    words = board.found.words_of(2, 1)
    assert board.word == words[0][0]
    assert re.findall(r'<th scope="row">([^<]+)<', text(board)) == [
        *(word for word, _ in words),
        "all of these",
    ]
    for _, share in words:
        assert f"{share:.1%}" in text(board)
    (frame,) = marks(board, "Lines")
    assert (min(frame.x), max(frame.x)) == (1, 2)
    assert (min(frame.y), max(frame.y)) == (2, 3)
    (buttons,) = parts(board, "ToggleButtons")
    assert list(buttons.options) == [word for word, _ in words]
    assert buttons.value == board.word


def test_images_are_those_in_which_the_head_writes_the_word_most_and_least(board):
    click(board, 1, 0)
    (buttons,) = parts(board, "ToggleButtons")
    buttons.value = buttons.options[2]
    assert board.word == buttons.options[2]
    order = board.found.along(1, 0, board.word).argsort().tolist()
    pictures = shown(board)
    assert [number for number, _ in pictures] == [*order[::-1][:6], *order[:6]]
    for number, pixels in pictures:
        assert np.array_equal(pixels, np.asarray(IMAGES[number]))


def test_heads_are_sorted_by_how_much_they_write_what_is_typed(board):
    (finder,) = parts(board, "Combobox")
    (list_of_heads,) = parts(board, "Select")
    finder.value = "  a green   dog "
    assert board.word == finder.value == "a green dog"
    shares = board.found.writing("a green dog")
    order = shares.flatten().argsort(descending=True).tolist()
    places = [divmod(at, HEADS) for at in order]
    assert [place for _, place in list_of_heads.options] == places
    assert list_of_heads.options[0][0].startswith(f"{shares.max():4.0%}")
    list_of_heads.value = places[1]
    assert (board.layer, board.head) == places[1]
    assert board.word == "a green dog"
    (buttons,) = parts(board, "ToggleButtons")
    assert buttons.value is None


def test_words_that_cannot_be_looked_for_are_refused_and_change_nothing(board):
    (finder,) = parts(board, "Combobox")
    before = board.word, shown(board)[0][0]
    for typed, said in (
        ("a zebra", "never learned"),
        ("<b>zebra</b>", "&lt;b&gt;zebra"),
        ("cat " * 60, "too long"),
    ):
        finder.value = typed
        assert said in text(board)
        assert "<b>zebra" not in text(board)
        assert (board.word, shown(board)[0][0]) == before
    finder.value = "cat"
    assert "too long" not in text(board)
    with pytest.raises(TraitError, match="never learned"):
        board.word = "zebra"
    assert board.word == "cat"


@pytest.mark.parametrize(("name", "value"), [("layer", LAYERS), ("head", -1)])
def test_heads_that_are_not_there_are_refused(board, name, value):
    before = board.layer, board.head
    with pytest.raises(TraitError, match=f"no {name} {value}"):
        setattr(board, name, value)
    assert (board.layer, board.head) == before


def test_heads_can_be_chosen_without_a_pointer(board):
    (heads,) = parts(board, "Dropdown")
    assert len(heads.options) == LAYERS * HEADS
    (title,) = (title for title, place in heads.options if place == (0, 1))
    words = [word for word, _ in board.found.words_of(0, 1)]
    share = float(board.found.explained[0, 1])
    assert title == f"L0.H1, {share:.0%}: {', '.join(words)}"
    heads.value = (0, 1)
    assert (board.layer, board.head) == (0, 1)
    board.layer = 2
    assert heads.value == (2, 1)


def test_it_says_what_was_measured_and_left_out(board):
    assert "over 14 images, in 6 words" in text(board)
    assert "1 more word" in text(board)


def test_closing_closes_all_of_it(board):
    everything = [
        part for kind in ("HTML", "Figure", "Select") for part in parts(board, kind)
    ]
    (figure,) = parts(board, "Figure")
    everything += [*figure.marks, *figure.axes, *figure.marks[0].scales.values()]
    board.close()
    assert all(part.comm is None for part in everything)
    board.close()


def test_images_from_a_folder_and_one_that_is_broken(tmp_path):
    for index, image in enumerate(IMAGES):
        image.save(tmp_path / f"{index:02}.png")
    (tmp_path / "05.png").write_bytes(b"nothing")
    with pytest.warns(UserWarning, match="could not be read"):
        board = heads_by_text(TOWER, tmp_path, WORDS, 2)
    assert "1 more image could not be read" in text(board)
    pictures = shown(board)
    assert len(pictures) == 12
    for number, pixels in pictures:
        assert np.array_equal(pixels, np.asarray(IMAGES[number]))
    board.close()


@pytest.mark.parametrize("make", ["tensors", "batches", "pairs", "one tensor"])
def test_pictures_of_whatever_was_given(make):
    pixels = [prepare_image(each, PREPROCESSING).pixels for each in IMAGES]
    given: Any = {
        "tensors": [each[0] for each in pixels],
        "batches": iter([torch.cat(pixels[:9]), torch.cat(pixels[9:])]),
        "pairs": [(image, 7) for image in IMAGES],
        "one tensor": torch.cat(pixels),
    }[make]
    images = ShownImages(TOWER, given)
    assert len(images) == 14
    for index in (0, 8, 9, 13):
        data = images.source(index).removeprefix("data:image/png;base64,")
        found = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
        assert np.array_equal(found, np.asarray(IMAGES[index]))
    found = measured_heads(TOWER, images, WORDS, 1, progress=False)
    assert found.outputs.images == tuple(range(14))


def test_large_pictures_are_made_small():
    large = Image.fromarray(np.zeros((300, 200, 3), np.uint8))
    wide = ShownImages(TOWER, [large]).source(0)
    data = wide.removeprefix("data:image/png;base64,")
    # As the model saw it, which takes 32 x 32 pixels.
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (32, 32)


def test_heads_without_words_say_so():
    board = heads_by_text(TOWER, [IMAGES[0]] * 6, WORDS, 3)
    assert board.word == ""
    assert "writes the same in all images" in text(board)
    assert shown(board) == []
    (list_of_heads,) = parts(board, "Select")
    assert list_of_heads.options == ()
    board.close()


@pytest.mark.parametrize("shape", [(1, 4), (3, 1), (1, 1), (24, 16), (2, 40)])
def test_grids_of_any_shape(shape):
    shares = np.random.default_rng(0).random(shape)
    titles = [
        [f"{row}, {column}" for column in range(shape[1])] for row in range(shape[0])
    ]
    grid = HeadGrid(shares, [["word"] * shape[1]] * shape[0], titles, lambda *_: None)
    (figure,) = (part for part in grid.box.children if hasattr(part, "marks"))
    cells = figure.marks[0]
    np.testing.assert_array_equal(cells.color[: shape[0], : shape[1]], shares)
    assert len(cells.row) == cells.color.shape[0] + 1
    assert len(cells.column) == cells.color.shape[1] + 1
    close_parts(grid.box)


def test_only_the_bundled_clip_has_scenes_of_its_own():
    with pytest.raises(ValueError, match=r"give images.*small-clip"):
        heads_by_text(TOWER)


def test_a_model_without_a_text_side():
    model = hooked_vit(GRIDS["square, cls"])
    with pytest.raises(Exception, match="without a text side"):
        heads_by_text(model, torch.zeros(8, 3, *model.config.image_size))
