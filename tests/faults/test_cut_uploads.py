"""An upload that is cut again and again arrives whole, and no cut costs more than the chunk it hit."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.fixtures.cut_uploads import Sender
from tests.fixtures.studio_process import Studio

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
MB = 1024**2


def test_a_file_that_is_cut_ten_times_arrives_whole(tmp_path: Path) -> None:
    studio = Studio(tmp_path / "data")
    try:
        rng = random.Random(11)  # noqa: S311 - places of cuts, not secrets
        outcome = Sender(studio, rng).go(seed=11, size_bytes=20 * MB + 17, n_cuts=10)
    finally:
        studio.end()
    assert outcome.sha256 == outcome.expected_sha256
    assert sum(outcome.cuts.values()) == 10
    assert outcome.cuts["server killed"] >= 2
    assert outcome.acknowledged_lost == 0
    assert outcome.most_sent_again_per_cut <= 1
    assert outcome.sent_again <= 10
