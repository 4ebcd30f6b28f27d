"""Objects of S3 and of stores that speak like it, read through the guarded client.

No library of a cloud is used: they resolve names by themselves, so that what was checked would not be what is reached.
A transfer that is cut goes on at its byte, provided that the object is still the same.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from narrative.adapters.objects.signing import quoted_key, signed_headers
from narrative.core.clock import Clock, SystemClock
from narrative.core.errors import InvalidInput, LimitExceeded, NarrativeError, Unavailable
from narrative.ports.egress import Answer, Download, Egress
from narrative.ports.objects import StoreAccess

TRIES: Final = 6
WAIT_SECONDS: Final = 0.5
USUAL_REGION: Final = "us-east-1"
MAX_KEY_BYTES: Final = 1_024
_FAILURE_BYTES: Final = 64 * 1024
_BUCKET: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$")
_REGION: Final = re.compile(r"^[a-z0-9-]{1,40}$")
_CREDENTIAL: Final = re.compile(r"^[\x21-\x7e]{0,4096}$")
_CODE: Final = re.compile(rb"<Code>\s*([A-Za-z0-9]{1,60})\s*</Code>")
_TRUE_REGION: Final = re.compile(rb"<Region>\s*([a-z0-9-]{1,40})\s*</Region>")
_START: Final = re.compile(r"^bytes (\d+)-")
_NO_SUCH: Final = ("NoSuchBucket", "NoSuchKey", "NoSuchVersion")
_BUSY: Final = (408, 429, 500, 502, 503, 504)


@dataclass(frozen=True)
class _Object:
    """What an address names, and how to ask for it."""

    bucket: str
    key: str
    url: str
    host: str
    path: str
    access: StoreAccess


class S3Objects:
    """See :class:`narrative.ports.objects.ObjectStores`.

    Args:
        egress: the way out.
        seconds: how long one object may take in all, with every further try.
    """

    def __init__(self, egress: Egress, *, seconds: float = 300.0, clock: Clock | None = None) -> None:
        self._egress = egress
        self._seconds = seconds
        self._clock = clock or SystemClock()

    @contextlib.contextmanager
    def fetch(self, address: str, access: StoreAccess, *, max_bytes: int) -> Iterator[Download]:
        wanted = _object(address, access)
        with self._asked(wanted, {}, max_bytes) as answer:
            if answer.status != 200:
                raise _failure(answer, wanted)
            name = wanted.key.rstrip("/").rpartition("/")[2] or wanted.bucket
            media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            yield Download(name, media_type, self._pieces(wanted, answer, max_bytes))

    def _asked(
        self, wanted: _Object, headers: dict[str, str], max_bytes: int
    ) -> contextlib.AbstractContextManager[Answer]:
        if wanted.access.key_id:
            sent = signed_headers(wanted.host, wanted.path, wanted.access, self._clock.now(), headers)
        else:
            sent = {**headers, "Host": wanted.host}
        return self._egress.ask(wanted.url, headers=sent, max_bytes=max_bytes)

    def _pieces(self, wanted: _Object, first: Answer, max_bytes: int) -> Iterator[bytes]:
        until, n_bytes, tag = self._clock.monotonic() + self._seconds, 0, first.headers.get("etag")
        with contextlib.ExitStack() as held:
            answer = first
            for n_tries in range(1, TRIES + 1):
                try:
                    for piece in answer.pieces:
                        n_bytes += len(piece)
                        if n_bytes > max_bytes:
                            raise _too_large(max_bytes, n_bytes)
                        yield piece
                except Unavailable:
                    if tag is None or n_tries == TRIES or self._clock.monotonic() > until:
                        raise
                else:
                    return
                held.close()
                answer = held.enter_context(self._continued(wanted, n_bytes, tag, max_bytes, n_tries))

    @contextlib.contextmanager
    def _continued(self, wanted: _Object, n_bytes: int, tag: str, max_bytes: int, n_tries: int) -> Iterator[Answer]:
        """The rest of an object from a byte on, as long as it is the same object."""
        self._clock.sleep(WAIT_SECONDS * 2 ** (n_tries - 1))
        headers = {"Range": f"bytes={n_bytes}-", "If-Match": tag}
        with self._asked(wanted, headers, max_bytes) as answer:
            started = _START.match(answer.headers.get("content-range", ""))
            if answer.status in _BUSY:  # a pause and one more try, as for a connection that broke
                yield replace(answer, pieces=_broken(_failure(answer, wanted)))
            elif answer.status == 206 and started is not None and int(started[1]) == n_bytes:
                yield answer
            elif answer.status in (200, 206, 412, 416):
                raise InvalidInput(
                    "object_changed",
                    "The object was changed while it was being read.",
                    fix="Load it again when nobody writes it.",
                )
            else:
                raise _failure(answer, wanted)


def _broken(error: NarrativeError) -> Iterator[bytes]:
    if error:  # a generator raises at its first piece
        raise error
    yield b""


def _object(address: str, access: StoreAccess) -> _Object:
    """What is meant. Raises ``InvalidInput('object_address_invalid')``; credentials are never repeated."""
    scheme, _, rest = address.strip().partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not _BUCKET.match(bucket) or ".." in bucket:
        raise _invalid("it names no bucket")
    if not key or len(key.encode()) > MAX_KEY_BYTES or not key.isprintable():
        raise _invalid(f"it names no object; a key has 1 to {MAX_KEY_BYTES:,} bytes")
    if any(part in (".", "..") for part in key.split("/")):
        raise _invalid("its key has parts that mean another folder")
    access = replace(access, region=access.region.strip() or USUAL_REGION, endpoint=access.endpoint.strip())
    if not _REGION.match(access.region):
        raise _invalid("a region has small letters, digits and hyphens")
    if bool(access.key_id) != bool(access.secret):
        raise _invalid("a key has two parts, its id and its secret")
    if not all(_CREDENTIAL.match(text) for text in (access.key_id, access.secret, access.session_token)):
        raise _invalid("its key holds signs that no key holds")
    origin, host, folder = _place(bucket, access)
    path = folder + "/" + quoted_key(key)
    return _Object(bucket, key, origin + path, host, path, access)


def _place(bucket: str, access: StoreAccess) -> tuple[str, str, str]:
    """Origin, ``Host`` header and folder of a bucket."""
    if not access.endpoint:
        host = f"s3.{access.region}.amazonaws.com"
        if "." in bucket or bucket != bucket.lower() or "_" in bucket:  # a certificate covers one level of names only
            return f"https://{host}", host, f"/{bucket}"
        return f"https://{bucket}.{host}", f"{bucket}.{host}", ""
    try:
        parts = urlsplit(access.endpoint)
        port = parts.port
    except ValueError:
        raise _invalid("its endpoint cannot be read") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise _invalid("an endpoint is a scheme and a host, such as https://s3.example.org")
    if parts.username is not None or parts.password is not None:
        raise _invalid("its endpoint holds a name or password")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    named = host if port in (None, 443 if parts.scheme == "https" else 80) else f"{host}:{port}"
    return f"{parts.scheme}://{named}", named, f"/{bucket}"


def _failure(answer: Answer, wanted: _Object) -> NarrativeError:
    """What a store says instead of the object. Source: AWS, "Error responses", table of S3 error codes."""
    body = _beginning(answer)
    found = _CODE.search(body)
    code = found[1].decode() if found else ""
    region = answer.headers.get("x-amz-bucket-region") or next(iter(_TRUE_REGION.findall(body)), b"").decode()
    if answer.status == 404 or code in _NO_SUCH:
        what = "bucket" if code == "NoSuchBucket" else "object"
        name = wanted.bucket if what == "bucket" else wanted.key
        return InvalidInput(
            "object_not_found", f"There is no {what} '{name[:200]}' in this store.", fix="Check bucket and key."
        )
    if region and region != wanted.access.region and answer.status in (301, 307, 400, 403):
        return InvalidInput(
            "object_region_wrong",
            f"The bucket lies in the region {region[:40]}, and {wanted.access.region} was named.",
            fix=f"Give the region {region[:40]}.",
        )
    if answer.status in (401, 403):
        return InvalidInput(
            "object_access_denied",
            f"The store does not let this key read the object{f' ({code})' if code else ''}.",
            fix="Check the key and its secret, and that it may read this object.",
        )
    if answer.status in _BUSY:
        return Unavailable(
            "source_unreachable", f"The store answers with status {answer.status}.", fix="Try again later."
        )
    return InvalidInput(
        "source_refused",
        f"The store answers with status {answer.status}{f' ({code})' if code else ''} instead of the object.",
        fix="Check endpoint, region, bucket and key.",
    )


def _beginning(answer: Answer) -> bytes:
    """The first bytes of what a store says of a failure; nothing when even that does not arrive."""
    body = b""
    with contextlib.suppress(Unavailable, LimitExceeded):
        for piece in answer.pieces:
            body += piece
            if len(body) >= _FAILURE_BYTES:
                break
    return body[:_FAILURE_BYTES]


def _invalid(reason: str) -> InvalidInput:
    return InvalidInput(
        "object_address_invalid",
        f"This object cannot be asked for: {reason}.",
        fix="Write it like s3://bucket/folder/table.csv.",
    )


def _too_large(limit: int, size: int) -> LimitExceeded:
    return LimitExceeded(
        "source_too_large",
        f"What arrives is larger than {limit:,} bytes, which is the limit here.",
        fix="Load a part of it.",
        limit=limit,
        value=size,
        unit="bytes",
    )
