"""Tests are named alike in every process: two of them that share the work must find the same ones."""

from __future__ import annotations

import gzip

import pytest


@pytest.mark.parametrize("content", [b"a,b", gzip.compress(b"packed at another second in every process")])
def test_bytes_do_not_name_a_test(request: pytest.FixtureRequest, content: bytes) -> None:
    assert request.node.name in {f"test_bytes_do_not_name_a_test[content{number}]" for number in (0, 1)}
    assert content
