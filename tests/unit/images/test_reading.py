"""What counts as a source of an image, and what is left behind."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from vitwidgets.images import ImageError, read_image, sample


@pytest.mark.parametrize(
    "source", [None, 3, 1.5, ["a.png", "b.png"], {"image": 1}, object()]
)
def test_other_objects_are_named_by_type_and_value(source):
    with pytest.raises(ImageError, match=type(source).__name__ + ".*give one path"):
        read_image(source)


def test_a_long_value_is_shortened_in_the_message():
    with pytest.raises(ImageError) as caught:
        read_image([0] * 100_000)
    assert len(str(caught.value)) < 300


def test_an_open_file_is_read_from_where_it_stands():
    file = io.BytesIO()
    file.write(b"before")
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    file.seek(len(b"before"))
    assert read_image(file).getpixel((0, 0)) == (255, 0, 0)


def test_an_open_file_keeps_its_place_when_refused():
    file = io.BytesIO(b"something that is no image")
    file.seek(10)
    with pytest.raises(ImageError, match="not an image"):
        read_image(file)
    assert file.tell() == 10
    assert not file.closed


def test_a_text_file_and_a_closed_file_are_refused():
    with pytest.raises(ImageError, match="gives str, not bytes; open it in mode 'rb'"):
        read_image(io.StringIO("text"))
    closed = io.BytesIO()
    closed.close()
    with pytest.raises(ImageError, match="cannot be read"):
        read_image(closed)


def test_an_image_whose_file_was_closed_is_refused(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "scene.png")
    with Image.open(tmp_path / "scene.png") as image:
        pass
    with pytest.raises(ImageError, match="Pillow image"):
        read_image(image)


def test_image_error_is_a_value_error():
    with pytest.raises(ValueError, match="is not an image"):
        read_image(None)


def test_metadata_stays_behind():
    image = Image.new("RGB", (8, 8))
    image.info["comment"] = "private"
    got = read_image(image)
    assert got.info == {}
    assert image.info == {"comment": "private"}
    assert np.asarray(got).shape == (8, 8, 3)


def test_a_sample_scene_is_its_picture():
    scene = sample("cat-and-dog")
    assert np.array_equal(np.asarray(read_image(scene)), np.asarray(scene.image))
