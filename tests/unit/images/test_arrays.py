"""Arrays and tensors: the stated rule, and everything outside of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from vitwidgets.images import ImageError, read_image

KINDS = ["?", "u1", "<u2", ">u2", "<f2", "<f4", ">f4", "<f8"]


def random_values(rng, dtype, shape):
    """Return values in the type's range, and the nearest of 256 levels."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        values = rng.integers(0, 2, shape).astype(bool)
        return values, values * 255.0
    if dtype.kind == "u":
        top = np.iinfo(dtype).max
        values = rng.integers(0, top, shape, endpoint=True).astype(dtype)
        return values, np.rint(values.astype(float) * 255 / top)
    values = rng.uniform(0, 1, shape).astype(dtype)
    return values, np.rint(values.astype(float) * 255)


def image_or_error(source):
    try:
        return read_image(source)
    except ImageError as error:
        return error


def shown(levels):
    """Compose levels (height, width, channel) over white."""
    channels = levels.shape[-1]
    colours = levels[..., :3] if channels >= 3 else levels[..., [0, 0, 0]]
    if channels in (1, 3):
        return colours
    alpha = levels[..., [-1]]
    return np.floor((colours * alpha + 255 * (255 - alpha)) / 255 + 0.5)


@settings(max_examples=200, deadline=None)
@given(
    dtype=st.sampled_from(KINDS),
    channels=st.sampled_from([None, 1, 2, 3, 4]),
    layout=st.sampled_from(["HWC", "CHW"]),
    batch=st.booleans(),
    strided=st.booleans(),
    height=st.integers(8, 16),
    width=st.integers(8, 16),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_type_and_layout(
    *, dtype, channels, layout, batch, strided, height, width, seed
):
    rng = np.random.default_rng(seed)
    values, levels = random_values(rng, dtype, (height, width, channels or 1))
    array = values[..., 0] if channels is None else values
    if channels is not None and layout == "CHW":
        array = np.moveaxis(array, -1, 0)
    if not strided:
        array = np.ascontiguousarray(array)
    if batch and channels is not None:
        array = array[None]
    array.flags.writeable = False
    before = array.copy()

    got = np.asarray(read_image(array))

    # float32 products may fall on the other side of a half step.
    assert np.abs(got - shown(levels)).max() <= (array.dtype.kind == "f")
    np.testing.assert_array_equal(array, before)


@settings(max_examples=100, deadline=None)
@given(
    array=hnp.arrays(
        dtype=st.one_of(hnp.scalar_dtypes(), st.just(np.dtype(object))),
        shape=hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=9),
    )
    | hnp.arrays(
        dtype=hnp.floating_dtypes(),
        shape=st.sampled_from([(8, 8), (3, 8, 8), (8, 8, 4)]),
        elements={"allow_subnormal": False},
    )
)
@pytest.mark.filterwarnings("ignore:overflow|invalid value:RuntimeWarning")
def test_any_array_is_an_image_or_refused_and_unchanged(array):
    before = array.tobytes()
    got = image_or_error(array)
    if isinstance(got, ImageError):
        assert str(array.shape) in str(got)
    else:
        assert got.mode == "RGB"
        assert min(got.size) >= 8
    assert array.tobytes() == before


@pytest.mark.parametrize(
    "dtype",
    [
        torch.bool,
        torch.uint8,
        torch.uint16,
        torch.float16,
        torch.bfloat16,
        torch.float32,
        torch.float64,
    ],
)
def test_tensor_is_read_like_the_array_of_its_values(dtype):
    top = {torch.bool: 1, torch.uint8: 255, torch.uint16: 65535}.get(dtype, 1)
    generator = torch.Generator().manual_seed(0)
    values = torch.rand(3, 9, 10, generator=generator)
    tensor = (values * top).round().to(dtype) if top > 1 else values.to(dtype)
    expected = np.rint(tensor.double().numpy() * 255 / top)
    got = np.moveaxis(np.asarray(read_image(tensor)), -1, 0)
    assert np.abs(got - expected).max() <= tensor.is_floating_point()


def test_tensor_with_history_is_read_and_left_alone():
    tensor = torch.rand(3, 8, 8, requires_grad=True)
    product = tensor * 1
    read_image(product)
    product.sum().backward()
    assert tensor.grad is not None


def test_half_a_step_outside_is_rounding_and_more_is_refused():
    array = np.full((8, 8), 1 + 0.49 / 255)
    array[0] = -0.49 / 255
    got = np.asarray(read_image(array))
    assert (got[0] == 0).all()
    assert (got[1:] == 255).all()
    for wrong in (1 + 0.51 / 255, -0.51 / 255):
        with pytest.raises(ImageError, match="run from 0 to 1"):
            read_image(np.where(array > 2, array, wrong))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((0, 0, 3)), r"\(0, 0, 3\).* is empty"),
        (np.zeros((0, 3, 8, 8)), "is empty"),
        (np.zeros((4, 3, 8, 8)), r"batch of 4 images where one is meant.*batch\[0\]"),
        (np.zeros((8, 8, 5)), r"\(8, 8, 5\).* no axis of 1 to 4 channels"),
        (np.zeros((5, 8, 8)), "no axis of 1 to 4 channels"),
        (np.zeros((3, 8, 3)), "more than one axis too short"),
        (np.zeros((8, 3, 8)), "more than one axis too short"),
        (np.zeros(64), "has 1 axes"),
        (np.zeros((1, 1, 3, 8, 8)), "has 5 axes"),
        (np.zeros((8, 8), np.int64), r"int64 .*convert it to uint8 \(0\.\.255\)"),
        (np.zeros((8, 8), complex), "complex128 .*convert it to uint8"),
        (np.full((8, 8), 255.0), r"from 255 to 255.*divide 0\.\.255 by 255"),
        (np.full((8, 8), -1.0), "from -1 to -1"),
    ],
)
def test_each_wrong_array_is_told_what_is_wrong(array, message):
    with pytest.raises(ImageError, match=message):
        read_image(array)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_the_first_value_that_is_not_finite_is_named(value):
    array = np.zeros((8, 9, 3), np.float32)
    array[2, 3, 1] = array[5, 0, 0] = value
    with pytest.raises(ImageError, match=rf"2 values .*{value} at \[2, 3, 1\]"):
        read_image(array)


@pytest.mark.parametrize(
    "tensor",
    [
        torch.zeros(3, 8, 8, device="meta"),
        torch.zeros(8, 8).to_sparse(),
        torch.zeros(3, 8, 8, dtype=torch.complex64),
        torch.zeros(3, 8, 8, dtype=torch.int64),
        torch.zeros(2, 3, 8, 8),
    ],
)
def test_each_wrong_tensor_is_named_by_its_shape(tensor):
    with pytest.raises(ImageError, match="tensor of shape"):
        read_image(tensor)


def test_a_colour_array_is_not_transposed():
    array = np.zeros((8, 12, 3), np.uint8)
    array[:, 11] = (255, 0, 0)
    expected = Image.new("RGB", (12, 8))
    expected.paste((255, 0, 0), (11, 0, 12, 8))
    assert read_image(array).tobytes() == expected.tobytes()
