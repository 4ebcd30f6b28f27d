"""Plain arrays as bytes: the .npy format, version 1, numbers only."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from narrative.engine.bundle.archive import unreadable

_MAX_DIMENSIONS = 4


def array_bytes(array: npt.NDArray[Any]) -> bytes:
    """The array in little-endian C order as .npy. Raises ValueError for dtypes other than bool, int and float."""
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise ValueError(f"arrays of {array.dtype} have no place in a bundle")
    plain = np.ascontiguousarray(array).reshape(array.shape)
    plain = plain.astype(plain.dtype.newbyteorder("<"), copy=False)
    buffer = BytesIO()
    npy.write_array(buffer, plain, version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def array_from_bytes(content: bytes, part: str) -> npt.NDArray[Any]:
    """The array, as a read-only view of the bytes.

    The header is read by hand because the sizes it claims are checked before anything is allocated: shape times item
    size must be exactly the bytes that follow.

    Raises:
        InvalidInput: ``bundle_unreadable`` naming the part.
    """
    buffer = BytesIO(content)
    try:
        if npy.read_magic(buffer) != (1, 0):
            raise unreadable(f"its part '{part}' has an unknown array format")
        shape, fortran, dtype = npy.read_array_header_1_0(buffer, max_header_size=10_000)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise unreadable(f"its part '{part}' is not an array") from error
    body = memoryview(content)[buffer.tell() :]
    plain = dtype.kind in "biuf" and dtype.itemsize <= 8 and dtype.isnative and not dtype.hasobject
    sound = all(isinstance(side, int) and side >= 0 for side in shape) and len(shape) <= _MAX_DIMENSIONS
    if fortran or not plain or not sound or _size(shape) * dtype.itemsize != len(body):
        raise unreadable(f"its part '{part}' is not the plain array it claims to be")
    if dtype.kind == "b" and len(body) and max(body) > 1:
        raise unreadable(f"its part '{part}' holds bytes that are neither true nor false")
    return np.frombuffer(body, dtype=dtype).reshape(shape)


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for side in shape:
        size *= side
    return size
