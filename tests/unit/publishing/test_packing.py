"""Packed arrays are the arrays, bit for bit."""

from __future__ import annotations

import zlib
from base64 import b64decode
from typing import Any

import numpy as np
import pytest

from vitwidgets.publishing.packing import packed_arrays


def unpacked(packed: dict[str, Any]) -> dict[str, np.ndarray]:
    data = zlib.decompress(b64decode(packed["data"]))
    arrays, start = {}, 0
    for each in packed["arrays"]:
        dtype = {"float16": "<f2", "float32": "<f4"}[each["dtype"]]
        count = int(np.prod(each["shape"]))
        numbers = np.frombuffer(data, dtype, count, start)
        arrays[each["name"]] = numbers.reshape(each["shape"]).astype(np.float32)
        start += numbers.nbytes
    assert start == len(data)
    return arrays


def test_every_number_comes_back():
    generator = np.random.default_rng(0)
    arrays = {
        "long": generator.standard_normal((3, 5)).astype(np.float32),
        "short": generator.standard_normal((4, 2)).astype(np.float16).astype("f4"),
        "vector": np.float32([1 / 3, 2]),
    }
    packed = packed_arrays(arrays)
    found = unpacked(packed)
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


@pytest.mark.parametrize(
    ("number", "dtype"),
    [
        (65504, "float16"),
        (65505, "float32"),
        (1e30, "float32"),
        (2**-24, "float16"),
        (2**-25, "float32"),
        (-0.0, "float16"),
        (1 + 2**-10, "float16"),
        (1 + 2**-11, "float32"),
    ],
)
def test_what_float16_has_exactly_is_kept_in_it(number: float, dtype: str):
    array = np.float32([1, number])
    packed: Any = packed_arrays({"one": array})
    assert packed["arrays"] == [{"name": "one", "dtype": dtype, "shape": [2]}]
    assert unpacked(packed)["one"].tobytes() == array.tobytes()
