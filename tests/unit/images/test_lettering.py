from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from vitwidgets.images import ImageError, sample
from vitwidgets.images.lettering import write_label

SCENE = sample("cat-and-dog")
GREY = Image.new("RGB", (120, 80), (90, 120, 150))


def changed(before, after):
    """Rows and columns of what is different, first and last."""
    rows, columns = np.nonzero((np.asarray(before) != np.asarray(after)).any(-1))
    return rows.min(), rows.max(), columns.min(), columns.max()


@pytest.mark.parametrize("place", ["top", "middle", "bottom"])
def test_only_the_paper_is_written_on(place):
    labelled = write_label(GREY, "car", place=place)
    assert labelled.size == GREY.size
    top, bottom, left, right = changed(GREY, labelled)
    paper = np.asarray(labelled)[top : bottom + 1, left : right + 1]
    assert (paper != (90, 120, 150)).any(-1).all()
    assert left + right == pytest.approx(119, abs=1)
    middle = (top + bottom) / 2
    assert {"top": middle < 30, "middle": 35 < middle < 45, "bottom": middle > 50}[
        place
    ]


@pytest.mark.parametrize("area", [0.05, 0.1, 0.2])
def test_the_paper_covers_the_share_that_was_asked_for(area):
    top, bottom, left, right = changed(GREY, write_label(GREY, "car", area=area))
    covered = (bottom + 1 - top) * (right + 1 - left) / (120 * 80)
    assert covered == pytest.approx(area, rel=0.06)


def test_a_long_word_is_no_wider_than_the_picture():
    _, _, left, right = changed(GREY, write_label(GREY, "helicopter pilot", area=0.5))
    assert 0 < left < right < 119


def test_blank_paper_is_of_the_same_size_and_has_no_ink():
    word = write_label(SCENE, "dog")
    blank = write_label(SCENE, "dog", ink="white")
    assert changed(SCENE.image, blank) == changed(SCENE.image, word)
    top, bottom, left, right = changed(SCENE.image, blank)
    paper = np.asarray(blank)[top : bottom + 1, left : right + 1]
    assert (paper == 255).all()
    letters = np.asarray(word)[top : bottom + 1, left : right + 1]
    assert letters.min() < 60
    assert (letters == 255).mean() > 0.3


def test_words_differ_and_calls_do_not():
    one, two = write_label(SCENE, "car"), write_label(SCENE, "car")
    assert np.array_equal(np.asarray(one), np.asarray(two))
    assert not np.array_equal(np.asarray(one), np.asarray(write_label(SCENE, "cat")))


def test_the_picture_is_left_as_it_was():
    before = np.asarray(GREY).copy()
    write_label(GREY, "car")
    assert np.array_equal(np.asarray(GREY), before)


@pytest.mark.parametrize(
    ("word", "options", "error", "message"),
    [
        ("", {}, ValueError, "nothing to write: the word is ''"),
        ("  ", {}, ValueError, "nothing to write: the word is '  '"),
        ("two\nlines", {}, ValueError, r"one line of plain letters, got 'two\\nlines'"),
        (7, {}, TypeError, "a word is text, got a int"),
        ("猫", {}, ValueError, "lacks '猫' .*: write it in Latin letters"),
        ("w" * 90, {}, ValueError, "pixels high on a picture of 120 x 80 pixels"),
        ("car", {"area": 0}, ValueError, "area is the share .* got 0"),
        ("car", {"area": 0.6}, ValueError, "at most 0.5; got 0.6"),
        ("car", {"place": "left"}, ValueError, "top, middle or bottom, got 'left'"),
        ("car", {"ink": "inkish"}, ValueError, "inkish"),
    ],
)
def test_what_cannot_be_written_is_an_error(word, options, error, message):
    with pytest.raises(error, match=message):
        write_label(GREY, word, **options)


def test_what_is_no_picture_is_an_error():
    with pytest.raises(ImageError):
        write_label(3, "car")
