"""Wire shapes of uploads."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from narrative.studio.schemas import RequestBody


class UploadRequest(RequestBody):
    """A file that will be sent in chunks."""

    filename: str = Field(min_length=1, max_length=1_000, description="For people; never used as a path.")
    size_bytes: int = Field(ge=0, le=2**50)
    sha256: str | None = Field(
        default=None, pattern="^[0-9a-f]{64}$", description="Of the whole file, when it is known beforehand."
    )
    project: str = Field(default="new", max_length=60, description="`new`, or the project that gets the file.")


class ChunkRange(BaseModel):
    """Chunks from ``first`` to ``last``, both included, counted from 0."""

    first: int
    last: int


class Upload(BaseModel):
    """How far an upload is. Every chunk that is not missing is safe and never needs to be sent again."""

    id: str
    filename: str
    size_bytes: int
    chunk_bytes: int = Field(description="Length of every chunk but the last.")
    n_chunks: int
    n_received: int
    received_bytes: int
    missing: list[ChunkRange]
    state: Literal["open", "completed"]
    dataset_id: str | None = Field(description="The dataset that it became.")
    expires_at: str


class Chunk(BaseModel):
    """A chunk that is on the disk of the server."""

    number: int
    size_bytes: int
    sha256: str
