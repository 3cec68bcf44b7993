"""Limits of size, and that they hold before anything is decoded."""

from __future__ import annotations

import struct
import warnings
import zlib

import numpy as np
import pytest
import torch
from PIL import Image, ImageFile

from vitwidgets.images import ImageError, read_image
from vitwidgets.images.limits import MAX_ASPECT, MAX_PIXELS, MIN_SIDE, check_size


def png_that_claims(width, height):
    """Write a PNG whose header states a size, with next to no data behind it."""

    def chunk(kind, data):
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("width", [8_001, 9_500, 20_000, 50_000])
@pytest.mark.parametrize("as_path", [False, True])
def test_large_file_is_refused_from_its_header(width, as_path, monkeypatch, tmp_path):
    def no_decoding(self):
        raise AssertionError(self)

    monkeypatch.setattr(ImageFile.ImageFile, "load", no_decoding)
    source = png_that_claims(width, 15_000)
    if as_path:
        (tmp_path / "large.png").write_bytes(source)
        source = tmp_path / "large.png"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ImageError, match=rf"{width} x 15000 .*limit of 80 mega"):
            read_image(source)


def test_three_hundred_megapixels_are_named():
    with pytest.raises(ImageError, match="300 megapixels"):
        read_image(png_that_claims(20_000, 15_000))


def test_what_is_allowed_is_below_pillows_own_warning():
    assert Image.MAX_IMAGE_PIXELS is not None
    assert MAX_PIXELS < Image.MAX_IMAGE_PIXELS


def test_each_limit_is_exact():
    check_size(MIN_SIDE, MIN_SIDE, "it")
    check_size(10_000, MAX_PIXELS // 10_000, "it")
    check_size(10, 10 * MAX_ASPECT, "it")
    for size in [
        (MIN_SIDE - 1, 100),
        (100, MIN_SIDE - 1),
        (10_000, MAX_PIXELS // 10_000 + 1),
        (10, 10 * MAX_ASPECT + 1),
        (10 * MAX_ASPECT + 1, 10),
    ]:
        with pytest.raises(ImageError, match=f"it is {size[0]} x {size[1]} pixels"):
            check_size(*size, "it")


@pytest.mark.parametrize(
    "source",
    [
        Image.new("RGB", (1, 1)),
        np.zeros((1, 1), np.uint8),
        np.zeros((7, 7, 3), np.uint8),
        torch.zeros(3, 7, 7),
    ],
)
def test_too_small_names_size_and_minimum(source):
    with pytest.raises(ImageError, match=r"(1 x 1|7 x 7) .*at least 8 x 8"):
        read_image(source)


def test_a_large_image_in_memory_is_refused_too():
    one_byte_long = np.broadcast_to(np.uint8(0), (10_000, 8_001))
    with pytest.raises(ImageError, match="8001 x 10000"):
        read_image(one_byte_long)
