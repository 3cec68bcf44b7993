"""Files and their bytes: formats, damage, and what is no image at all."""

from __future__ import annotations

import io
import os
import pathlib
import socket

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, features

from vitwidgets.images import ImageError, read_image
from vitwidgets.images.encoded import FORMATS

SCENE = np.random.default_rng(0).integers(0, 256, (12, 17, 3), dtype=np.uint8)
LOSSLESS = {"PNG": {}, "BMP": {}, "TIFF": {}, "PPM": {}, "WEBP": {"lossless": True}}


def encoded(file_format, **options):
    file = io.BytesIO()
    Image.fromarray(SCENE).save(file, file_format, **options)
    return file.getvalue()


def pixels_or_error(data):
    try:
        return read_image(data).tobytes()
    except ImageError as error:
        return error


def is_rgb_or_refused(data):
    try:
        return read_image(data).mode == "RGB"
    except ImageError as error:
        return bool(str(error))


PNG, JPEG, GIF = encoded("PNG"), encoded("JPEG"), encoded("GIF")


@pytest.mark.parametrize("file_format", LOSSLESS)
def test_lossless_formats_give_every_pixel_back(file_format, tmp_path):
    data = encoded(file_format, **LOSSLESS[file_format])
    path = tmp_path / "scene.any"
    path.write_bytes(data)
    for source in (
        data,
        bytearray(data),
        memoryview(data),
        io.BytesIO(data),
        path,
        str(path),
    ):
        np.testing.assert_array_equal(np.asarray(read_image(source)), SCENE)


@pytest.mark.parametrize("file_format", FORMATS)
def test_every_named_format_is_read(file_format):
    if file_format == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow is built without AVIF")
    got = read_image(encoded(file_format))
    expected = Image.open(io.BytesIO(encoded(file_format))).convert("RGB")
    assert got.tobytes() == expected.tobytes()


def test_formats_that_run_programs_are_not_read():
    file = io.BytesIO()
    Image.fromarray(SCENE).save(file, "EPS")
    with pytest.raises(ImageError, match="not an image that can be read"):
        read_image(file.getvalue())


def test_first_frame_of_an_animation():
    file = io.BytesIO()
    first, second = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    first.save(file, "GIF", save_all=True, append_images=[second])
    assert read_image(file.getvalue()).getpixel((0, 0)) == (255, 0, 0)


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=200)
    | st.tuples(
        st.sampled_from(
            (
                *(
                    PNG[:33],
                    JPEG[:20],
                    GIF[:13],
                    b"BM",
                    b"II*\0",
                    b"MM\0*",
                    b"P6",
                    b"P1 ",
                ),
                *(
                    b"RIFF\x20\0\0\0WEBPVP8 ",
                    b"\0\0\0\x20ftypavif",
                    b"\xff\x4f\xff\x51",
                ),
            )
        ),
        st.binary(max_size=100),
    ).map(b"".join)
)
@pytest.mark.filterwarnings("ignore")
def test_random_bytes_are_refused_or_read(data):
    assert is_rgb_or_refused(data)


@settings(max_examples=150, deadline=None)
@given(
    data=st.sampled_from([PNG, JPEG, GIF, encoded("TIFF"), encoded("WEBP")]),
    places=st.lists(
        st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=8
    ),
)
@pytest.mark.filterwarnings("ignore")
def test_damaged_files_are_refused_or_read(data, places):
    damaged = bytearray(data)
    for place, value in places:
        damaged[place % len(damaged)] = value
    assert is_rgb_or_refused(bytes(damaged))


@pytest.mark.parametrize("data", [PNG, JPEG], ids=["png", "jpeg"])
def test_a_cut_off_file_is_refused_wherever_it_is_cut(data):
    whole = read_image(data).tobytes()
    results = [pixels_or_error(data[:length]) for length in range(16, len(data), 7)]
    refused = [result for result in results if isinstance(result, ImageError)]
    assert all("cut off" in str(error) for error in refused)
    # What is read all the same lacks nothing but the marker of the end.
    assert {result for result in results if isinstance(result, bytes)} <= {whole}
    assert len(refused) > 0.9 * len(results)


def test_a_cut_off_pillow_image_is_refused():
    image = Image.open(io.BytesIO(PNG[: len(PNG) // 2]))
    with pytest.raises(ImageError, match=r"Pillow image.*cut off or damaged"):
        read_image(image)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"", r"0 bytes\) is empty"),
        (b"<!DOCTYPE html><html>", r"begins with b'<!DOCTYP'.*give one of PNG, JPEG"),
        ("https://example.org/cat.png", "is a URL, and nothing is ever downloaded"),
        ("file:///cat.png", "is a URL"),
        ("data:image/png;base64,AAAA", "is a URL"),
        ("no/such/cat.png", "no file 'no/such/cat.png'.*check the path"),
        ("cat\0.png", "no usable path"),
        ("c" * 5000, "no usable path"),
        (b"P", "not an image"),
    ],
)
def test_what_is_no_image_is_told_so(source, message, monkeypatch):
    def no_network(*arguments):
        raise AssertionError(arguments)

    monkeypatch.setattr(socket.socket, "connect", no_network)
    with pytest.raises(ImageError, match=message):
        read_image(source)


def test_directories_and_pipes_are_refused(tmp_path):
    with pytest.raises(ImageError, match="is a directory"):
        read_image(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ImageError, match="no regular file"):
        read_image(tmp_path / "pipe")


@pytest.mark.parametrize("data", [PNG, PNG[:40], b"text"], ids=["good", "cut", "text"])
def test_the_file_is_closed_whatever_happens(data, monkeypatch, tmp_path):
    opened = []
    plain_open = pathlib.Path.open

    def recording_open(self, *arguments):
        opened.append(plain_open(self, *arguments))
        return opened[-1]

    path = tmp_path / "scene.png"
    path.write_bytes(data)
    monkeypatch.setattr(pathlib.Path, "open", recording_open)
    assert isinstance(pixels_or_error(path), bytes) == (data == PNG)
    assert [file.closed for file in opened] == [True]
