"""Plain arrays as bytes: the .npy format, version 1, numbers only."""

from __future__ import annotations

import math
import re
from io import BytesIO
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from narrative.engine.bundle.archive import unreadable

_MAGIC: Final = b"\x93NUMPY\x01\x00"
_HEADER: Final = re.compile(
    rb"\{'descr': '(\|b1|\|[iu]1|<[iu][248]|<f[248])', 'fortran_order': False, "
    rb"'shape': \(((?:[0-9]{1,12}, ){0,3}[0-9]{1,12},?|)\), \} *\n"
)
"""The header that the writer makes, and nothing else."""


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

    The header is matched, not evaluated (numpy's own reader parses it as Python and falls over crafted ones), and the
    shape it claims must fill exactly the bytes that follow before anything is made of them.

    Raises:
        InvalidInput: ``bundle_unreadable`` naming the part.
    """
    length = int.from_bytes(content[8:10], "little")
    header = _HEADER.fullmatch(content[10 : 10 + length])
    if not content.startswith(_MAGIC) or header is None:
        raise unreadable(f"its part '{part}' is not a plain array")
    dtype = np.dtype(header[1].decode())
    shape = tuple(int(side) for side in header[2].rstrip(b",").split(b", ") if side)
    body = memoryview(content)[10 + length :]
    if math.prod(shape) * dtype.itemsize != len(body):
        raise unreadable(f"its part '{part}' does not hold as many numbers as it claims")
    if dtype.kind == "b" and len(body) and max(body) > 1:
        raise unreadable(f"its part '{part}' holds bytes that are neither true nor false")
    return np.frombuffer(body, dtype=dtype).reshape(shape)
