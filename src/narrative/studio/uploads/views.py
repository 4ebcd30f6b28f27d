"""Uploads in their wire form."""

from __future__ import annotations

from collections.abc import Sequence

from narrative.studio.uploads.entities import Upload, UploadChunk
from narrative.studio.uploads.schemas import ChunkRange
from narrative.studio.uploads.schemas import Upload as UploadView


def upload_view(upload: Upload, chunks: Sequence[UploadChunk]) -> UploadView:
    """An upload with what is still missing; a completed one misses nothing."""
    is_done = upload.state == "completed"
    return UploadView(
        id=upload.id,
        filename=upload.filename,
        size_bytes=upload.size_bytes,
        chunk_bytes=upload.chunk_bytes,
        n_chunks=upload.n_chunks,
        n_received=upload.n_chunks if is_done else len(chunks),
        received_bytes=upload.size_bytes if is_done else sum(chunk.size_bytes for chunk in chunks),
        missing=[] if is_done else gaps([chunk.number for chunk in chunks], upload.n_chunks),
        state=upload.state,
        dataset_id=upload.dataset_id,
        expires_at=upload.expires_at,
    )


def gaps(numbers: Sequence[int], n_chunks: int) -> list[ChunkRange]:
    """What is missing between sorted numbers, as ranges.

    >>> [(gap.first, gap.last) for gap in gaps([1, 2, 5], 8)]
    [(0, 0), (3, 4), (6, 7)]
    """
    found, expected = [], 0
    for number in (*numbers, n_chunks):
        if number > expected:
            found.append(ChunkRange(first=expected, last=number - 1))
        expected = number + 1
    return found
