"""Signatures of requests to S3 and the stores that speak like it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import quote

from narrative.ports.objects import StoreAccess

NOTHING: Final = hashlib.sha256(b"").hexdigest()
"""Hash of the body of a request without one."""


def quoted_key(key: str) -> str:
    """A key as it stands in a path, the one spelling that signatures are made over.

    >>> quoted_key("monthly reports/année+1.csv")
    'monthly%20reports/ann%C3%A9e%2B1.csv'
    """
    return quote(key, safe="/-_.~")


def signed_headers(
    host: str, path: str, access: StoreAccess, now: datetime, headers: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Headers of a GET without a query, with the signature over all of them.

    Args:
        host: as it stands in the ``Host`` header, with a port that is not the usual one.
        path: as it travels, quoted once.
        now: the time in UTC.
        headers: further ones, such as ``Range``.

    Source: AWS, "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)".
    """
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    given = {**(headers or {}), "Host": host, "x-amz-content-sha256": NOTHING, "x-amz-date": stamp}
    if access.session_token:
        given["x-amz-security-token"] = access.session_token
    lines = sorted((name.lower(), value.strip()) for name, value in given.items())
    names = ";".join(name for name, _ in lines)
    canonical = "\n".join(["GET", path, "", *(f"{name}:{value}" for name, value in lines), "", names, NOTHING])
    scope = f"{stamp[:8]}/{access.region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{access.secret}".encode()
    for part in (stamp[:8], access.region, "s3", "aws4_request", text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    credential = f"{access.key_id}/{scope}"
    given["Authorization"] = f"AWS4-HMAC-SHA256 Credential={credential},SignedHeaders={names},Signature={key.hex()}"
    return given
