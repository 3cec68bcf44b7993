"""Every kind of picture against the definition of what it shows."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vitwidgets.images import ImageError, read_image

MODES = ["1", "L", "LA", "P", "P+index", "P+bytes", "RGB", "RGB+colour", "RGBA", "I;16"]


def displayed(stored, orientation):
    """Place each stored pixel where EXIF 2.3, tag 274, says it is displayed."""
    height, width = stored.shape[:2]
    r, c = np.mgrid[:height, :width]
    row, column = {
        1: (r, c),
        2: (r, width - 1 - c),
        3: (height - 1 - r, width - 1 - c),
        4: (height - 1 - r, c),
        5: (c, r),
        6: (c, height - 1 - r),
        7: (width - 1 - c, height - 1 - r),
        8: (width - 1 - c, r),
    }[orientation]
    shown = np.zeros((row.max() + 1, column.max() + 1, 3), np.uint8)
    shown[row, column] = stored
    return shown


def over_white(colours, alpha):
    """Exact compositing: no ties occur, as 255 is odd."""
    colours, alpha = colours.astype(int), alpha.astype(int)[..., None]
    mixed = (colours * alpha + 255 * (255 - alpha)) / 255
    return np.floor(mixed + 0.5).astype(np.uint8)


def grey(values):
    return np.repeat(values[..., None], 3, axis=-1)


def picture_and_truth(mode, rng, height, width):
    """Make a Pillow image, options to save it with, and the RGB that it shows."""
    if mode.startswith("RGB"):
        return colours_and_truth(mode, rng, (height, width))
    if mode.startswith("P"):
        return palette_and_truth(mode, rng, (height, width))
    return grey_and_truth(mode, rng, (height, width))


def grey_and_truth(mode, rng, shape):
    if mode == "1":
        bits = rng.integers(0, 2, shape).astype(bool)
        return Image.fromarray(bits), {}, grey(bits.astype(np.uint8) * 255)
    if mode == "L":
        values = rng.integers(0, 256, shape, dtype=np.uint8)
        return Image.fromarray(values), {}, grey(values)
    if mode == "LA":
        values = rng.integers(0, 256, (*shape, 2), dtype=np.uint8)
        truth = over_white(grey(values[..., 0]), values[..., 1])
        return Image.fromarray(values), {}, truth
    values = rng.integers(0, 65536, shape, dtype=np.uint16)
    return Image.fromarray(values), {}, grey(np.rint(values / 257).astype(np.uint8))


def colours_and_truth(mode, rng, shape):
    values = rng.integers(0, 256, (*shape, 4), dtype=np.uint8)
    if mode == "RGBA":
        return Image.fromarray(values), {}, over_white(values[..., :3], values[..., 3])
    values = np.ascontiguousarray(values[..., :3])
    if mode == "RGB":
        return Image.fromarray(values), {}, values
    values[0] = key = values[0, 0]
    truth = np.where((values == key).all(-1, keepdims=True), 255, values)
    return Image.fromarray(values), {"transparency": tuple(key.tolist())}, truth


def palette_and_truth(mode, rng, shape):
    index = rng.integers(0, 256, shape, dtype=np.uint8)
    colours = rng.integers(0, 256, (256, 3), dtype=np.uint8)
    image = Image.fromarray(index)
    image.putpalette(colours.tobytes())
    alpha = np.full(256, 255, np.uint8)
    options = {}
    if mode == "P+index":
        options = {"transparency": int(index[0, 0])}
        alpha[index[0, 0]] = 0
    if mode == "P+bytes":
        alpha = rng.integers(0, 256, 256, dtype=np.uint8)
        options = {"transparency": alpha.tobytes()}
    return image, options, over_white(colours[index], alpha[index])


@settings(max_examples=150, deadline=None)
@given(
    mode=st.sampled_from(MODES),
    orientation=st.integers(1, 8),
    height=st.integers(8, 20),
    width=st.integers(8, 20),
    seed=st.integers(0, 2**32 - 1),
)
def test_png_of_every_mode_and_orientation(mode, orientation, height, width, seed):
    rng = np.random.default_rng(seed)
    image, options, truth = picture_and_truth(mode, rng, height, width)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    image.save(file, "PNG", exif=exif, **options)

    got = read_image(file.getvalue())

    assert got.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(got), displayed(truth, orientation))
    # Read once more: nothing was left behind that would turn it again.
    np.testing.assert_array_equal(np.asarray(read_image(got)), np.asarray(got))


@pytest.mark.parametrize("mode", MODES)
def test_pillow_image_is_read_like_its_file_and_left_alone(mode):
    image, options, truth = picture_and_truth(mode, np.random.default_rng(0), 9, 13)
    image.info.update(options)
    before = image.copy()

    got = read_image(image)

    np.testing.assert_array_equal(np.asarray(got), truth)
    assert image.mode == before.mode
    assert image.info == before.info
    assert image.tobytes() == before.tobytes()


def test_the_result_shares_no_memory_with_a_given_rgb_image():
    image = Image.new("RGB", (8, 8), "red")
    read_image(image).putpixel((0, 0), (0, 0, 255))
    assert image.getpixel((0, 0)) == (255, 0, 0)


def test_transparent_sixteen_bit_grey_shows_white():
    values = np.arange(64, dtype=np.uint16).reshape(8, 8) * 257
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG", transparency=514)
    got = np.asarray(read_image(file.getvalue()))[..., 0]
    expected = np.arange(64).reshape(8, 8)
    expected[0, 2] = 255
    np.testing.assert_array_equal(got, expected)


def test_cmyk_jpeg_is_read_by_the_printers_definition():
    ink = np.zeros((16, 16, 4), np.uint8)
    ink[:, :8] = (0, 255, 255, 0)  # red
    ink[:, 8:] = (0, 0, 0, 128)  # half black
    file = io.BytesIO()
    Image.fromarray(ink, "CMYK").save(file, "JPEG", quality=100)
    got = np.asarray(read_image(file.getvalue())).astype(int)
    assert np.abs(got[:, :8] - (255, 0, 0)).max() <= 4
    assert np.abs(got[:, 8:] - 127).max() <= 4


def test_orientation_of_a_jpeg_is_applied_after_decoding():
    values = np.random.default_rng(1).integers(0, 256, (10, 14, 3), dtype=np.uint8)
    plain, turned = io.BytesIO(), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(values).save(plain, "JPEG")
    Image.fromarray(values).save(turned, "JPEG", exif=exif)
    stored = np.asarray(read_image(plain.getvalue()))
    got = np.asarray(read_image(turned.getvalue()))
    assert got.shape == (14, 10, 3)
    np.testing.assert_array_equal(got, displayed(stored, 6))


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff"])
def test_unreadable_exif_data_leaves_the_picture_as_stored(exif):
    image = Image.new("RGB", (9, 8), "red")
    image.info["exif"] = exif
    assert read_image(image).size == (9, 8)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_leaves_the_picture_as_stored(orientation):
    image = Image.new("RGB", (9, 8), "red")
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.info["exif"] = exif.tobytes()
    assert read_image(image).size == (9, 8)


def test_float_image_runs_from_zero_to_one():
    values = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    got = np.asarray(read_image(Image.fromarray(values)))
    np.testing.assert_array_equal(got, grey(np.rint(values * 255).astype(np.uint8)))


def test_float_image_out_of_range_is_refused():
    image = Image.fromarray(np.full((8, 8), 200, np.float32))
    with pytest.raises(ImageError, match=r"from 200 to 200.*divide 0\.\.255 by 255"):
        read_image(image)


@pytest.mark.parametrize("value", [-1, 65536])
def test_integer_image_out_of_range_is_refused(value):
    image = Image.fromarray(np.full((8, 8), value, np.int32))
    with pytest.raises(ImageError, match=f"from {value} to {value}.*0 to 65535"):
        read_image(image)
