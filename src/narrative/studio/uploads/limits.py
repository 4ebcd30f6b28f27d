"""What is refused before the first byte of an upload."""

from __future__ import annotations

from typing import Final

from narrative.core.errors import InvalidInput, LimitExceeded, Unavailable
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.platform import Platform
from narrative.studio.uploads.repository import UploadRepository

CHUNKS_PER_WORKSPACE: Final = 10
CHUNKS_PER_PROCESS: Final = 40
"""Chunks that are held in memory at the same time."""


def too_many_chunks(limit: int, value: int) -> LimitExceeded:
    """One more than may be received at the same time."""
    return LimitExceeded(
        "too_many_chunks",
        f"At most {limit} chunks are taken at the same time.",
        fix="Send fewer at once.",
        limit=limit,
        value=value,
        retry_after_seconds=1,
    )


def check_size(platform: Platform, size_bytes: int) -> None:
    """A file of this size may be sent, and there is room for it.

    Raises:
        InvalidInput: ``empty_file``.
        LimitExceeded: ``upload_too_large``.
        Unavailable: ``storage_full``.
    """
    limit = platform.limits.upload_bytes
    if size_bytes == 0:
        raise InvalidInput("empty_file", "The file is empty.", fix="Choose a file with a header and rows.")
    if size_bytes > limit:
        raise LimitExceeded(
            "upload_too_large",
            f"The file has {size_bytes:,} bytes; the limit here is {limit:,}.",
            fix="Send a part of it, or save it as Parquet, which is smaller.",
            limit=limit,
            value=size_bytes,
            unit="bytes",
        )
    free = platform.blobs.ping().get("free_bytes")
    if free is not None and free < size_bytes:
        raise Unavailable(
            "storage_full", "There is no room left where files are stored.", fix="Free some space, then try again."
        )


def check_quota(
    platform: Platform, uploads: UploadRepository, unit: UnitOfWork, tenant: Tenant, size_bytes: int
) -> None:
    """A workspace may have one more upload of this size under way.

    Raises:
        LimitExceeded: ``too_many_open_uploads``, ``upload_quota``.
    """
    limits = platform.limits
    under_way = uploads.where(
        tenant,
        [("state", "=", "open"), ("expires_at", ">", platform.now())],
        limit=limits.open_uploads,
        unit=unit,
    )
    if len(under_way) >= limits.open_uploads:
        raise LimitExceeded(
            "too_many_open_uploads",
            f"{limits.open_uploads} uploads of this workspace are under way, which is the limit.",
            fix="Complete or stop one of them.",
            limit=limits.open_uploads,
            value=len(under_way) + 1,
            retry_after_seconds=60,
        )
    total = size_bytes + sum(upload.size_bytes for upload in under_way)
    if total > limits.open_upload_bytes:
        raise LimitExceeded(
            "upload_quota",
            f"With this file, {total:,} bytes of this workspace would be under way; "
            f"the limit is {limits.open_upload_bytes:,}.",
            fix="Complete or stop another upload first.",
            limit=limits.open_upload_bytes,
            value=total,
            unit="bytes",
        )
