"""Uploads in chunks over HTTP: open, send chunks in any order, ask what is missing, complete or give up."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Path, Request, Response
from fastapi.concurrency import run_in_threadpool

from narrative.http.files import CONTENT_DIGEST, digest_of, label_of, read_piece
from narrative.http.parameters import NewIds
from narrative.http.policy import Editor
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router, takes_file
from narrative.http.services import service
from narrative.studio.datasets.schemas import DatasetAccepted
from narrative.studio.datasets.views import accepted_view
from narrative.studio.uploads.schemas import Chunk, Upload, UploadRequest
from narrative.studio.uploads.service import UploadService
from narrative.studio.uploads.views import upload_view

router = slice_router("uploads")
Uploads = Annotated[UploadService, Depends(service(UploadService))]
Number = Annotated[int, Path(ge=0, le=2**31, description="Chunks are counted from 0.")]
Digest = Annotated[str | None, Header(alias=CONTENT_DIGEST, max_length=400, description="RFC 9530: `sha-256=:…:`.")]
CHUNK_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("/upload/chunked/init", status_code=201, responses=problem_responses(404, 413, 429))
def open_upload(*, who: Editor, uploads: Uploads, body: UploadRequest, ids: NewIds) -> Upload:
    """Begin an upload; it lives 24 hours."""
    project_id = None if body.project == "new" else body.project
    upload = uploads.open(
        who, ids, label_of(body.filename), body.size_bytes, expected_hash=body.sha256, project_id=project_id
    )
    return upload_view(upload, [])


@router.put(
    "/upload/chunked/{upload_id}/chunk/{number}",
    openapi_extra=CHUNK_BODY,
    responses=problem_responses(404, 409, 413, 429),
)
@router.post("/upload/chunked/{upload_id}/chunk/{number}", include_in_schema=False)
@takes_file
async def put_chunk(
    *, who: Editor, uploads: Uploads, request: Request, upload_id: str, number: Number, content_digest: Digest = None
) -> Chunk:
    """Send a chunk as the raw body, in any order, up to 10 at once. It is on the disk when this answers."""
    sha256 = digest_of(content_digest)
    length = await run_in_threadpool(uploads.length_of, who.tenant, upload_id, number)
    with uploads.slots.hold(who.tenant):
        body = await read_piece(request, length)
        chunk = await run_in_threadpool(uploads.receive, who.tenant, upload_id, number, body, sha256)
    return Chunk(number=chunk.number, size_bytes=chunk.size_bytes, sha256=chunk.hash)


@router.get("/upload/chunked/{upload_id}/resume")
@router.post("/upload/chunked/{upload_id}/resume", include_in_schema=False)
def resume_upload(who: Editor, uploads: Uploads, upload_id: str) -> Upload:
    """Which chunks are missing, after any interruption."""
    upload = uploads.get(who.tenant, upload_id)
    return upload_view(upload, uploads.chunks(who.tenant, upload))


@router.post("/upload/chunked/{upload_id}/complete", status_code=202, responses=problem_responses(409))
def complete_upload(who: Editor, uploads: Uploads, upload_id: str) -> DatasetAccepted:
    """Check the whole file and begin to read it; sent again, it answers the same."""
    return accepted_view(uploads.complete(who.tenant, upload_id))


@router.delete("/upload/chunked/{upload_id}", status_code=204)
def abort_upload(who: Editor, uploads: Uploads, upload_id: str) -> Response:
    """Give an upload up; what was sent of it is deleted."""
    uploads.abort(who.tenant, upload_id)
    return Response(status_code=204)
