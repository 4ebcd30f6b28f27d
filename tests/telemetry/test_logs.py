"""Events are one line each, carry what was bound, and never carry secrets or data."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from narrative.core.errors import InvalidInput
from narrative.telemetry.logs import ROOT, EventHandler, bound, configure_logging, event_log

events = event_log("tests")


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    logger = logging.getLogger(ROOT)
    before = (logger.level, logger.propagate)
    yield
    logger.handlers = [handler for handler in logger.handlers if not isinstance(handler, EventHandler)]
    logger.setLevel(before[0])
    logger.propagate = before[1]


@pytest.fixture
def stream() -> io.StringIO:
    stream = io.StringIO()
    configure_logging("info", "json", stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_line_with_its_fields(stream: io.StringIO) -> None:
    events.info("datasets.imported", dataset_id="data_1", rows=7043, share=0.5, ok=True, nothing=None, kinds=["a", 1])
    [line] = lines(stream)
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "info", "event": "datasets.imported", "part": "tests", "dataset_id": "data_1", "rows": 7043,
        "share": 0.5, "ok": True, "nothing": None, "kinds": ["a", 1],
    }  # fmt: skip


def test_what_is_bound_is_in_every_event_inside_and_in_no_other_thread(stream: io.StringIO) -> None:
    with bound(request_id="r1"):
        with bound(job_id="j1"):
            events.info("a.inner")
        events.info("a.outer")
        other = threading.Thread(target=events.info, args=("a.elsewhere",))
        other.start()
        other.join()
    events.info("a.after")
    assert [(line.get("request_id"), line.get("job_id")) for line in lines(stream)] == [
        ("r1", "j1"), ("r1", None), (None, None), (None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"secret": "canary"},
        {"session_token": "canary"},
        {"Authorization": "canary"},
        {"set_cookie": "canary"},
        {"api_key": "canary"},
        {"text": "used sk_live_canary1234567890 for it"},
        {"url": "mongodb://someone:canary@host/x"},
        {"header": "Bearer canary.canary"},
        {"setting": SecretStr("canary")},
        {"several": ["sk_live_canary"]},
    ],
)
@pytest.mark.parametrize("form", ["json", "console"])
def test_a_secret_is_never_written(fields: dict[str, Any], form: Any) -> None:
    stream = io.StringIO()
    configure_logging("info", form, stream)
    events.info("a.happened", **fields)
    assert "a.happened" in stream.getvalue()
    assert "canary" not in stream.getvalue()


def test_the_control_an_innocent_field_is_written(stream: io.StringIO) -> None:
    events.info("a.happened", text="canary")
    assert "canary" in stream.getvalue()


@pytest.mark.parametrize("form", ["json", "console"])
def test_nobody_can_forge_a_line(form: Any) -> None:
    stream = io.StringIO()
    configure_logging("info", form, stream)
    events.info("a.happened", name='x\n{"event": "forged"}\r\x1b[31m\u2028', level="forged", event="forged")
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert not set(text[:-1]) & {"\n", "\r", "\x1b", "\u2028"}
    if form == "json":
        assert lines(stream)[0]["event"] == "a.happened"


def test_long_values_are_cut_and_odd_ones_made_text(stream: io.StringIO) -> None:
    events.info("a.happened", text="x" * 10_000, many=list(range(1000)), number=float("nan"), thing=object)
    [line] = lines(stream)
    assert len(line["text"]) == 500
    assert len(line["many"]) == 20
    assert line["number"] == "nan"


def test_a_known_failure_shows_its_code_and_an_unknown_one_its_place_but_not_its_message(stream: io.StringIO) -> None:
    events.warning("a.refused", error=InvalidInput("bad_cell", "In the cell stands 'Alice'."))
    try:
        int("Alice")
    except ValueError as error:
        events.error("a.failed", error=error)
    refused, failed = lines(stream)
    assert refused["error_code"] == "bad_cell"
    assert failed["error"] == "ValueError"
    assert "test_logs.py" in failed["error_place"][0]
    assert "Alice" not in stream.getvalue()


def test_the_level_debug_shows_the_message_of_an_unknown_failure() -> None:
    stream = io.StringIO()
    configure_logging("debug", "json", stream)
    events.error("a.failed", error=ValueError("what it says"))
    assert lines(stream)[0]["error_message"] == "what it says"


def test_less_severe_events_are_left_out() -> None:
    stream = io.StringIO()
    configure_logging("warning", "json", stream)
    events.debug("a.detail")
    events.info("a.happened")
    events.warning("a.odd")
    assert [line["event"] for line in lines(stream)] == ["a.odd"]


def test_a_full_or_closed_stream_costs_lines_and_not_the_program() -> None:
    class Full(io.StringIO):
        def write(self, text: str, /) -> int:
            raise OSError(28, "No space left on device")

    handler = configure_logging("info", "json", Full())
    events.info("a.happened")
    events.info("a.happened")
    assert handler.dropped == 2


def test_configuring_again_replaces_the_last_time(stream: io.StringIO) -> None:
    second = io.StringIO()
    configure_logging("info", "console", second)
    events.info("a.happened", n=1)
    assert stream.getvalue() == ""
    assert second.getvalue().endswith("a.happened n=1\n")
