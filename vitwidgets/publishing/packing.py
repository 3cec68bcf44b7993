"""Arrays as text for a page: each as short as it can be without losing anything."""

from __future__ import annotations

import zlib
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


def packed_arrays(arrays: Mapping[str, NDArray[np.float32]]) -> dict[str, object]:
    """Pack arrays of finite numbers.

    Those whose numbers float16 has exactly, as weights that were stored so, take half
    the space.

    Parameters
    ----------
    arrays
        By name.

    Returns
    -------
    dict
        ``arrays``: name, dtype (float16 or float32) and shape of each; ``data``: the
        numbers of all, one after the other, little-endian, deflated, in base64.
    """
    coded = {name: _coded(array) for name, array in arrays.items()}
    listing = [
        {"name": name, "dtype": array.dtype.name, "shape": list(array.shape)}
        for name, array in coded.items()
    ]
    numbers = b"".join(array.tobytes() for array in coded.values())
    return {"arrays": listing, "data": b64encode(zlib.compress(numbers, 9)).decode()}


def _coded(array: NDArray[np.float32]) -> NDArray[Any]:
    with np.errstate(over="ignore"):
        short = array.astype("<f2")
    exact = np.array_equal(short.astype(np.float32), array)
    return short if exact else array.astype("<f4")
