"""Signatures are those that Amazon publishes."""

from __future__ import annotations

from datetime import UTC, datetime

from narrative.adapters.objects.signing import signed_headers
from narrative.ports.objects import StoreAccess


def test_the_published_example_of_a_part_of_an_object() -> None:
    """Source: AWS, "Signature Calculations for the Authorization Header", example "GET Object"."""
    access = StoreAccess("", "us-east-1", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    headers = signed_headers(
        "examplebucket.s3.amazonaws.com", "/test.txt", access, datetime(2013, 5, 24, tzinfo=UTC), {"Range": "bytes=0-9"}
    )
    assert headers["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )


def test_a_session_is_part_of_the_signature() -> None:
    access = StoreAccess("", "us-east-1", "AK", "secret", "session-1")
    headers = signed_headers("h", "/b/k", access, datetime(2026, 1, 1, tzinfo=UTC))
    assert headers["x-amz-security-token"] == "session-1"
    assert "x-amz-security-token" in headers["Authorization"]
    assert "secret" not in repr(access)
    assert "session-1" not in repr(access)
