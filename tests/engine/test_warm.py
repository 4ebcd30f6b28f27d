"""A child that stays: many calls, limits, and faults that cost one call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from narrative.core.errors import InternalError, InvalidInput, LimitExceeded
from narrative.engine import children
from narrative.engine.children import ChildLimits
from narrative.engine.warm import WarmChild

FUNCTIONS = "tests.fixtures.warm_functions"
LIMITS = ChildLimits(memory_bytes=2 * 1024**3, cpu_seconds=0, wall_seconds=0.0, threads=1)


@pytest.fixture(autouse=True)
def _trust_test_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "TRUSTED_PACKAGES", ("narrative.", "tests."))


@pytest.fixture
def child() -> Iterator[WarmChild]:
    made = WarmChild(LIMITS, FUNCTIONS)
    yield made
    made.close()


def test_one_process_answers_many_calls_and_knows_no_secret(child: WarmChild, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NARRATIVE_SECRET", "s")
    answers = [child.call(f"{FUNCTIONS}:count", {"n": n}, seconds=20) for n in range(3)]
    assert [(answer["calls"], answer["n"], answer["secret"]) for answer in answers] == [
        (1, 0, None),
        (2, 1, None),
        (3, 2, None),
    ]
    assert len({answer["pid"] for answer in answers}) == 1


def test_a_refusal_and_a_fault_cost_one_call_each(child: WarmChild) -> None:
    with pytest.raises(InvalidInput) as refused:
        child.call(f"{FUNCTIONS}:refuse", {}, seconds=20)
    assert (refused.value.code, refused.value.column, refused.value.fix) == ("column_unknown", "x", "Did you mean 'y'?")
    with pytest.raises(InternalError) as fault:
        child.call(f"{FUNCTIONS}:fail", {}, seconds=20)
    assert "a fault of ours" not in fault.value.message
    assert child.call(f"{FUNCTIONS}:count", {}, seconds=20)["calls"] == 1


def test_time_that_runs_out_ends_the_child(child: WarmChild) -> None:
    child.call(f"{FUNCTIONS}:count", {}, seconds=20)
    with pytest.raises(LimitExceeded) as limit:
        child.call(f"{FUNCTIONS}:sleep", {}, seconds=0.2)
    assert limit.value.code == "preview_too_large"
    assert not child.is_alive


def test_memory_that_runs_out_is_a_limit(child: WarmChild) -> None:
    assert child.call(f"{FUNCTIONS}:fill", {"bytes": 1024}, seconds=20) == {"size": 1024}
    with pytest.raises(LimitExceeded) as limit:
        child.call(f"{FUNCTIONS}:fill", {"bytes": 4 * 1024**3}, seconds=20)
    assert limit.value.code == "preview_too_large"


def test_what_is_not_ours_is_never_called(child: WarmChild) -> None:
    with pytest.raises(ValueError, match="outside the trusted packages"):
        child.call("os:system", {}, seconds=1)
