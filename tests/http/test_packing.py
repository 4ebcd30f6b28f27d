"""What travels is packed for whoever unpacks it, and is the same bytes for everybody."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from starlette.requests import Request

from narrative.http.packing import packed, takes_gzip
from narrative.http.static import Page

SCRIPT = "export const answer = 42;\n" * 200


def asked(accepts: str | None) -> Request:
    headers = [] if accepts is None else [(b"accept-encoding", accepts.encode())]
    return Request({"type": "http", "headers": headers})


@pytest.mark.parametrize(
    ("accepts", "takes"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip ; q=0", False),
        ("gzip;q=0.0, br", False),
        ("br", False),
        ("x-gzip-not", False),
        (None, False),
    ],
)
def test_a_client_says_whether_it_unpacks(accepts: str | None, takes: bool) -> None:
    assert takes_gzip(asked(accepts)) is takes


def test_a_small_answer_and_one_for_an_old_client_stay_as_they_are() -> None:
    assert "content-encoding" not in packed(asked("gzip"), b"{}", "application/json").headers
    plain = packed(asked(None), b" " * 10_000, "application/json")
    assert (plain.body, plain.headers["vary"]) == (b" " * 10_000, "Accept-Encoding")
    small = packed(asked("gzip"), b" " * 10_000, "application/json")
    assert small.headers["content-encoding"] == "gzip"
    assert len(small.body) < 200


def test_files_of_the_page_are_packed_except_those_that_are_already(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "page-1.js").write_text(SCRIPT)
    (tmp_path / "assets" / "letters-1.woff2").write_bytes(b"w" * 5_000)
    with start_blocking_portal() as portal:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(Page(tmp_path)), base_url="http://here")

        def get(path: str, accepts: str) -> httpx.Response:
            return portal.call(lambda: client.get(path, headers={"Accept-Encoding": accepts}))

        script = get("/assets/page-1.js", "gzip")
        assert (script.headers["content-encoding"], script.text) == ("gzip", SCRIPT)
        assert int(script.headers["content-length"]) < len(SCRIPT) / 10
        assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert script.headers["content-type"].startswith("text/javascript")
        plain = get("/assets/page-1.js", "identity")
        assert ("content-encoding" in plain.headers, plain.text) == (False, SCRIPT)
        assert "content-encoding" not in get("/assets/letters-1.woff2", "gzip").headers
        (tmp_path / "assets" / "page-1.js").write_text(SCRIPT + "// changed")
        assert get("/assets/page-1.js", "gzip").text.endswith("// changed")
        portal.call(client.aclose)
